"""The students' sheet of a roster: persons, accounts, places, and the guardians whom the school names."""

from dataclasses import replace
from uuid import UUID

from contracts.base import RowProblem, ancestor
from contracts.identity import StudentMovedV1, StudentsEnrolledV1
from contracts.importer import RosterCommittedV1
from servicekit.db import Tx
from servicekit.ids import new_id

from identity.actions.endings import renew_tokens
from identity.actions.roster_guardians import take as take_guardians
from identity.deps import IdentityDeps
from identity.domain import eid
from identity.domain.organisations import Organisation
from identity.domain.roster import StudentRow, Taken, differs, student_problem
from identity.domain.students import Student, Titles
from identity.domain.words import masked_registry
from identity.store import accounts, cards, organisations, people, students
from identity.store.accounts import NewAccount, NewPerson


async def take(
    deps: IdentityDeps,
    tx: Tx,
    batch: RosterCommittedV1,
    places: dict[str, Organisation],
    rows: list[StudentRow],
    taken: Taken,
) -> None:
    """New students are enrolled, known ones changed or moved; the counts and events go into `taken`."""
    school = places[batch.path]
    known = {s.registry_index: s for s in await students.by_registry(tx, [r.registry_index for r in rows])}
    holders = await people.holders(tx, [r.index for r in rows])
    good: list[StudentRow] = []
    seen: set[object] = set()
    for row in rows:
        problem = student_problem(row, known.get(row.registry_index), holders.get(row.index), school.path)
        if problem is None and not seen.isdisjoint((row.registry_index, row.index)):
            problem = RowProblem(row=row.row, code="duplicate", message="与本表另一行是同一名学生")
        if problem is None:
            good.append(row)
            seen |= {row.registry_index, row.index}
        else:
            taken.problems.append(problem)
    fresh = [row for row in good if row.registry_index not in known]
    held = {row.index: holders[row.index].person_id for row in fresh if row.index in holders}
    new = await _new_students(deps, tx, places, fresh, held)
    before_after = [(known[r.registry_index], r) for r in good if r.registry_index in known]
    changed = [(before, _after(before, row, places)) for before, row in before_after]
    changed = [(before, after) for before, after in changed if after.version != before.version]

    await _save_persons(deps, tx, good, {s.registry_index: s for s in [*new, *(after for _, after in changed)]}, held, known)
    await accounts.add_accounts(tx, [NewAccount(s.account_id, s.eid, s.person_id) for s in new])
    await students.add(tx, new)
    await students.save(tx, [after for _, after in changed])
    moved = [(before, after) for before, after in changed if before.path != after.path]
    await students.note_change(tx, moved, "名册导入", batch.account_id, deps.now())

    if moved:
        ended = await cards.of_students(tx, [after.id for _, after in moved])
        await renew_tokens(tx, ended, deps.now(), "student_moved")

    everyone = {**{n: s.id for n, s in known.items()}, **{s.registry_index: s.id for s in new}}
    touched = await take_guardians(deps, tx, school.path, [(everyone[r.registry_index], r) for r in good], taken.events)
    changed_ids = ({after.id for _, after in changed} | touched) - {s.id for s in new}
    taken.created += len(new)
    taken.changed += len(changed_ids)
    taken.unchanged += len(good) - len(new) - len(changed_ids)
    enrolled = [*new, *(after for before, after in changed if before.path == after.path)]
    if enrolled:
        taken.events.append(StudentsEnrolledV1(school=school.path, students=tuple(s.enrolment() for s in enrolled)))
    taken.events += [
        StudentMovedV1(student_id=after.id, from_path=before.path, at=deps.now(), enrolment=after.enrolment())
        for before, after in moved
    ]


async def _new_students(
    deps: IdentityDeps, tx: Tx, places: dict[str, Organisation], rows: list[StudentRow], held: dict[bytes, UUID]
) -> list[Student]:
    if not rows:
        return []
    school = places[ancestor(rows[0].path, "school")]
    area = school.area or "900000"
    first = await organisations.take_eids(tx, area, len(rows))
    made: list[Student] = []
    for number, row in enumerate(rows, first):
        titles = _titles(places, row.path)
        student_id = new_id()
        made.append(
            Student(
                id=student_id,
                person_id=held.get(row.index) or new_id(),
                account_id=new_id(),
                name=row.name,
                sex=row.sex,
                born=row.born,
                registry_number=masked_registry(row.registry_number),
                registry_sealed=deps.vault.seal_registry(row.registry_number, student_id),
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


def _after(known: Student, row: StudentRow, places: dict[str, Organisation]) -> Student:
    """The student as the row has it; the same version where nothing differs."""
    if not differs(row, known) and row.path == known.path:
        return known
    titles = _titles(places, row.path)
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
    touched: dict[bytes, Student],
    held: dict[bytes, UUID],
    known: dict[bytes, Student],
) -> None:
    new: list[NewPerson] = []
    changed: list[NewPerson] = []
    for row in rows:
        student = touched.get(row.registry_index)
        if student is None:
            continue
        sealed = deps.vault.seal_id(row.id_number, student.person_id)
        person = NewPerson(student.person_id, row.name, row.sex, row.born, sealed, row.index)
        (changed if row.index in held or row.registry_index in known else new).append(person)
    await accounts.add_persons(tx, new)
    await accounts.change_persons(tx, changed)


def _titles(places: dict[str, Organisation], path: str) -> Titles:
    return Titles(
        places[ancestor(path, "school")].title,
        places[ancestor(path, "grade")].title,
        places[path].title,
    )
