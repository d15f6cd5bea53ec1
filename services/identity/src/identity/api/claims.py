"""Claims: students whom two schools name."""

from typing import Literal
from uuid import UUID

from contracts.base import OrgPath
from servicekit.auth import may
from servicekit.http import Api, Page, Request
from servicekit.http.page import LIMIT, pack, unpack
from servicekit.refusals import Refusal

from identity.actions import claims, direct_moves
from identity.views.requests import ClaimDecision
from identity.views.responses import ClaimView

api = Api("identity")


@api.get("/claims", may=may("decide_claims"), rules=("L-10",))
async def list_claims(
    request: Request,
    path: OrgPath | None = None,
    state: Literal["open", "moved", "stays", "withdrawn"] | None = None,
    cursor: str | None = None,
) -> Page[ClaimView]:
    """Claims by and of the schools in a part of the tree, newest first."""
    found = await claims.listed(request.deps, request.actor, path, state, before_of(cursor), LIMIT + 1)
    items = [ClaimView.of(claim) for claim in found[:LIMIT]]
    return Page(items=items, next=pack(str(items[-1].id)) if len(found) > LIMIT else None)


@api.post("/claims/{claim_id}/resolution", may=may("decide_claims"), rules=("L-10",), status=200)
async def resolve_claim(request: Request, claim_id: UUID, to: ClaimDecision) -> ClaimView:
    """Decide a claim: for administrators above both schools. The student stays, or moves once the present school has confirmed
    the statement of the evaluation data; at once where nobody is in office there (BJ-04)."""
    claim = await direct_moves.resolve(
        request.deps, request.actor, claim_id, moves=to.decision == "move", reason=to.reason, client=request.client
    )
    return ClaimView.of(claim)


def before_of(cursor: str | None) -> UUID | None:
    """The id in a cursor; refuses a malformed one."""
    key = unpack(cursor, 1)
    try:
        return None if key is None else UUID(key[0])
    except ValueError:
        raise Refusal("malformed", field="cursor") from None
