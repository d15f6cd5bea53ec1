"""What follows from events about students: titles of their classes, and that open work goes along (BJ-04)."""

from collections.abc import Sequence

from contracts.identity import Enrolment
from servicekit.db import Tx

from publicity.actions import dockets
from publicity.deps import Deps
from publicity.store import terms


async def save_titles(_: Deps, tx: Tx, students: Sequence[Enrolment]) -> None:
    """Keep the titles of their classes."""
    await terms.save_titles(tx, students)


async def follow(deps: Deps, tx: Tx, students: Sequence[Enrolment]) -> None:
    """Let entries and open cases follow to the new class, and notify its teacher (BJ-04)."""
    ids = [student.student_id for student in students]
    await terms.move_open_work(tx, ids)
    moved = await terms.move_open_cases(tx, ids)
    if moved:
        docket = await dockets.load(deps, tx, case_ids=moved)
        for case_id in moved:
            docket.relocated(case_id)
        await dockets.save(tx, docket)
