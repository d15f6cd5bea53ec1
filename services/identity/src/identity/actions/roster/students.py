"""The students that a plan enrols and changes: class, personal data, registry number, identity document (L-03)."""

from collections.abc import Sequence
from dataclasses import replace

from contracts.base import ancestor
from contracts.identity import StudentMovedV1, StudentsEnrolledV1
from servicekit.directory import masked_number
from servicekit.ids import new_id

from identity.actions import education_ids
from identity.actions.revocation import revoke_tokens
from identity.actions.roster.accounts import document_columns
from identity.actions.roster.write_context import REASON, WriteContext
from identity.domain.roster.changes import document_state, student_state
from identity.domain.roster.rows import RegistryNumber
from identity.domain.roster.steps import StudentStep
from identity.domain.students import Student, Titles
from identity.store import accounts, cards, students
from identity.store.accounts import NewAccount, NewPerson
from identity.store.audit import NewAuditRow
from identity.store.organisations import NO_AREA


async def enrol_students(w: WriteContext) -> dict[int, Student]:
    """Insert new students with their persons and accounts; by row."""
    steps = [step for step in w.plan.students if step.kind == "enrol"]
    if not steps:
        return {}
    school = w.plan.organisations[w.batch.path]
    form = await education_ids.form_at(w.deps, w.tx, school.path)
    without = [step for step in steps if step.education_id is None]
    ids = iter(await education_ids.make(w.tx, form, school.area or NO_AREA, len(without)))
    made = {
        step.row: _new_student(w, step, step.registry, step.education_id or next(ids))
        for step in steps
        if step.registry is not None
    }
    persons = [(step, _person(w, step, made[step.row])) for step in steps]
    await accounts.add_persons(w.tx, [person for step, person in persons if step.person_id is None])
    await accounts.change_persons(w.tx, [person for step, person in persons if step.person_id is not None])
    await accounts.add_accounts(w.tx, [NewAccount(s.account_id, s.eid, s.person_id) for s in made.values()])
    await students.add(w.tx, list(made.values()))
    await students.forget_former_numbers(w.tx, [s.registry_index for s in made.values()])
    w.events.append(StudentsEnrolledV1(school=w.batch.path, students=tuple(s.enrolment() for s in made.values())))
    for row, student in made.items():
        w.note(row, "student_added", student_id=student.id, after={"version": student.version})
    return made


def _new_student(w: WriteContext, step: StudentStep, registry: RegistryNumber, eid_text: str) -> Student:
    student_id, titles = new_id(), _titles(w, step.path)
    return Student(
        id=student_id,
        person_id=step.person_id or new_id(),
        account_id=new_id(),
        name=step.name,
        sex=step.sex,
        born=step.born,
        registry_number=masked_number(registry.text),
        registry_sealed=w.deps.sealed_numbers.seal_registry_number(registry.text, student_id),
        registry_index=registry.index,
        student_number=step.student_number,
        eid=eid_text,
        path=step.path,
        status="enrolled",
        school_title=titles.school,
        grade_title=titles.grade,
        class_title=titles.class_,
        id_number=None,
        id_number_index=step.document.index if step.document else None,
        version=1,
        document_type=step.document.type.value if step.document else None,
    )


def _person(w: WriteContext, step: StudentStep, student: Student) -> NewPerson:
    columns = document_columns(w.deps, step.document, student.person_id)
    return NewPerson(student.person_id, step.name, step.sex, step.born, **columns)


async def change_students(w: WriteContext) -> None:
    """Write changed students. A replaced number stays known, sealed, so that older lists still find the student."""
    steps = [(step, step.before) for step in w.plan.students if step.kind == "change" and step.before is not None]
    changed = [(step, before, _after(w, step, before)) for step, before in steps]
    cleared = [b.person_id for step, b, _ in changed if step.document is not None and step.document.index is None]
    await accounts.clear_documents(w.tx, cleared, "none")
    await accounts.change_persons(w.tx, [_person(w, step, before) for step, before, _ in changed])
    replaced = [(before, after) for step, before, after in changed if step.registry is not None]
    await students.add_former_numbers(w.tx, [before for before, _ in replaced], w.now)
    await students.forget_former_numbers(w.tx, [after.registry_index for _, after in replaced])
    await students.save(w.tx, [after for _, _, after in changed])
    moved = [(before, after) for _, before, after in changed if before.path != after.path]
    await students.add_enrolment_changes(w.tx, moved, REASON, w.batch.account_id, w.now)
    if moved:
        revoked = await cards.of_students(w.tx, [after.id for _, after in moved])
        await revoke_tokens(w.tx, revoked, w.now, "student_moved")
    _publish(w, [after for _, before, after in changed if before.path == after.path], moved)
    stored = {s.id: s for s in await students.by_ids(w.tx, [after.id for _, _, after in changed])}
    for step, before, _ in changed:
        _note(w, step, before, stored[before.id])


def _publish(w: WriteContext, changed: Sequence[Student], moved: Sequence[tuple[Student, Student]]) -> None:
    if changed:
        w.events.append(StudentsEnrolledV1(school=w.batch.path, students=tuple(s.enrolment() for s in changed)))
    w.events += [
        StudentMovedV1(student_id=after.id, from_path=before.path, at=w.now, enrolment=after.enrolment())
        for before, after in moved
    ]


def _after(w: WriteContext, step: StudentStep, before: Student) -> Student:
    """The student with the row's data."""
    after = replace(
        before,
        name=step.name,
        sex=step.sex,
        born=step.born,
        student_number=step.student_number,
        path=step.path,
        version=before.version + 1,
    )
    if step.path != before.path:
        titles = _titles(w, step.path)
        after = replace(after, school_title=titles.school, grade_title=titles.grade, class_title=titles.class_)
    if step.registry is not None:
        after = replace(
            after,
            registry_number=masked_number(step.registry.text),
            registry_sealed=w.deps.sealed_numbers.seal_registry_number(step.registry.text, before.id),
            registry_index=step.registry.index,
        )
    if step.document is not None:
        after = replace(after, id_number_index=step.document.index, document_type=step.document.type.value)
    return after


def _note(w: WriteContext, step: StudentStep, before: Student, after: Student) -> None:
    """For undoing; and for the audit trail where a number is replaced or corrected (L-03)."""
    w.note(step.row, "student_changed", student_id=after.id, before=student_state(before), after=student_state(after))
    account_id, paths, batch = w.batch.account_id, (before.path,), str(w.batch.batch_id)
    if step.registry is not None:
        detail = {"from": before.registry_number, "to": after.registry_number, "reason": REASON, "batch": batch}
        w.audit_rows.append(
            NewAuditRow("registry_number_changed", account_id, subject=str(after.id), detail=detail, paths=paths)
        )
    if step.document is not None:
        detail = {"from": document_state(before), "to": document_state(after), "reason": REASON, "batch": batch}
        w.audit_rows.append(NewAuditRow("document_changed", account_id, subject=str(after.id), detail=detail, paths=paths))


def _titles(w: WriteContext, path: str) -> Titles:
    known = w.plan.organisations
    return Titles(known[ancestor(path, "school")].title, known[ancestor(path, "grade")].title, known[path].title)
