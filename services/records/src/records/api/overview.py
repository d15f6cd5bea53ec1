"""Lists, counts and tiles (JX-04, JX-17, JX-18)."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from contracts.base import OrgPath, Origin
from pydantic import AwareDatetime, BaseModel, Field
from servicekit.auth import SIGNED_IN
from servicekit.http import Api, Cursor, Page, Request
from servicekit.http.page import unpack_id

from records.actions import overview
from records.api.paging import PAGE, page_of
from records.domain.rules import activity
from records.domain.state import State
from records.store.lists import Wanted
from records.views import RecordLine

api = Api("overview")
type Name = Annotated[str, Field(max_length=60)]


class TileView(BaseModel):
    """One dimension at a glance: reported counts all that were handed in and stand."""

    dimension: str
    title: str
    core: bool
    confirmed: int
    reported: int
    last_reported_at: datetime | None


@api.get("/records", may=SIGNED_IN, rules=("JX-04", "JX-06", "JX-18"))
async def list_records(
    request: Request,
    term_id: UUID | None = None,
    student_id: UUID | None = None,
    path: OrgPath | None = None,
    state: State | None = None,
    kind: Name | None = None,
    dimension: Name | None = None,
    origin: Origin | None = None,
    q: Name | None = None,
    activity_type: Name | None = None,
    since: AwareDatetime | None = None,
    until: AwareDatetime | None = None,
    waiting: bool = False,
    cursor: Cursor | None = None,
    limit: PAGE = 50,
) -> Page[RecordLine]:
    """Records in scope, newest first. What waits for review is `state=submitted`, what waits for this card `waiting=true`.

    `q` looks into titles and names; `since` and `until` bound the time of handing in.
    """
    sort = activity(request.deps.schemes, activity_type)
    wanted = Wanted(
        term_id, student_id, path, state, kind, dimension, origin, q, sort, since, until, waiting
    )  # fmt: skip
    found = await overview.page(request.deps, request.actor, wanted, unpack_id(cursor), limit)
    return page_of([RecordLine.in_list(*one) for one in found], limit, lambda line: line.id)


@api.get("/counts", may=SIGNED_IN, rules=("JX-04", "JX-18"))
async def count_records(
    request: Request,
    term_id: UUID,
    student_id: UUID | None = None,
    path: OrgPath | None = None,
    kind: Name | None = None,
    dimension: Name | None = None,
    origin: Origin | None = None,
    q: Name | None = None,
    activity_type: Name | None = None,
    since: AwareDatetime | None = None,
    until: AwareDatetime | None = None,
    waiting: bool = False,
) -> dict[str, int]:
    """How many records of the same list, with the same filters, are in each state."""
    sort = activity(request.deps.schemes, activity_type)
    wanted = Wanted(
        term_id, student_id, path, None, kind, dimension, origin, q, sort, since, until, waiting
    )  # fmt: skip
    found = await overview.counts(request.deps, request.actor, term_id, wanted)
    return {state.value: found.get(state.value, 0) for state in State}


@api.get("/tiles", may=SIGNED_IN, rules=("JX-02", "JX-17"))
async def show_tiles(request: Request, term_id: UUID, student_id: UUID | None = None) -> list[TileView]:
    """One tile per dimension of the scheme, in its order."""
    rules, found = await overview.tiles(request.deps, request.actor, term_id, student_id)
    return [
        TileView(
            dimension=it.id, title=it.title, core=it.core, confirmed=tile.confirmed if tile else 0,
            reported=tile.reported if tile else 0, last_reported_at=tile.last_reported_at if tile else None,
        )
        for it in rules.scheme.dimensions
        for tile in (found.get(it.id),)
    ]  # fmt: skip
