"""Student positions (JX-11)."""

from typing import Annotated
from uuid import UUID

from pydantic import Field
from servicekit.auth import SIGNED_IN
from servicekit.http import Api, Cursor, Page, Request
from servicekit.http.page import unpack_id

from records.actions import positions
from records.api.body import Body
from records.api.paging import PAGE, page_of
from records.api.records import Value
from records.api.reviews import ReturnIn
from records.domain.position import PositionState
from records.views.records import PositionView

api = Api("positions")


class PositionContentIn(Body):
    """The values of the scheme's positions form, by field id."""

    data: dict[Annotated[str, Field(max_length=60)], Value] = Field(max_length=60)


class PositionIn(PositionContentIn):
    """A position to declare."""

    term_id: UUID
    student_id: UUID | None = None


@api.post("/positions", may=SIGNED_IN, rules=("JX-11",))
async def declare_position(request: Request, position: PositionIn) -> PositionView:
    """Declare a position; it waits for the class teacher."""
    made = positions.declare(request.deps, request.actor, position.term_id, position.student_id, position.data)
    return PositionView.of(*await made)


@api.put("/positions/{position_id}", may=SIGNED_IN, rules=("JX-11",))
async def mend_position(request: Request, position_id: UUID, content: PositionContentIn) -> PositionView:
    """Replace its data (`If-Match`); it waits for review again."""
    done = positions.mend(request.deps, request.actor, position_id, request.version, content.data)
    return PositionView.of(*await done)


@api.get("/positions", may=SIGNED_IN, rules=("JX-11",))
async def list_positions(
    request: Request,
    term_id: UUID | None = None,
    state: PositionState | None = None,
    student_id: UUID | None = None,
    cursor: Cursor | None = None,
    limit: PAGE = 50,
) -> Page[PositionView]:
    """Positions in scope, newest first."""
    found = await positions.page(request.deps, request.actor, term_id, state, student_id, unpack_id(cursor), limit)
    return page_of([PositionView.of(*it) for it in found], limit, lambda view: view.id)


@api.post("/positions/{position_id}/approval", may=SIGNED_IN, status=200, rules=("JX-11",))
async def approve_position(request: Request, position_id: UUID) -> PositionView:
    """Approve it."""
    done = positions.review(request.deps, request.actor, position_id, request.seen, "approve")
    return PositionView.of(*await done)


@api.post("/positions/{position_id}/return", may=SIGNED_IN, status=200, rules=("JX-11",))
async def return_position(request: Request, position_id: UUID, why: ReturnIn) -> PositionView:
    """Return it with a reason of the scheme's list."""
    done = positions.review(request.deps, request.actor, position_id, request.seen, "return", why.reason)
    return PositionView.of(*await done)
