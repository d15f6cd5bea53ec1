"""Terms as heard, and what time does to them: publicity opens, publicity closes (JX-07, JX-08, JX-13)."""

from uuid import UUID

from contracts.publicity import PublicityClosedV1, PublicityOpenedV1
from servicekit import jobs, outbox
from servicekit.db import Tx

from publicity.deps import Deps
from publicity.domain.clearing import cleared_events
from publicity.domain.terms import Term
from publicity.store import cases as case_store
from publicity.store import entries, terms

OPEN, CLOSE, BEGINS, DEADLINE = "open_publicity", "close_publicity", "case_begins", "case_deadline"


def case_key(case_id: UUID, stage_no: int) -> str:
    """The key of a due row about one stay of a case at a stage."""
    return f"{case_id}:{stage_no}"


def read_case_key(key: str) -> tuple[UUID, int]:
    """Case and number of the stay."""
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
    await jobs.schedule_many(tx, BEGINS, [(case_key(case_id, no), now) for case_id, no in waiting])


async def open_publicity(deps: Deps, tx: Tx, term_id: UUID) -> None:
    """The window opened: the board is there. Nothing happens where it was opened before, or the window moved."""
    term, now = await deps.directory.lock(tx, term_id), deps.now()
    if term is None or (await terms.done(tx, term_id)).opened_at is not None or term.opens_at is None or term.closes_at is None:
        return
    if not term.opens_at <= now < term.closes_at:
        return
    await entries.select_automatic(tx, term.id, now)
    await terms.mark_opened(tx, term.id, now)
    count = await entries.count_selected(tx, term.id)
    await outbox.add(tx, PublicityOpenedV1(term_id=term.id, path=term.path, entries=count, ends=term.closes_at))


async def close_publicity(deps: Deps, tx: Tx, term_id: UUID) -> None:
    """A window closed: everything without an open case is cleared, class by class in chunks (JX-13); where grades have
    windows of their own, the grades whose last one ended (SH-09). With the term's last window publicity is closed.

    One statement clears, however many there are. What is in dispute clears when its last case ends.
    """
    term, now = await deps.directory.lock(tx, term_id), deps.now()
    if term is None or term.closes_at is None or (await terms.done(tx, term_id)).closed_at is not None:
        return
    ended = term.closes_at <= now
    paths = [term.path] if ended else [path for path in await entries.grades(tx, term.id) if term.over(now, path)]
    cleared = await entries.clear(tx, term.id, paths, now)
    for path in cleared:
        records = [record async for record in entries.cleared_in(tx, term.id, path, now)]
        await outbox.add(tx, *cleared_events(term.id, path, records, now))
    if not ended:
        await jobs.schedule(tx, next(at for at in term.closings if at > now), CLOSE, str(term.id))
        return
    await terms.mark_closed(tx, term.id, now)
    disputed = await entries.count_selected(tx, term.id)
    total = await entries.count_cleared(tx, term.id)
    await outbox.add(tx, PublicityClosedV1(term_id=term.id, path=term.path, entries=total, in_dispute=disputed, at=now))
