"""Entries and selections."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field
from servicekit.auth import SIGNED_IN, may
from servicekit.http import Api, Page, Request
from servicekit.http.page import LIMIT, pack, unpack_id
from servicekit.refusals import Refusal

from publicity.actions import entries
from publicity.views import EntryView, entry_view
from publicity.views.selecting import SelectionView, selection_view

api = Api("entries")


class Selection(BaseModel):
    """Entries to select."""

    model_config = ConfigDict(extra="forbid")

    entry_ids: list[UUID] = Field(min_length=1, max_length=100)


class Selected(BaseModel):
    """The entries after it."""

    items: list[EntryView]


@api.get("/entries", may=SIGNED_IN, rules=("JX-03",))
async def list_entries(
    request: Request,
    term_id: UUID | None = None,
    state: Literal["eligible", "selected", "withheld", "cleared", "excluded", "voided"] | None = None,
    student_id: UUID | None = None,
    cursor: str | None = None,
    limit: Annotated[int, Field(ge=1, le=200)] = LIMIT,
) -> Page[EntryView]:
    """Own entries, or those within the staff card's organisation, newest first."""
    found, terms = await entries.listed(
        request.deps, request.actor, term_id=term_id, state=state, student_id=student_id,
        after=unpack_id(cursor), limit=limit + 1,
    )  # fmt: skip
    now = request.deps.now()
    items = [entry_view(entry, terms[entry.term_id], now) for entry in found[:limit]]
    return Page(items=items, next=pack(items[-1].entry_id) if len(found) > limit else None)


@api.get("/selection", may=may("act_for_student"), rules=("JX-03",))
async def show_selection(request: Request) -> SelectionView:
    """What may be selected now and until when, how many more the quotas allow, and what happens then (JX-03)."""
    found = await entries.selection(request.deps, request.actor)
    if found is None:
        raise Refusal("not_found")
    return selection_view(found)


@api.post("/selections", may=may("act_for_student"), rules=("JX-03",))
async def select(request: Request, selection: Selection) -> Selected:
    """Select approved records for publicity: all of them or none."""
    now = request.deps.now()
    selected = await entries.select(request.deps, request.actor, selection.entry_ids)
    return Selected(items=[entry_view(entry, term, now) for entry, term in selected])


@api.delete("/selections/{entry_id}", may=may("act_for_student"), rules=("JX-03",))
async def unselect(request: Request, entry_id: UUID) -> None:
    """Take a selection back, before publicity opens."""
    await entries.unselect(request.deps, request.actor, entry_id)
