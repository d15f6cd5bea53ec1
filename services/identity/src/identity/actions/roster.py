"""Applies one chunk of a roster import: organisations, persons, accounts, students, guardians and staff cards."""

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
from identity.domain.roster import STUDENTS, TEACHERS, ImportOutcome, StudentRow, TeacherRow, read_student, read_teacher
from identity.store import accounts, audit, organisations
from identity.store.audit import NewAuditRow


async def apply_roster(deps: IdentityDeps, tx: Tx, batch: RosterCommittedV1) -> None:
    """Apply the valid rows and report the others in `identity.batch.applied` (X-12), in the inbox's transaction."""
    outcome = ImportOutcome()
    school = await organisations.lock(tx, batch.path)
    if school is None or school.level != "school":
        outcome.problems += [_problem(row, "school_unknown", "没有这所学校") for row in batch.rows]
    else:
        students, teachers = _read(deps, batch, outcome)
        phones = {r.guardian_phone for r in students} | {r.phone for r in teachers}
        numbers = {r.index.hex() for r in students} | {r.index.hex() for r in teachers if r.index is not None}
        await accounts.lock_names(tx, [*phones, *numbers])
        organisations_by_path = await _add_missing_organisations(tx, school, students, teachers, outcome)
        if students:
            await roster_students.apply_students(deps, tx, batch, organisations_by_path, students, outcome)
        if teachers:
            await roster_teachers.apply_teachers(deps, tx, batch, teachers, outcome)
    await outbox.add(tx, *outcome.events, _result(batch, outcome))
    detail = {"chunk": batch.chunk, "created": outcome.created, "changed": outcome.changed, "problems": len(outcome.problems)}
    audit_row = NewAuditRow(
        "roster_taken_in",
        batch.account_id,
        subject=str(batch.batch_id),
        detail={"path": batch.path, **detail},
        paths=(batch.path,),
    )
    await audit.add(tx, deps.now(), [audit_row])


def _result(batch: RosterCommittedV1, outcome: ImportOutcome) -> IdentityBatchAppliedV1:
    return IdentityBatchAppliedV1(
        batch_id=batch.batch_id,
        chunk=batch.chunk,
        chunks=batch.chunks,
        created=outcome.created,
        changed=outcome.changed,
        unchanged=outcome.unchanged,
        problems=tuple(sorted(outcome.problems, key=lambda p: p.row)),
    )


def _problem(row: BatchRow, code: str, message: str) -> RowProblem:
    return RowProblem(row=row.row, code=code, message=message)


def _read(deps: IdentityDeps, batch: RosterCommittedV1, outcome: ImportOutcome) -> tuple[list[StudentRow], list[TeacherRow]]:
    """Decrypt and parse the rows. A row that cannot be decrypted or parsed becomes a problem of that row."""
    students: list[StudentRow] = []
    teachers: list[TeacherRow] = []
    for row in batch.rows:
        sealed = row.sealed.get("id_number")
        try:
            number = None if sealed is None else deps.sealed_numbers.open_imported(sealed, batch.batch_id, row.sheet, row.row)
            index = None if number is None else deps.sealed_numbers.id_number_index(number)
            registry = _registry(deps, batch, row)
            if row.sheet == TEACHERS:
                teachers.append(read_teacher(row, batch.path, number, index))
            elif row.sheet == STUDENTS and number is not None and index is not None and registry is not None:
                registry_index = deps.sealed_numbers.registry_number_index(registry)
                students.append(read_student(row, batch.path, number, index, registry, registry_index))
            else:
                outcome.problems.append(_problem(row, "invalid_input", "工作表未知，或缺少身份证件号"))
        except (KeyError, ValueError):
            outcome.problems.append(_problem(row, "invalid_input", "这一行的内容不完整或格式不正确"))
    return students, teachers


def _registry(deps: IdentityDeps, batch: RosterCommittedV1, row: BatchRow) -> str | None:
    """A student's registry number, decrypted; chunks from before ADR 5 contain it in clear."""
    sealed = row.sealed.get("registry_number")
    if sealed is not None:
        return deps.sealed_numbers.open_imported(sealed, batch.batch_id, row.sheet, row.row)
    plaintext = row.data.get("registry_number")
    return None if plaintext is None else str(plaintext)


async def _add_missing_organisations(
    tx: Tx, school: Organisation, students: Iterable[StudentRow], teachers: Iterable[TeacherRow], outcome: ImportOutcome
) -> dict[str, Organisation]:
    """The school and the grades and classes in the rows, by org_path; missing ones are created."""
    student_classes = {(row.entry_year, row.class_number) for row in students}
    teacher_classes = [(row.entry_year, row.class_number) for row in teachers]
    grades = {
        year: tree.grade_of(school, year)
        for year in {y for y, _ in student_classes} | {y for y, _ in teacher_classes if y is not None}
    }
    numbered = student_classes | {(year, number) for year, number in teacher_classes if year is not None and number is not None}
    classes = [tree.class_of(grades[year], number) for year, number in numbered]
    wanted = sorted([*grades.values(), *classes], key=lambda o: o.path)
    added = await organisations.add(tx, wanted)
    outcome.events += [o.event() for o in wanted if o.path in added]
    known = await organisations.named(tx, [o.path for o in wanted])
    return {school.path: school, **known}
