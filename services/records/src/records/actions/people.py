"""What follows from events about students: their records go along, and their misconduct stays."""

from collections.abc import Sequence

from contracts.archive import CareerSealedV1
from contracts.identity import Enrolment
from servicekit.db import Tx

from records import store
from records.deps import RecordsDeps


async def follow(_: RecordsDeps, tx: Tx, students: Sequence[Enrolment]) -> None:
    """Let records and positions follow their students (BJ-04)."""
    await store.people.follow_students(tx, [student.student_id for student in students])


async def note_career(tx: Tx, event: CareerSealedV1) -> None:
    """From now on misconduct stays as it is (JX-14)."""
    await store.people.seal_career(tx, event.student_id, event.at)
