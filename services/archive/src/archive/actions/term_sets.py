"""Looking up the sets of results of a student and of a class (BJ-03, BJ-07, BJ-12)."""

from collections.abc import Sequence
from uuid import UUID

from contracts.base import level_of
from servicekit.auth import Actor
from servicekit.db import Tx
from servicekit.directory import Student, find_student, student_of
from servicekit.refusals import require

from archive.deps import ArchiveDeps
from archive.domain.found import need_found
from archive.domain.term_sets import StageSets, TermResult, result_of, stages_of
from archive.store import term_sets as store
from archive.store import terms


async def of_student(deps: ArchiveDeps, actor: Actor, student_id: UUID) -> tuple[Student, list[StageSets]]:
    """All stages of a student, for the family, and for staff who are responsible for the student now."""
    async with deps.db.reading() as tx:
        student = need_found(await find_student(tx, student_id))
        actor.need_reading(student.path, student.id)
        return student, (await _stages(deps, tx, [student]))[0]


async def of_class(deps: ArchiveDeps, actor: Actor, path: str) -> list[tuple[Student, list[StageSets]]]:
    """The students of a class with their stages."""
    require(level_of(path) == "class", "invalid_input", field="path")
    actor.need(path)
    async with deps.db.reading() as tx:
        students = [student_of(row) for row in await store.class_of(tx, path)]
        return list(zip(students, await _stages(deps, tx, students), strict=True))


async def _stages(deps: ArchiveDeps, tx: Tx, students: Sequence[Student]) -> list[list[StageSets]]:
    ids = [student.id for student in students]
    rows, careers = await store.held(tx, ids), await store.careers(tx, ids)
    known = {term.id: term for term in await terms.terms_by_id(tx, deps.directory, {row["term_id"] for row in rows})}
    held: dict[UUID, list[TermResult]] = {}
    for row in rows:
        if (term := known.get(row["term_id"])) is not None:
            result = result_of(term, row["total"], row["band"], row["choice"])
            one = TermResult(term, row["path"], row["school_title"], row["archive_id"], result)
            held.setdefault(row["student_id"], []).append(one)
    at_school = {path: await terms.terms_at(tx, deps.directory, path) for path in {student.path for student in students}}
    return [
        stages_of(
            student,
            next(reversed(at_school[student.path]), None),
            held.get(student.id, ()),
            [(archive_id, stage, path) for owner, archive_id, stage, path in careers if owner == student.id],
        )
        for student in students
    ]
