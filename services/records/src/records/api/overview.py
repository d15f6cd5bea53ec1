"""Lists, counts and tiles (JX-04, JX-17, JX-18)."""

from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from contracts.base import OrgPath, Origin
from pydantic import AwareDatetime, BaseModel, Field
from scheme import Schemes
from servicekit.auth import SIGNED_IN, Actor
from servicekit.http import Api, Cursor, Page, Request
from servicekit.http.page import unpack_id
from servicekit.mapping import from_attributes

from records.actions import overview
from records.api.body import Body
from records.api.paging import PAGE, page_of
from records.domain.state import State
from records.domain.term import activity
from records.results import Found
from records.store.lists import RecordFilters, Tile
from records.views.records import RecordLine

api = Api("overview")
type Name = Annotated[str, Field(max_length=60)]


class SearchIn(Body):
    """Filters of a list of records, as the parameters of `GET /records`."""

    term_id: UUID | None = None
    student_id: UUID | None = None
    path: OrgPath | None = None
    state: State | None = None
    kind: Name | None = None
    dimension: Name | None = None
    origin: Origin | None = None
    q: Name | None = None
    activity_type: Name | None = None
    since: AwareDatetime | None = None
    until: AwareDatetime | None = None
    waiting: bool = False
    mine: bool = False
    cursor: Cursor | None = None
    limit: PAGE = 50

    def filters(self, schemes: Schemes) -> RecordFilters:
        """The filters of the list."""
        return RecordFilters(
            self.term_id, self.student_id, self.path, self.state, self.kind, self.dimension, self.origin, self.q,
            activity(schemes, self.activity_type), self.since, self.until, self.waiting, self.mine,
        )  # fmt: skip


class FoundRecords(BaseModel):
    """A page of records. `states`: how many there are in each state, whatever `state` is asked for; `kinds`: how many of each
    kind, whatever `kind` is asked for."""

    items: list[RecordLine]
    next: str | None
    states: dict[str, int]
    kinds: dict[str, int]

    @classmethod
    def of(cls, found: Found, limit: int, reader: Actor) -> Self:
        """A page with its counts, as `reader` may read the records."""
        page = page_of([RecordLine.in_list(*it, reader=reader) for it in found.lines], limit, lambda line: line.id)
        states = {state.value: found.states.get(state.value, 0) for state in State}
        return cls(items=page.items, next=page.next, states=states, kinds=found.kinds)


class TileView(BaseModel):
    """One dimension in numbers; `reported` counts records that are submitted and not voided."""

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
    mine: bool = False,
    cursor: Cursor | None = None,
    limit: PAGE = 50,
) -> Page[RecordLine]:
    """Records in scope, newest first. `state=submitted` waits for any review, `waiting=true` for a review by this card.

    `q` searches titles and names; `since` and `until` bound the time of submission.
    """
    sort = activity(request.deps.schemes, activity_type)
    filters = RecordFilters(
        term_id, student_id, path, state, kind, dimension, origin, q, sort, since, until, waiting, mine
    )  # fmt: skip
    found = await overview.page(request.deps, request.actor, filters, unpack_id(cursor), limit)
    return page_of([RecordLine.in_list(*it, reader=request.actor) for it in found], limit, lambda line: line.id)


@api.post("/records/search", may=SIGNED_IN, status=200, rules=("JX-04", "JX-18", "L-20"))
async def search_records(request: Request, wanted: SearchIn) -> FoundRecords:
    """As the list of records, with counts for its filters; names are in the body, where no log keeps them."""
    return FoundRecords.of(
        await overview.search(
            request.deps, request.actor, wanted.filters(request.deps.schemes), unpack_id(wanted.cursor), wanted.limit
        ),
        wanted.limit,
        request.actor,
    )


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
    mine: bool = False,
) -> dict[str, int]:
    """How many records of the same list, with the same filters, are in each state."""
    sort = activity(request.deps.schemes, activity_type)
    filters = RecordFilters(
        term_id, student_id, path, None, kind, dimension, origin, q, sort, since, until, waiting, mine
    )  # fmt: skip
    found = await overview.counts(request.deps, request.actor, term_id, filters)
    return {state.value: found.get(state.value, 0) for state in State}


@api.get("/tiles", may=SIGNED_IN, rules=("JX-02", "JX-17"))
async def show_tiles(request: Request, term_id: UUID, student_id: UUID | None = None) -> list[TileView]:
    """One tile per dimension of the scheme, in its order."""
    term, found = await overview.tiles(request.deps, request.actor, term_id, student_id)
    return [
        from_attributes(TileView, found.get(dimension.id, Tile(dimension.id)), title=dimension.title, core=dimension.core)
        for dimension in term.scheme.dimensions
    ]
