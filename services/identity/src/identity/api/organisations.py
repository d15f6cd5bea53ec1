"""The organisation tree."""

from contracts.base import OrgPath
from servicekit.auth import ANY_CARD, may
from servicekit.http import Api, Page, Request
from servicekit.http.page import MOST, pack, unpack
from servicekit.refusals import Refusal

from identity.actions import organisations
from identity.domain.organisations import NewOrganisationInput
from identity.domain.school_lengths import LengthWish
from identity.views.organisations import LengthChangeView, OrganisationView
from identity.views.requests import NewOrganisation, SchoolLength

api = Api("identity")


@api.post("/organisations", may=may("create_organisations", "run_platform"), rules=("NR-01",))
async def create_organisation(request: Request, new: NewOrganisation) -> OrganisationView:
    """Create an organisation below one's own. It inherits what is not given."""
    given = NewOrganisationInput(**new.model_dump(exclude={"parent"}))
    return OrganisationView.of(await organisations.create(request.deps, request.actor, new.parent, given))


@api.put("/organisations/length", may=may("create_organisations"), rules=("BJ-12",))
async def set_length_of_school(request: Request, new: SchoolLength) -> OrganisationView:
    """Change how many years a school below one's own organisation lasts, or its stages. Takes `If-Match` with its version."""
    if request.seen is None:
        raise Refusal("version_required")
    wish = LengthWish(new.path, new.years, new.more_stages)
    return OrganisationView.of(await organisations.set_length(request.deps, request.actor, wish, request.seen))


@api.post("/organisations/length/preview", may=may("create_organisations"), rules=("BJ-12", "X-13"), status=200)
async def preview_length_of_school(request: Request, new: SchoolLength) -> LengthChangeView:
    """What the change would do, to which grades it matters, and why it is refused; changes nothing."""
    wish = LengthWish(new.path, new.years, new.more_stages)
    return LengthChangeView.of(await organisations.preview_length(request.deps, request.actor, wish))


@api.get("/organisations", may=ANY_CARD)
async def list_organisations(
    request: Request, under: OrgPath | None = None, cursor: str | None = None
) -> Page[OrganisationView]:
    """The caller's part of the tree, by path; students and guardians see the ancestors of their class."""
    key = unpack(cursor, 1)
    after = key[0] if key else None
    found = await organisations.listed(request.deps, request.actor, under, after, MOST + 1)
    items = [OrganisationView.of(organisation) for organisation in found[:MOST]]
    return Page(items=items, next=pack(items[-1].path) if len(found) > MOST else None)
