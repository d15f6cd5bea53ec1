"""One chunk of a committed roster becomes organisations, persons, accounts, students, guardians and staff cards."""

from collections.abc import Iterable

from contracts.base import RowProblem
from contracts.identity import IdentityBatchAppliedV1
from contracts.importer import BatchRow, RosterCommittedV1
from servicekit import outbox
from servicekit.db import Tx

from identity.actions import roster_students, roster_teachers
from identity.deps import IdentityDeps
from identity.domain import organisations as tree
from identity.domain.organisations import Organisation
from identity.domain.roster import STUDENTS, TEACHERS, StudentRow, Taken, TeacherRow, read_student, read_teacher
from identity.store import accounts, organisations
from identity.store.audit import Note
from identity.store.audit import write as audit


async def take_in(deps: IdentityDeps, tx: Tx, batch: RosterCommittedV1) -> None:
    """Take in what can be, say what cannot, in the inbox's transaction; answers with `identity.batch.applied` (X-12)."""
    taken = Taken()
    school = await organisations.hold(tx, batch.path)
    if school is None or school.level != "school":
        taken.problems += [_problem(row, "school_unknown", "没有这所学校") for row in batch.rows]
    else:
        students, teachers = _read(deps, batch, taken)
        phones = {r.guardian_phone for r in students} | {r.phone for r in teachers}
        numbers = {r.index.hex() for r in students} | {r.index.hex() for r in teachers if r.index is not None}
        await accounts.take_turns(tx, [*phones, *numbers])
        places = await _places(tx, school, students, teachers, taken)
        if students:
            await roster_students.take(deps, tx, batch, places, students, taken)
        if teachers:
            await roster_teachers.take(deps, tx, batch, teachers, taken)
    await outbox.add(tx, *taken.events, _answer(batch, taken))
    detail = {"chunk": batch.chunk, "created": taken.created, "changed": taken.changed, "problems": len(taken.problems)}
    note = Note(
        "roster_taken_in",
        batch.account_id,
        subject=str(batch.batch_id),
        detail={"path": batch.path, **detail},
        paths=(batch.path,),
    )
    await audit(tx, deps.now(), [note])


def _answer(batch: RosterCommittedV1, taken: Taken) -> IdentityBatchAppliedV1:
    return IdentityBatchAppliedV1(
        batch_id=batch.batch_id,
        chunk=batch.chunk,
        chunks=batch.chunks,
        created=taken.created,
        changed=taken.changed,
        unchanged=taken.unchanged,
        problems=tuple(sorted(taken.problems, key=lambda p: p.row)),
    )


def _problem(row: BatchRow, code: str, message: str) -> RowProblem:
    return RowProblem(row=row.row, code=code, message=message)


def _read(deps: IdentityDeps, batch: RosterCommittedV1, taken: Taken) -> tuple[list[StudentRow], list[TeacherRow]]:
    """The rows, opened and typed. What does not open or is not of its form is that row's problem, not the batch's."""
    students: list[StudentRow] = []
    teachers: list[TeacherRow] = []
    for row in batch.rows:
        sealed = row.sealed.get("id_number")
        try:
            number = None if sealed is None else deps.vault.open_travelled(sealed, batch.batch_id, row.sheet, row.row)
            index = None if number is None else deps.vault.id_index(number)
            registry = _registry(deps, batch, row)
            if row.sheet == TEACHERS:
                teachers.append(read_teacher(row, batch.path, number, index))
            elif row.sheet == STUDENTS and number is not None and index is not None and registry is not None:
                fingerprint = deps.vault.registry_index(registry)
                students.append(read_student(row, batch.path, number, index, registry, fingerprint))
            else:
                taken.problems.append(_problem(row, "invalid_input", "工作表未知，或缺少身份证件号"))
        except (KeyError, ValueError):
            taken.problems.append(_problem(row, "invalid_input", "这一行的内容不完整或格式不正确"))
    return students, teachers


def _registry(deps: IdentityDeps, batch: RosterCommittedV1, row: BatchRow) -> str | None:
    """A student's registry number, which travels sealed (in chunks written before ADR 5: openly)."""
    sealed = row.sealed.get("registry_number")
    if sealed is not None:
        return deps.vault.open_travelled(sealed, batch.batch_id, row.sheet, row.row)
    told = row.data.get("registry_number")
    return None if told is None else str(told)


async def _places(
    tx: Tx, school: Organisation, students: Iterable[StudentRow], teachers: Iterable[TeacherRow], taken: Taken
) -> dict[str, Organisation]:
    """School, grades and classes that the rows name; those missing are made."""
    named = {(row.entry_year, row.class_number) for row in students}
    asked = [(row.entry_year, row.class_number) for row in teachers]
    grades = {year: tree.grade_of(school, year) for year in {y for y, _ in named} | {y for y, _ in asked if y is not None}}
    numbered = named | {(year, number) for year, number in asked if year is not None and number is not None}
    classes = [tree.class_of(grades[year], number) for year, number in numbered]
    wanted = sorted([*grades.values(), *classes], key=lambda o: o.path)
    made = await organisations.add(tx, wanted)
    taken.events += [o.event() for o in wanted if o.path in made]
    known = await organisations.named(tx, [o.path for o in wanted])
    return {school.path: school, **known}
