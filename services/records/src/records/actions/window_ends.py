"""The end of a window: what the scheme does with all records on which nobody acted, in batches (SH-07, SH-10)."""

from datetime import datetime
from typing import Any
from uuid import UUID

from servicekit import jobs
from servicekit.db import Tx

from records import store
from records.actions import locks
from records.actions.common import WINDOW_ENDS, save_many
from records.actions.participation import opted_out
from records.deps import RecordsDeps
from records.domain.moving import as_written
from records.domain.reviewing import after_window
from records.domain.state import State
from records.domain.term import Term

BATCH = 500
"""Records in one transaction: they are locked for less than a second, and others write in between."""
_FIRST = UUID(int=0)


async def plan(tx: Tx, term: Term, now: datetime) -> None:
    """Plan the next end of a window at which the scheme acts; with a new timetable, one that passed since is done at once."""
    if not term.acted_at:
        await jobs.cancel(tx, WINDOW_ENDS, str(term.id))
        return
    at = now if term.acted_at[0] <= now else term.acted_at[0]
    await jobs.schedule(tx, at, WINDOW_ENDS, str(term.id))


async def window_ended(deps: RecordsDeps, tx: Tx, term_id: str, payload: dict[str, Any]) -> None:
    """One batch of the records on which nobody acted, in the order of their ids; then the next batch, or the next end."""
    term, now = await deps.directory.term(tx, UUID(term_id)), deps.now()
    if term is None:
        return
    states = [State.SUBMITTED, State.RETURNED]  # one after the other: an index has the records of a term by state
    state, after, left = State(payload.get("state", State.SUBMITTED)), UUID(payload.get("after", str(_FIRST))), BATCH
    for one in states[states.index(state) :]:
        batch = await store.records.lock_unsettled(tx, term.id, one, after, left)
        out = await opted_out(tx, {term.id: term}, batch)
        taking_part = [record for record in batch if (term.id, record.student_id) not in out]
        locked = await locks.of_classes(tx, {term.id: term}, taking_part)
        changes = [
            change
            for its_term, record in (
                as_written(term, record) for record in taking_part if not locks.is_over(term, record, locked)
            )
            if (change := after_window(its_term, record, now)) is not None
        ]
        await save_many(tx, [(term, change) for change in changes])
        if len(batch) == left:
            await jobs.schedule(tx, now, WINDOW_ENDS, term_id, {"state": one.value, "after": str(batch[-1].id)})
            return
        after, left = _FIRST, left - len(batch)
    following = next((at for at in term.acted_at if at > now), None)
    if following is not None:
        await jobs.schedule(tx, following, WINDOW_ENDS, term_id)
