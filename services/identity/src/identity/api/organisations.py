"""The organisation tree."""

from contracts.base import OrgPath
from servicekit.auth import ANY_CARD, may
from servicekit.http import Api, Page, Request
from servicekit.http.page import MOST, pack, unpack
from servicekit.mapping import from_attributes

from identity.actions import organisations
from identity.domain.organisations import NewOrganisationInput
from identity.views.requests import NewOrganisation
from identity.views.responses import OrganisationView

api = Api("identity")


@api.post("/organisations", may=may("create_organisations", "run_platform"), rules=("NR-01",))
async def create_organisation(request: Request, new: NewOrganisation) -> OrganisationView:
    """Create an organisation below one's own. It inherits what is not given."""
    given = NewOrganisationInput(**new.model_dump(exclude={"parent"}))
    return from_attributes(OrganisationView, await organisations.create(request.deps, request.actor, new.parent, given))


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
