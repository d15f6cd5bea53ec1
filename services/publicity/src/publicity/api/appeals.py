"""One's appeals (CS-11), and complaints that were marked as malicious (SH-08)."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field
from servicekit.auth import SIGNED_IN
from servicekit.http import Api, Page, Request
from servicekit.http.page import LIMIT, pack, unpack
from servicekit.refusals import Refusal

from publicity.actions import appeals, malicious
from publicity.views.appeals import AppealView, MarkedView, appeal_view, marked_view

api = Api("appeals")


class AppealPage(Page[AppealView]):
    """One page of decisions about one's records and appeals against them."""


class MarkedPage(Page[MarkedView]):
    """One page of marked complaints."""


class Lifting(BaseModel):
    """Why a mark is taken back."""

    model_config = ConfigDict(extra="forbid")

    reason: str = Field(min_length=5, max_length=500, pattern=r"^[^\x00]*$")


@api.get("/appeals", may=SIGNED_IN, rules=("CS-11",))
async def list_appeals(
    request: Request, cursor: str | None = None, limit: Annotated[int, Field(ge=1, le=200)] = LIMIT
) -> AppealPage:
    """Decisions against the records of the card's students, newest day first, each with the state of the appeal."""
    key = unpack(cursor, 2)
    try:
        after = None if key is None else (date.fromisoformat(key[0]), UUID(key[1]))
    except ValueError:
        raise Refusal("malformed", field="cursor") from None
    rows = await appeals.listed(request.deps, request.actor, after, limit + 1)
    last = rows[limit - 1].case if len(rows) > limit else None
    items = [view for row in rows[:limit] if (view := appeal_view(row)) is not None]
    return AppealPage(items=items, next=pack(last.opened_on, last.id) if last else None)


@api.get("/malicious-complaints", may=SIGNED_IN, rules=("SH-08",))
async def list_marked(
    request: Request,
    term_id: UUID | None = None,
    cursor: str | None = None,
    limit: Annotated[int, Field(ge=1, le=200)] = LIMIT,
) -> MarkedPage:
    """Complaints that were marked as malicious, newest first, for those who may take a mark back. Not who complained."""
    key = unpack(cursor, 2)
    try:
        after = None if key is None else (datetime.fromisoformat(key[0]), UUID(key[1]))
    except ValueError:
        raise Refusal("malformed", field="cursor") from None
    found, terms = await malicious.listed(request.deps, request.actor, term_id, after, limit + 1)
    last = found[limit - 1] if len(found) > limit else None
    items = [marked_view(one, terms[one.term_id]) for one in found[:limit]]
    return MarkedPage(items=items, next=pack(last.at, last.case_id) if last else None)


@api.post("/malicious-complaints/{case_id}/lift", may=SIGNED_IN, rules=("SH-08",), status=204)
async def lift_mark(request: Request, case_id: UUID, lifting: Lifting) -> None:
    """Take a mark back, with a reason that is kept. The complainant is notified and stays sealed."""
    await malicious.lift(request.deps, request.actor, case_id, lifting.reason.strip())
