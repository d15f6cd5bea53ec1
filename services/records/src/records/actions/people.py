"""Reactions to events about students."""

from collections.abc import Sequence

from contracts.archive import CareerSealedV1
from contracts.identity import Enrolment
from servicekit.db import Tx

from records import store
from records.deps import RecordsDeps


async def follow(_: RecordsDeps, tx: Tx, students: Sequence[Enrolment]) -> None:
    """Let records and positions follow their students (BJ-04)."""
    await store.people.follow_students(tx, [student.student_id for student in students])


async def career_sealed(_: RecordsDeps, tx: Tx, event: CareerSealedV1) -> None:
    """Release no misconduct of this student any more (JX-14)."""
    await store.people.seal_career(tx, event.student_id, event.at)
