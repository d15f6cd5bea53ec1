"""The times of publicity: it opens, it closes, and the jobs for both and for cases (JX-07, JX-08, JX-13)."""

from uuid import UUID

from contracts.publicity import PublicityClosedV1, PublicityOpenedV1
from servicekit import jobs, outbox
from servicekit.db import Tx

from publicity.deps import Deps
from publicity.domain.clearing import cleared_events
from publicity.domain.entries import State
from publicity.domain.terms import Term
from publicity.store import cases as case_store
from publicity.store import entries, terms

OPEN, CLOSE, BEGINS, DEADLINE = "open_publicity", "close_publicity", "case_begins", "case_deadline"
CLASSES = 10
"""Classes that are cleared in one transaction: some five hundred students with some 25 entries each, within a second or two."""
TOLD = "case_told"
HELD_UNTIL = "pass_on_case"
SETTLE = "settle_results"


def case_key(case_id: UUID, stage_no: int) -> str:
    """The key of a job about a stage of a case."""
    return f"{case_id}:{stage_no}"


def class_key(term_id: UUID, path: str) -> str:
    """The key of a job about the results of a class."""
    return f"{term_id}|{path}"


def read_case_key(key: str) -> tuple[UUID, int]:
    """Case and stage_no of a job's key."""
    case_id, _, stage_no = key.partition(":")
    return UUID(case_id), int(stage_no)


async def reschedule(deps: Deps, tx: Tx, term: Term) -> None:
    """Plan the publicity of a term with a new timetable, and the cases that wait for a window."""
    await terms.save_times(tx, term)
    for what, at in ((OPEN, term.opens_at), (CLOSE, next(iter(term.closings), None))):
        if at is None:
            await jobs.cancel(tx, what, str(term.id))
        else:
            await jobs.schedule(tx, at, what, str(term.id))
    now = deps.now()
    waiting = await case_store.not_begun(tx, term.id)
    await jobs.schedule_many(tx, BEGINS, [(case_key(case_id, stage_no), now) for case_id, stage_no in waiting])
    decided = await case_store.decided(tx, term.id)
    await jobs.schedule_many(tx, TOLD, [(case_key(case_id, stage_no), now) for case_id, stage_no in decided])


async def open_publicity(deps: Deps, tx: Tx, term_id: UUID) -> None:
    """Open publicity (JX-07). Does nothing if it was opened before, or if its window moved."""
    term, now = await deps.directory.lock(tx, term_id), deps.now()
    if term is None or term.opens_at is None or term.closes_at is None or not term.opens_at <= now < term.closes_at:
        return
    opened_at, _ = await terms.opened_and_closed_at(tx, term_id)
    if opened_at is not None:
        return
    await entries.select_automatic(tx, term.id, now, term.final_grades)
    await entries.gather(tx, term.id, now)
    await terms.save_opened(tx, term.id, now)
    count = await entries.count(tx, term.id, State.SELECTED)
    await outbox.add(tx, PublicityOpenedV1(term_id=term.id, path=term.path, entries=count, ends=term.closes_at))


async def close_publicity(deps: Deps, tx: Tx, term_id: UUID) -> None:
    """Clear the entries without an open case (JX-13) at the end of a window, and close publicity at the end of the last.

    At the end of a grade's own window only that grade is cleared (SH-09). An entry with open cases is cleared when its last
    case is closed. A big school is cleared some classes at a time; publicity is closed with the last of them.
    """
    term, now = await deps.directory.lock(tx, term_id), deps.now()
    if term is None or term.closes_at is None:
        return
    _, closed_at = await terms.opened_and_closed_at(tx, term_id)
    if closed_at is not None:
        return
    is_last = term.closes_at <= now
    paths = [term.path] if is_last else [path for path in await entries.grades(tx, term.id) if term.over(now, path)]
    classes = await entries.classes_to_clear(tx, term.id, paths, CLASSES)
    for path in await entries.clear(tx, term.id, classes, now):
        records = await entries.cleared_in(tx, term.id, path, now)
        await outbox.add(tx, *cleared_events(term.id, path, records, now))
    if len(classes) == CLASSES:
        await jobs.schedule(tx, now, CLOSE, str(term.id))
        return
    if not is_last:
        await jobs.schedule(tx, next(at for at in term.closings if at > now), CLOSE, str(term.id))
        return
    await terms.save_closed(tx, term.id, now)
    disputed = await entries.count(tx, term.id, State.SELECTED)
    total = await entries.count(tx, term.id, State.CLEARED)
    await outbox.add(tx, PublicityClosedV1(term_id=term.id, path=term.path, entries=total, in_dispute=disputed, at=now))
