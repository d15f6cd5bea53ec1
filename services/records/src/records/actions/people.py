"""Reactions to events about students."""

from collections.abc import Sequence

from contracts.archive import CareerSealedV1
from contracts.identity import Enrolment, EnrolmentStatementAskedV1, StudentsRemovalAskedV1
from contracts.records import RecordsStatementV1, RecordsStudentsUsedV1
from servicekit import outbox
from servicekit.db import Tx

from records import store
from records.deps import RecordsDeps
from records.domain import statements


async def follow(_: RecordsDeps, tx: Tx, students: Sequence[Enrolment]) -> None:
    """Let records, positions and final submissions follow their students (BJ-04)."""
    ids = [student.student_id for student in students]
    await store.people.follow_students(tx, ids)
    await store.finals.move(tx, ids)


async def career_sealed(_: RecordsDeps, tx: Tx, event: CareerSealedV1) -> None:
    """Release no misconduct of this student and stage any more (JX-14)."""
    stage = event.stage or await store.people.school_stage(tx, event.path)
    await store.people.seal_career(tx, event.student_id, stage, event.at)


async def students_used(_: RecordsDeps, tx: Tx, event: StudentsRemovalAskedV1) -> None:
    """Answer of which of these students there are records or positions: they stay when their roster is undone (L-10)."""
    used = tuple(await store.people.used(tx, event.students))
    await outbox.add(tx, RecordsStudentsUsedV1(batch_id=event.batch_id, part=event.part, students=used))


async def state_student(_: RecordsDeps, tx: Tx, event: EnrolmentStatementAskedV1) -> None:
    """Answer how many records and positions there are of a student whose enrolment is to change (BJ-04)."""
    found = statements.lines(
        await store.people.records_of(tx, event.student_id), await store.people.positions_of(tx, event.student_id)
    )
    await outbox.add(tx, RecordsStatementV1(application_id=event.application_id, attempt=event.attempt, lines=found))
