"""Students as heard: where they are, and that open work goes along when they move within the school (BJ-04)."""

from collections.abc import Sequence

from contracts.identity import Enrolment
from servicekit.db import Tx

from publicity.store import terms


async def take_students(tx: Tx, students: Sequence[Enrolment]) -> None:
    """Keep the newest particulars of these students."""
    await terms.save_students(tx, students)


async def move_students(tx: Tx, students: Sequence[Enrolment]) -> None:
    """Keep them, and let their entries and open cases follow to the new class."""
    await terms.save_students(tx, students)
    ids = [student.student_id for student in students]
    await terms.move_open_work(tx, ids)
    await terms.move_open_cases(tx, ids)
