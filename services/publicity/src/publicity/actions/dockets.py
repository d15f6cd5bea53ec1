"""Loading and saving a docket: the locks of the case engine, and everything it made in a handful of statements."""

from collections.abc import Collection
from uuid import UUID

from servicekit import jobs, outbox
from servicekit.db import Tx

from publicity.actions.terms import BEGINS, DEADLINE, case_key
from publicity.deps import Deps
from publicity.domain.docket import Docket
from publicity.store import cases, entries


async def load(
    deps: Deps, tx: Tx, *, case_ids: Collection[UUID] = (), entry_ids: Collection[UUID] = (), term_ids: Collection[UUID] = ()
) -> Docket:
    """The docket with these cases and entries, locked: term, entries, cases. What does not exist is not in it."""
    found = await cases.where(tx, case_ids) if case_ids else []
    of_entries = await entries.terms_of(tx, entry_ids) if entry_ids else set()
    held = await deps.directory.hold(tx, {*term_ids, *of_entries, *(one.term_id for one in found)})
    locked = await entries.lock(tx, {*entry_ids, *(one.entry_id for one in found)})
    open_cases = await cases.lock(tx, locked, [one.id for one in found])
    return Docket(deps.now(), held, locked, open_cases)


async def save(tx: Tx, docket: Docket) -> None:
    """Write what the docket touched, its steps, its events and its alarms."""
    if docket.touched_entries:
        await entries.save(tx, [docket.entries[one] for one in sorted(docket.touched_entries)])
    if docket.new_cases:
        await cases.add(tx, [docket.cases[one] for one in sorted(docket.new_cases)])
    if changed := docket.touched_cases - docket.new_cases:
        await cases.save(tx, [docket.cases[one] for one in sorted(changed)])
    if docket.steps:
        await cases.add_steps(tx, docket.steps)
    for what, name in (("begins", BEGINS), ("deadline", DEADLINE)):
        rows = [(case_key(a.case_id, a.stage_no), a.at) for a in docket.alarms if a.what == what]
        if rows:
            await jobs.schedule_many(tx, name, rows)
    await outbox.add(tx, *docket.said())
