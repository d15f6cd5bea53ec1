"""Response shape of the page on which a student selects entries for publicity (JX-03)."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from pydantic import BaseModel
from servicekit.refusals import Refusal

from publicity.domain.as_written import dimension_of, kind_of
from publicity.domain.entries import Entry, State
from publicity.domain.selecting import need_selectable, unselected, window_of
from publicity.results import Selecting
from publicity.views import EntryView, entry_view
from publicity.views.home import SelectedDimensionView, selected_dimensions


class SelectableView(EntryView):
    """An entry with what may be done with it now; `why`: not, in Chinese."""

    dimension_title: str
    may_select: bool
    may_unselect: bool
    why: str | None


class SelectionView(BaseModel):
    """What the card's student may select. `open`: now, until `closes_at`; else `why` not, and `opens_at` if it will be.

    `publicity_opens_at`, `publicity_closes_at`: when the selected entries are shown; until the first, a selection can be taken
    back. `dimensions` has all with their counts, and how many more of each kind the quotas allow.
    """

    term_id: UUID
    term_title: str
    open: bool
    opens_at: datetime | None
    closes_at: datetime | None
    why: str | None
    help: str | None
    publicity_opens_at: datetime | None
    publicity_closes_at: datetime | None
    dimensions: list[SelectedDimensionView]
    entries: list[SelectableView]


def selection_view(found: Selecting) -> SelectionView:
    """The page of one term."""
    term, actor, now = found.term, found.actor, found.now
    is_open, opens_at, closes_at, why = window_of(term, actor.roles, now, actor.path)
    dimensions = selected_dimensions(term, found.counts)
    left = {kind.kind: kind.left for dimension in dimensions for kind in dimension.kinds}
    operation = next((kind.publicity.operation for kind in term.scheme.kinds if kind.publicity.trigger == "selected"), None)
    return SelectionView(
        term_id=term.id,
        term_title=term.title,
        open=is_open,
        opens_at=opens_at,
        closes_at=closes_at,
        why=why,
        help=term.who_can_help(operation),
        publicity_opens_at=term.opens_for(actor.path),
        publicity_closes_at=term.closes_at,
        dimensions=dimensions,
        entries=[_selectable(found, entry, left.get(entry.kind)) for entry in found.entries],
    )


def _selectable(found: Selecting, entry: Entry, left: int | None) -> SelectableView:
    term, roles, now = found.term, found.actor.roles, found.now
    kind = kind_of(term.scheme, entry.snapshot)
    eligible, selected = entry.state is State.ELIGIBLE, entry.state is State.SELECTED
    why = None
    if eligible:
        why = _why_not(lambda: need_selectable(term, entry, roles, now))
        if why is None and left is not None and left <= 0:
            why = f"“{kind.title}”能选的条数已经选满"
    elif selected:
        why = _why_not(lambda: unselected(term, entry, roles, now))
    return SelectableView(
        **entry_view(entry, term, now).model_dump(),
        dimension_title=dimension_of(term.scheme, entry.snapshot).title,
        may_select=eligible and why is None,
        may_unselect=selected and why is None,
        why=why,
    )


def _why_not(check: Callable[[], object]) -> str | None:
    try:
        check()
    except Refusal as refusal:
        return str(refusal.detail or refusal.meaning.title)
    return None
