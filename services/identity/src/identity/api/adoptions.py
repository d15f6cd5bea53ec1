"""The versions of schemes: which are in use, what a new one changes, adopting it and taking that back."""

from uuid import UUID

from contracts.base import OrgPath
from servicekit.auth import may
from servicekit.http import Api, Page, Request
from servicekit.http.page import LIMIT, pack, unpack_id

from identity.actions import adoptions
from identity.domain.adoptions import Wish
from identity.views.adoptions import AdoptionIn, AdoptionView, ComparisonView, VersionsView

api = Api("identity")


@api.get("/scheme-versions", may=may("adopt_schemes"), rules=("X-01",))
async def list_versions(request: Request) -> VersionsView:
    """The versions of the schemes in use below the caller, and which organisations use which since when."""
    return VersionsView.of(await adoptions.in_use(request.deps, request.actor))


@api.get("/scheme-versions/{scheme_id}/{from_version}/{to_version}", may=may("adopt_schemes"), rules=("X-01",))
async def compare_versions(
    request: Request, scheme_id: str, from_version: str, to_version: str, path: OrgPath | None = None
) -> ComparisonView:
    """What changes from one version to another, with its effects on terms under way, in Chinese; and the cards that it concerns
    at and below an organisation."""
    found = await adoptions.compare(request.deps, request.actor, scheme_id, from_version, to_version, path)
    return ComparisonView.of(found)


@api.get("/adopted-schemes", may=may("adopt_schemes"), rules=("X-01",))
async def list_adoptions(request: Request, path: OrgPath | None = None, cursor: str | None = None) -> Page[AdoptionView]:
    """The adopted versions that concern the caller's organisation, or one below it, newest first."""
    found = await adoptions.page(request.deps, request.actor, path, unpack_id(cursor), LIMIT + 1)
    items = [AdoptionView.of(one, request.deps.now()) for one in found[:LIMIT]]
    return Page(items=items, next=pack(str(items[-1].id)) if len(found) > LIMIT else None)


@api.post("/adopted-schemes", may=may("adopt_schemes"), rules=("X-01",))
async def adopt_version(request: Request, wish: AdoptionIn) -> AdoptionView:
    """Adopt a released version for an organisation and those below it from a day on."""
    asked = Wish(wish.path, wish.scheme_id, wish.scheme_version, wish.starts_on, wish.running, tuple(wish.besides),
                 tuple(wish.confirmed))  # fmt: skip
    return AdoptionView.of(await adoptions.adopt(request.deps, request.actor, asked, request.client), request.deps.now())


@api.post("/adopted-schemes/{adoption_id}/withdrawal", may=may("adopt_schemes"), status=200, rules=("X-01",))
async def withdraw_adoption(request: Request, adoption_id: UUID) -> AdoptionView:
    """Take an adoption back before its day."""
    return AdoptionView.of(
        await adoptions.withdraw(request.deps, request.actor, adoption_id, request.client), request.deps.now()
    )
