"""Loads a case engine with locked rows, and saves what it changed in a few statements."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from servicekit import jobs, outbox
from servicekit.db import Tx

from publicity.actions.terms import BEGINS, DEADLINE, HELD_UNTIL, SETTLE, TOLD, case_key, class_key
from publicity.deps import Deps
from publicity.domain.case_engine import CaseEngine
from publicity.store import cases, entries, held_events, published_results


@dataclass(frozen=True)
class Delay:
    """Until when the events of a case are held back."""

    case_id: UUID
    until: datetime


async def load(
    deps: Deps,
    tx: Tx,
    *,
    case_ids: Collection[UUID] = (),
    entry_ids: Collection[UUID] = (),
    result_ids: Collection[UUID] = (),
) -> CaseEngine:
    """An engine with these cases, entries and results, their terms, and all open cases of the entries. Unknown ids are left
    out."""
    keys = await cases.keys_of(tx, case_ids) if case_ids else []
    term_ids = await entries.terms_of(tx, entry_ids) if entry_ids else set()
    term_ids |= await published_results.terms_of(tx, result_ids) if result_ids else set()
    terms = await deps.directory.hold(tx, term_ids | {key.term_id for key in keys})
    locked_entries = await entries.lock(tx, {*entry_ids, *(key.entry_id for key in keys)})
    about_results = {key.entry_id for key in keys} - locked_entries.keys() | set(result_ids)
    locked_results = await published_results.lock(tx, about_results) if about_results else {}
    locked_cases = await cases.lock(tx, locked_entries, [key.id for key in keys])
    return CaseEngine(deps.now(), terms, locked_entries, locked_cases, results=locked_results)


async def save(tx: Tx, engine: CaseEngine, held: Delay | None = None) -> None:
    """Save the changed entries and cases with their history, schedule the alarms, and add the events to the outbox.

    `held`: keep the events of this case back until then (L-17). What was held back of a changed case goes out first.
    """
    if engine.touched_entries:
        await entries.save(tx, [engine.entries[entry_id] for entry_id in sorted(engine.touched_entries)])
    if engine.results:
        await published_results.save(tx, engine.results.values())
    if engine.new_cases:
        await cases.add(tx, [engine.cases[case_id] for case_id in sorted(engine.new_cases)])
    if changed := engine.touched_cases - engine.new_cases:
        await cases.save(tx, [engine.cases[case_id] for case_id in sorted(changed)])
    if engine.steps:
        await cases.add_steps(tx, engine.steps)
    for what, name in (("begins", BEGINS), ("deadline", DEADLINE), ("told", TOLD)):
        rows = [(case_key(alarm.case_id, alarm.stage_no), alarm.at) for alarm in engine.alarms if alarm.what == what]
        if rows:
            await jobs.schedule_many(tx, name, rows)
    closed = {
        (c.term_id, c.path) for c in map(engine.cases.__getitem__, engine.touched_cases) if c.about == "result" and c.closed_at
    }
    await jobs.schedule_many(tx, SETTLE, [(class_key(*one), engine.now) for one in sorted(closed)])
    if held is not None:
        await held_events.add(tx, held.case_id, engine.all_events())
        await jobs.schedule(tx, held.until, HELD_UNTIL, str(held.case_id))
        return
    await held_events.release(tx, engine.touched_cases)
    await outbox.add(tx, *engine.all_events())
