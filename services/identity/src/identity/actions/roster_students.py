"""The students' sheet of a roster: persons, accounts, enrolments and guardians."""

from dataclasses import replace
from uuid import UUID

from contracts.base import RowProblem, ancestor
from contracts.identity import StudentMovedV1, StudentsEnrolledV1
from contracts.importer import RosterCommittedV1
from servicekit.db import Tx
from servicekit.ids import new_id

from identity.actions.revocation import revoke_tokens
from identity.actions.roster_guardians import apply_guardians
from identity.deps import IdentityDeps
from identity.domain import eid
from identity.domain.id_number import masked_registry
from identity.domain.organisations import Organisation
from identity.domain.roster import ImportOutcome, StudentRow, differs, student_problem
from identity.domain.students import Student, Titles
from identity.store import accounts, cards, organisations, roster, students
from identity.store.accounts import NewAccount, NewPerson


async def apply_students(
    deps: IdentityDeps,
    tx: Tx,
    batch: RosterCommittedV1,
    organisations_by_path: dict[str, Organisation],
    rows: list[StudentRow],
    outcome: ImportOutcome,
) -> None:
    """Enrol new students, change or move known ones; counts, problems and events go into `outcome`."""
    school = organisations_by_path[batch.path]
    known = {s.registry_index: s for s in await students.by_registry(tx, [r.registry_index for r in rows])}
    holders = await roster.holders(tx, [r.index for r in rows])
    valid: list[StudentRow] = []
    seen: set[object] = set()
    for row in rows:
        problem = student_problem(row, known.get(row.registry_index), holders.get(row.index), school.path)
        if problem is None and not seen.isdisjoint((row.registry_index, row.index)):
            problem = RowProblem(row=row.row, code="duplicate", message="与本表另一行是同一名学生")
        if problem is None:
            valid.append(row)
            seen |= {row.registry_index, row.index}
        else:
            outcome.problems.append(problem)
    new_rows = [row for row in valid if row.registry_index not in known]
    person_ids = {row.index: holders[row.index].person_id for row in new_rows if row.index in holders}
    new = await _new_students(deps, tx, organisations_by_path, new_rows, person_ids)
    before_after = [(known[r.registry_index], r) for r in valid if r.registry_index in known]
    changed = [(before, _updated(before, row, organisations_by_path)) for before, row in before_after]
    changed = [(before, after) for before, after in changed if after.version != before.version]

    await _save_persons(
        deps, tx, valid, {s.registry_index: s for s in [*new, *(after for _, after in changed)]}, person_ids, known
    )
    await accounts.add_accounts(tx, [NewAccount(s.account_id, s.eid, s.person_id) for s in new])
    await students.add(tx, new)
    await students.save(tx, [after for _, after in changed])
    moved = [(before, after) for before, after in changed if before.path != after.path]
    await students.add_enrolment_changes(tx, moved, "名册导入", batch.account_id, deps.now())

    if moved:
        card_pairs = await cards.of_students(tx, [after.id for _, after in moved])
        await revoke_tokens(tx, card_pairs, deps.now(), "student_moved")

    student_ids = {**{n: s.id for n, s in known.items()}, **{s.registry_index: s.id for s in new}}
    affected = await apply_guardians(deps, tx, school.path, [(student_ids[r.registry_index], r) for r in valid], outcome.events)
    changed_ids = ({after.id for _, after in changed} | affected) - {s.id for s in new}
    outcome.created += len(new)
    outcome.changed += len(changed_ids)
    outcome.unchanged += len(valid) - len(new) - len(changed_ids)
    enrolled = [*new, *(after for before, after in changed if before.path == after.path)]
    if enrolled:
        outcome.events.append(StudentsEnrolledV1(school=school.path, students=tuple(s.enrolment() for s in enrolled)))
    outcome.events += [
        StudentMovedV1(student_id=after.id, from_path=before.path, at=deps.now(), enrolment=after.enrolment())
        for before, after in moved
    ]


async def _new_students(
    deps: IdentityDeps,
    tx: Tx,
    organisations_by_path: dict[str, Organisation],
    rows: list[StudentRow],
    person_ids: dict[bytes, UUID],
) -> list[Student]:
    if not rows:
        return []
    school = organisations_by_path[ancestor(rows[0].path, "school")]
    area = school.area or "900000"
    first = await organisations.take_eids(tx, area, len(rows))
    made: list[Student] = []
    for number, row in enumerate(rows, first):
        titles = _titles(organisations_by_path, row.path)
        student_id = new_id()
        made.append(
            Student(
                id=student_id,
                person_id=person_ids.get(row.index) or new_id(),
                account_id=new_id(),
                name=row.name,
                sex=row.sex,
                born=row.born,
                registry_number=masked_registry(row.registry_number),
                registry_sealed=deps.sealed_numbers.seal_registry_number(row.registry_number, student_id),
                registry_index=row.registry_index,
                student_number=row.student_number,
                eid=eid.make(area, number),
                path=row.path,
                status="enrolled",
                school_title=titles.school,
                grade_title=titles.grade,
                class_title=titles.class_,
                id_number=None,
                id_number_index=row.index,
                version=1,
            )
        )
    return made


def _updated(known: Student, row: StudentRow, organisations_by_path: dict[str, Organisation]) -> Student:
    """The student with the row's data; the same object if nothing differs."""
    if not differs(row, known) and row.path == known.path:
        return known
    titles = _titles(organisations_by_path, row.path)
    return replace(
        known,
        name=row.name,
        sex=row.sex,
        born=row.born,
        student_number=row.student_number,
        id_number_index=row.index,
        path=row.path,
        school_title=titles.school,
        grade_title=titles.grade,
        class_title=titles.class_,
        version=known.version + 1,
    )


async def _save_persons(
    deps: IdentityDeps,
    tx: Tx,
    rows: list[StudentRow],
    affected: dict[bytes, Student],
    person_ids: dict[bytes, UUID],
    known: dict[bytes, Student],
) -> None:
    new: list[NewPerson] = []
    changed: list[NewPerson] = []
    for row in rows:
        student = affected.get(row.registry_index)
        if student is None:
            continue
        sealed = deps.sealed_numbers.seal_id_number(row.id_number, student.person_id)
        person = NewPerson(student.person_id, row.name, row.sex, row.born, sealed, row.index)
        (changed if row.index in person_ids or row.registry_index in known else new).append(person)
    await accounts.add_persons(tx, new)
    await accounts.change_persons(tx, changed)


def _titles(organisations_by_path: dict[str, Organisation], path: str) -> Titles:
    return Titles(
        organisations_by_path[ancestor(path, "school")].title,
        organisations_by_path[ancestor(path, "grade")].title,
        organisations_by_path[path].title,
    )
