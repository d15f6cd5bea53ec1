"""Undoing a roster: what it made or changed is taken back while nobody uses it; the rest stays and is reported (L-10).

Two steps, because other services may have data of the students: identity asks records and archive, and takes back when both
have answered. publicity and importer know students only through these two or the directory, and are not asked.
"""

from contracts.base import StudentsUsed
from contracts.identity import StudentsRemovalAskedV1
from contracts.importer import BatchUndoneV1
from servicekit import outbox
from servicekit.db import Tx

from identity.actions.roster.reverting import revert_changes
from identity.deps import IdentityDeps
from identity.store import organisations, roster_changes, roster_undos
from identity.store.roster_undos import RosterUndo

STUDENTS_A_QUESTION = 5000
SERVICES = 2
"""records and archive answer."""


async def undo_roster(deps: IdentityDeps, tx: Tx, event: BatchUndoneV1) -> None:
    """Ask the other services about the students whom the roster enrolled; without any, take it back at once."""
    if event.target != "identity":
        return
    await organisations.lock(tx, event.path)
    changes = await roster_changes.of_batch(tx, event.batch_id)
    enrolled = [c.student_id for c in changes if c.what == "student_added" and c.student_id is not None]
    in_use = await roster_undos.students_in_use(tx, event.batch_id, enrolled)
    free = [student for student in enrolled if student not in in_use]
    parts = [free[i : i + STUDENTS_A_QUESTION] for i in range(0, len(free), STUDENTS_A_QUESTION)]
    undo = RosterUndo(event.batch_id, event.path, event.account_id, event.reason, len(parts), None)
    if not await roster_undos.add(tx, undo, deps.now()):
        return
    questions = [
        StudentsRemovalAskedV1(batch_id=event.batch_id, part=n, students=tuple(part)) for n, part in enumerate(parts, 1)
    ]
    await outbox.add(tx, *questions)
    if not parts:
        await revert_changes(deps, tx, undo, frozenset())


async def answered(deps: IdentityDeps, tx: Tx, event: StudentsUsed) -> None:
    """Store the answer of a service; after the last one take the roster back."""
    undo = await roster_undos.lock(tx, event.batch_id)
    if undo is None or undo.done_at is not None:
        return
    await roster_undos.add_answer(tx, event.batch_id, event.subject.partition(".")[0], event.part, event.students)
    count, used = await roster_undos.answers(tx, event.batch_id)
    if count == undo.parts * SERVICES:
        await organisations.lock(tx, undo.path)
        await revert_changes(deps, tx, undo, used)
