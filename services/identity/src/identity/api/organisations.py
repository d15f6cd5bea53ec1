"""The organisation tree."""

from contracts.base import OrgPath
from servicekit.auth import ANY_CARD, may
from servicekit.http import Api, Page, Request
from servicekit.http.page import MOST, pack, unpack
from servicekit.mapping import from_attributes
from servicekit.refusals import Refusal

from identity.actions import organisations
from identity.domain.organisations import NewOrganisationInput
from identity.views.requests import NewOrganisation, SchoolLength
from identity.views.responses import OrganisationView

api = Api("identity")


@api.post("/organisations", may=may("create_organisations", "run_platform"), rules=("NR-01",))
async def create_organisation(request: Request, new: NewOrganisation) -> OrganisationView:
    """Create an organisation below one's own. It inherits what is not given."""
    given = NewOrganisationInput(**new.model_dump(exclude={"parent"}))
    return from_attributes(OrganisationView, await organisations.create(request.deps, request.actor, new.parent, given))


@api.put("/organisations/length", may=may("create_organisations"), rules=("BJ-12",))
async def set_length_of_school(request: Request, new: SchoolLength) -> OrganisationView:
    """Change how many years a school below one's own organisation lasts. Takes `If-Match` with its version."""
    if request.seen is None:
        raise Refusal("version_required")
    found = await organisations.set_length(request.deps, request.actor, new.path, request.seen, new.years)
    return from_attributes(OrganisationView, found)


@api.get("/organisations", may=ANY_CARD)
async def list_organisations(
    request: Request, under: OrgPath | None = None, cursor: str | None = None
) -> Page[OrganisationView]:
    """The caller's part of the tree, by path; students and guardians see the ancestors of their class."""
    key = unpack(cursor, 1)
    after = key[0] if key else None
    found = await organisations.listed(request.deps, request.actor, under, after, MOST + 1)
    items = [from_attributes(OrganisationView, organisation) for organisation in found[:MOST]]
    return Page(items=items, next=pack(items[-1].path) if len(found) > MOST else None)
