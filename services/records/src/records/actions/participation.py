"""Marking students who do not take part in a term, and putting them back (SH-03)."""

from collections.abc import Collection, Mapping
from datetime import datetime
from uuid import UUID

from contracts.base import within
from servicekit import directory, jobs, outbox
from servicekit.auth import Actor
from servicekit.db import Tx
from servicekit.directory import find_student
from servicekit.refusals import require

from records import store
from records.actions.common import SILENCE, need_found, save_many, term_of
from records.deps import RecordsDeps
from records.domain import participation
from records.domain.record import ChangedBy, Record
from records.domain.reviewing import after_window, own_deadline
from records.domain.term import Term
from records.results import ShownOptOut
from records.store.participation import OptOut


async def change(
    deps: RecordsDeps,
    actor: Actor,
    term_id: UUID,
    student_id: UUID,
    participates: bool,
    reason_code: str | None,
    note: str | None,
) -> ShownOptOut | None:
    """Mark a student with a reason, or put one back; None: the student takes part now."""
    async with deps.db.transaction() as tx:
        term = need_found(await deps.directory.lock(tx, term_id))
        require(actor.is_staff, "not_found")
        student = need_found(await find_student(tx, student_id))
        actor.need(student.path)
        require(within(student.path, term.path), "not_found")
        rules = participation.participation_of(term)
        with term.refusal_context("participation", rules.operation):
            participation.need_may_change(term, student, participates, actor, deps.now())
            reason = None if participates else participation.need_reason(term, reason_code)
            before = await store.participation.last(tx, term_id, student_id)
            participation.need_change(term, before, participates)
        event = participation.changed_event(term, student, before, reason, actor, deps.now())
        await store.participation.add(tx, event, None if participates else reason_code, note, ChangedBy.of(actor))
        await outbox.add(tx, event)
        if participates:
            await _wait_again(tx, term, student_id, deps.now())
        found = await store.participation.last(tx, term_id, student_id)
    assert found is not None
    if participates:
        return None
    return _shown(deps, term, actor, OptOut(student.id, student.name, student.path, student.class_title, found))


async def _wait_again(tx: Tx, term: Term, student_id: UUID, now: datetime) -> None:
    """Do what a window's end meanwhile did with the records of others, and plan the deadlines that are ahead (SH-07)."""
    waiting = await store.records.lock_waiting(tx, term.id, student_id)
    changes = [change for record in waiting if (change := after_window(term, record, now)) is not None]
    await save_many(tx, [(term, change) for change in changes])
    ahead = [(str(record.id), at) for record in waiting if (at := own_deadline(term, record)) and at > now]
    await jobs.schedule_many(tx, SILENCE, ahead)


async def page(
    deps: RecordsDeps, actor: Actor, term_id: UUID, path: str | None, after: UUID | None, limit: int
) -> list[ShownOptOut]:
    """The students of the card's organisation who do not take part in a term."""
    require(actor.can("see_students"), "not_found")
    async with deps.db.reading() as tx:
        term = await term_of(deps, tx, term_id)
        own = actor.path if within(actor.path, term.path) else term.path
        actor.need(own)
        path = own if path is None else path
        require(within(path, own), "not_found")
        found = await store.participation.page(tx, term_id, path, after, limit)
    return [_shown(deps, term, actor, one) for one in found]


def _shown(deps: RecordsDeps, term: Term, actor: Actor, found: OptOut) -> ShownOptOut:
    rules = term.scheme.participation
    reasons = {reason.id: reason.title for reason in rules.reasons} if rules else {}
    code = found.change.reason_code or ""
    return ShownOptOut(found, reasons.get(code, code), participation.may_change(term, found.path, True, actor, deps.now()))


async def opted_out(tx: Tx, terms: Mapping[UUID, Term], records: Collection[Record]) -> set[tuple[UUID, UUID]]:
    """Those (term, student) of these records of which the student does not take part in the term."""
    found: set[tuple[UUID, UUID]] = set()
    for term in terms.values():
        if term.scheme.participation is not None:
            students = {record.student_id for record in records if record.term_id == term.id}
            found |= {(term.id, student) for student in await directory.opted_out(tx, term.id, students)}
    return found


async def need_participating(tx: Tx, term: Term, student_id: UUID) -> None:
    """Refuse records of a student who does not take part in the term (SH-03)."""
    if term.scheme.participation is not None:
        participation.need_participating(term, student_id, await directory.opted_out(tx, term.id, [student_id]))
