"""Students as heard: where they are, and that open work goes along when they move within the school (BJ-04)."""

from collections.abc import Sequence

from contracts.identity import Enrolment
from servicekit.db import Tx

from publicity.actions import dockets
from publicity.deps import Deps
from publicity.store import terms


async def take_students(tx: Tx, students: Sequence[Enrolment]) -> None:
    """Keep the newest particulars of these students."""
    await terms.save_students(tx, students)


async def move_students(deps: Deps, tx: Tx, students: Sequence[Enrolment]) -> None:
    """Keep them, and let their entries and open cases follow to the new class, whose teacher is told."""
    await terms.save_students(tx, students)
    ids = [student.student_id for student in students]
    await terms.move_open_work(tx, ids)
    moved = await terms.move_open_cases(tx, ids)
    if moved:
        docket = await dockets.load(deps, tx, case_ids=moved)
        for case_id in moved:
            docket.relocated(case_id)
        await dockets.save(tx, docket)
