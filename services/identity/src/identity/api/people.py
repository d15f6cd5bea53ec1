"""Home screens, and lists for the screens of people: classes, organisations below, roles to grant."""

from contracts.base import OrgPath
from servicekit.auth import ANY_CARD, may
from servicekit.http import Api, Request
from servicekit.mapping import from_attributes

from identity.actions import counts, home, staff
from identity.views.people import (
    ClassAccounts,
    Classes,
    ClassView,
    HelpText,
    HelpTexts,
    OrganisationBelowView,
    OrganisationsBelow,
    PeopleHome,
    RoleChoice,
    RoleChoices,
    StudentAccountView,
)

api = Api("identity")


@api.get("/home", may=ANY_CARD, rules=("JX-16", "L-01"))
async def home_screen(request: Request) -> PeopleHome:
    """identity's part of the card's home screen: cards to take, forgotten passwords, claims, accounts that nobody uses yet."""
    return PeopleHome.of(await home.of(request.deps, request.actor))


@api.get("/help", may=ANY_CARD, rules=("NR-06", "X-13"))
async def list_help(request: Request) -> HelpTexts:
    """What people with the role of this card ask in their province or city, and what its authority answers."""
    found, contacts = await home.help_of(request.deps, request.actor)
    return HelpTexts(items=[from_attributes(HelpText, one) for one in found], contacts=contacts)


@api.get("/classes", may=may("see_students"), rules=("L-07",))
async def list_classes(request: Request, path: OrgPath | None = None) -> Classes:
    """The classes of a school or grade in the school's order, with class teachers, students, and accounts in use."""
    return Classes(items=[ClassView.of(one) for one in await counts.classes(request.deps, request.actor, path)])


@api.get("/classes/accounts", may=may("see_students"), rules=("L-11",))
async def list_class_accounts(request: Request, path: OrgPath | None = None) -> ClassAccounts:
    """Which students of a class have begun to use their account, and how many guardians are registered and use theirs."""
    found = await counts.accounts(request.deps, request.actor, path)
    return ClassAccounts(items=[from_attributes(StudentAccountView, one) for one in found])


@api.get("/organisations/below", may=may("see_students", "run_platform"), rules=("NR-01",))
async def list_organisations_below(request: Request, path: OrgPath | None = None) -> OrganisationsBelow:
    """The organisations directly below one, with their schools, classes, students and accounts in use. Above schools the
    numbers are some minutes old (`counted_at`)."""
    found = await counts.below(request.deps, request.actor, path)
    return OrganisationsBelow(items=[OrganisationBelowView.of(one) for one in found])


@api.get("/staff/roles", may=may("grant_staff", "run_platform"), rules=("NR-05",))
async def list_roles(request: Request, path: OrgPath) -> RoleChoices:
    """The roles that the caller may grant at this organisation, as its scheme calls them."""
    found = await staff.roles_to_grant(request.deps, request.actor, path)
    return RoleChoices(items=[RoleChoice(role=role, title=title) for role, title in found])
