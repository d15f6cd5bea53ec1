"""Reactions to events about students: titles of classes, and open work that follows a student who moves (BJ-04)."""

from collections.abc import Sequence

from contracts.identity import Enrolment, EnrolmentStatementAskedV1
from contracts.publicity import PublicityStatementV1
from servicekit import outbox
from servicekit.db import Tx

from publicity.actions import case_engine
from publicity.deps import Deps
from publicity.store import terms


async def save_titles(_: Deps, tx: Tx, students: Sequence[Enrolment]) -> None:
    """Keep the titles of their classes."""
    await terms.save_titles(tx, students)


async def move_open_work(deps: Deps, tx: Tx, students: Sequence[Enrolment]) -> None:
    """Let entries and open cases follow to the new class, and notify its teacher (BJ-04)."""
    ids = [student.student_id for student in students]
    await terms.move_entries(tx, ids)
    moved = await terms.move_open_cases(tx, ids)
    if moved:
        engine = await case_engine.load(deps, tx, case_ids=moved)
        for case_id in moved:
            engine.student_moved(case_id)
        await case_engine.save(tx, engine)


async def state_student(_: Deps, tx: Tx, event: EnrolmentStatementAskedV1) -> None:
    """Answer how many entries and open cases there are of a student whose enrolment is to change (BJ-04)."""
    lines = tuple(await terms.statement_of(tx, event.student_id))
    await outbox.add(tx, PublicityStatementV1(application_id=event.application_id, attempt=event.attempt, lines=lines))
