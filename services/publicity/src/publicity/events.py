"""What publicity hears, and what the clock asks of it."""

from typing import Any
from uuid import UUID

from contracts.identity import StudentMovedV1, StudentsEnrolledV1, StudentStatusChangedV1
from contracts.records import RecordAmendedV1, RecordApprovedV1, RecordVoidedV1, TermChangedV1, TermScheduledV1
from servicekit.bus import EventHandlers
from servicekit.db import Tx
from servicekit.jobs import ScheduledJobs

from publicity.actions import cases, entries, students, terms
from publicity.deps import Deps

on_event = EventHandlers()
on_job = ScheduledJobs()


@on_event(TermScheduledV1)
async def on_term_scheduled(deps: Deps, tx: Tx, event: TermScheduledV1) -> None:
    """Keep the term and plan its publicity."""
    await terms.take_term(deps, tx, event)


@on_event(TermChangedV1)
async def on_term_changed(deps: Deps, tx: Tx, event: TermChangedV1) -> None:
    """Keep the new timetable and plan the term's publicity anew."""
    await terms.take_term(deps, tx, event)


@on_event(StudentsEnrolledV1)
async def on_students_enrolled(_: Deps, tx: Tx, event: StudentsEnrolledV1) -> None:
    """Students are known."""
    await students.take_students(tx, event.students)


@on_event(StudentMovedV1)
async def on_student_moved(deps: Deps, tx: Tx, event: StudentMovedV1) -> None:
    """Open work goes along."""
    await students.move_students(deps, tx, [event.enrolment])


@on_event(StudentStatusChangedV1)
async def on_student_status_changed(_: Deps, tx: Tx, event: StudentStatusChangedV1) -> None:
    """Particulars changed."""
    await students.take_students(tx, [event.enrolment])


@on_event(RecordApprovedV1)
async def on_record_approved(deps: Deps, tx: Tx, event: RecordApprovedV1) -> None:
    """Keep the record as an eligible entry (JX-03)."""
    await entries.take_approved(deps, tx, event)


@on_event(RecordAmendedV1)
async def on_record_amended(deps: Deps, tx: Tx, event: RecordAmendedV1) -> None:
    """Take over the amendment that an open case asked for (JX-09)."""
    await entries.take_amended(deps, tx, event)


@on_event(RecordVoidedV1)
async def on_record_voided(deps: Deps, tx: Tx, event: RecordVoidedV1) -> None:
    """Void the record's entry."""
    await entries.take_voided(deps, tx, event)


@on_job(terms.OPEN)
async def on_opening(deps: Deps, tx: Tx, key: str, _: dict[str, Any]) -> None:
    """A publicity window opens."""
    await terms.open_publicity(deps, tx, UUID(key))


@on_job(terms.CLOSE)
async def on_closing(deps: Deps, tx: Tx, key: str, _: dict[str, Any]) -> None:
    """A publicity window closes."""
    await terms.close_publicity(deps, tx, UUID(key))


@on_job(terms.BEGINS)
async def on_stage_begins(deps: Deps, tx: Tx, key: str, _: dict[str, Any]) -> None:
    """A stage's window opens."""
    await cases.begin(deps, tx, *terms.read_case_key(key))


@on_job(terms.DEADLINE)
async def on_deadline(deps: Deps, tx: Tx, key: str, _: dict[str, Any]) -> None:
    """A stage took too long."""
    await cases.time_out(deps, tx, *terms.read_case_key(key))
