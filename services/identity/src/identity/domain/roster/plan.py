"""Compares a roster's rows with what is known: the plan of what applying them does (X-12, L-03, L-07, L-09, L-10)."""

from collections.abc import Sequence
from dataclasses import replace

from contracts.base import RowProblem
from people import same_name

from identity.domain.roster.accounts import Accounts
from identity.domain.roster.cohorts import Cohorts, Unusual, cohort_of
from identity.domain.roster.education_ids import EducationIds
from identity.domain.roster.known import Known
from identity.domain.roster.matching import Match, match
from identity.domain.roster.rows import STUDENTS, TEACHERS, Document, GuardianRow, StudentRow, TeacherRow
from identity.domain.roster.steps import CardStep, GuardianStep, Plan, RowResult, StudentStep
from identity.domain.students import Guardian, Student


def make_plan(students: Sequence[StudentRow], teachers: Sequence[TeacherRow], known: Known) -> Plan:
    """The plan of one chunk. `known` has everything that the rows name."""
    planner = _Planner(known)
    for row in students:
        planner.made.rows[STUDENTS, row.row] = planner.student(row)
    for teacher in teachers:
        planner.made.rows[TEACHERS, teacher.row] = planner.teacher(teacher)
    return planner.finish()


class _Planner:
    def __init__(self, known: Known) -> None:
        self.known, self.school = known, known.school.path
        self.made = Plan()
        self.cohorts = Cohorts(known)
        self.accounts = Accounts(known, self.made)
        self.education_ids = EducationIds(known)
        self.seen: set[object] = set()

    def finish(self) -> Plan:
        """The plan of all rows so far."""
        self.cohorts.finish(self.made)
        self.made.count("classes_created", sum(o.level == "class" for o in self.made.added))
        return self.made

    # --- students

    def student(self, row: StudentRow) -> RowResult:
        """Plan a row of the students' sheet."""
        found = match(row, self.known)
        if isinstance(found, RowProblem):
            return self._refused(found)
        before = found.student
        keys = _keys(row, found)
        elsewhere = before is not None and before.school != self.school
        problem = (
            self._duplicate(row, keys)
            or self._knows_too_little(row, before)
            or self._cannot_be_here(row, before)
            or self.cohorts.unknown_stage(row.row, row.stage, STUDENTS)
            or self._age(row, before)
            or (None if elsewhere else self.education_ids.problem_of_student(row, before))
            or self._class_problem(row, before)
        )
        if problem is not None:
            return self._refused(problem)
        questions = [] if elsewhere else self._questions(row)
        if questions:
            self.made.questions += questions
            return RowResult("question", tuple(questions))
        self.seen |= keys
        self.education_ids.take(row.education_id, row.row)
        path = self._class_of(row, before)
        if found.warning is not None:
            self.made.warnings.append(found.warning)
        if before is None:
            return self._enrol(row, found, path)
        return self._claim(row, before, path) if elsewhere else self._change(row, found, before, path)

    def _refused(self, problem: RowProblem) -> RowResult:
        self.made.problems.append(problem)
        return RowResult("problem", (problem,))

    def _duplicate(self, row: StudentRow, keys: set[object]) -> RowProblem | None:
        return None if self.seen.isdisjoint(keys) else _problem(row.row, None, "duplicate", "与本表另一行是同一名学生")

    def _knows_too_little(self, row: StudentRow, before: Student | None) -> RowProblem | None:
        """A claim shows the student's name and school to whoever files it: only a school that knows the name and one number, or
        both numbers, may file it (L-10)."""
        if before is None or before.school == self.school:
            return None
        numbers = (row.registry.index if row.registry else None, row.document.index if row.document else None)
        if numbers == (before.registry_index, before.id_number_index) or (row.name and same_name(row.name, before.name)):
            return None
        text = "该学生现在其他学校就读：请核对并填写学籍登记的姓名"
        return _problem(row.row, "name", "student_mismatch", text)

    def _cannot_be_here(self, row: StudentRow, before: Student | None) -> RowProblem | None:
        if before is None:
            for name, value, title in (
                ("registry_number", row.registry, "学籍号"), ("name", row.name, "姓名"), ("sex", row.sex, "性别"),
                ("entry_year", row.entry_year, "入学年份"), ("class_title", row.class_title, "班级"),
            ):  # fmt: skip
                if value is None:
                    return _problem(row.row, name, "required", f"新生须填写{title}")
        elif before.status == "left" and before.school == self.school:
            return _problem(row.row, "registry_number", "student_left", "该学生已离校，请先由学校管理员办理转入")
        return None

    def _age(self, row: StudentRow, before: Student | None) -> RowProblem | None:
        """Is the student's age when entering the stage possible? One that is unusual is a warning (L-06)."""
        found = self.cohorts.age(row, before)
        if isinstance(found, Unusual):
            self.made.warnings.append(found.warning)
            return None
        return found

    def _cohort_of_class(self, row: StudentRow, before: Student | None) -> tuple[int, str | None] | None:
        """The year of entry and the stage in which the row's class is; None: the row leaves the class as it is."""
        if row.class_title is None:
            return None
        if row.entry_year is not None:
            return row.entry_year, row.stage
        return cohort_of(before.path) if before is not None else None

    def _class_problem(self, row: StudentRow, before: Student | None) -> RowProblem | None:
        cohort = self._cohort_of_class(row, before)
        if cohort is None:
            same = row.entry_year is None or (row.entry_year, row.stage) == cohort_of(before.path if before else "")
            if before is not None and before.school == self.school and row.class_title is None and same:
                return None
            return _problem(row.row, "class_title", "class_needed", "请填写入学年份和班级")
        return self._ambiguous(row.row, cohort, row.class_title or "")

    def _ambiguous(self, row: int, cohort: tuple[int, str | None], title: str) -> RowProblem | None:
        year, stage = cohort
        if not self.cohorts.classes(stage).ambiguous(year, title):
            return None
        return _problem(row, "class_title", "class_ambiguous", f"本年级有不止一个班可能是“{title}”，请写班级的全称")

    def _class_of(self, row: StudentRow, before: Student | None) -> str:
        """The path of the row's class; a new class is added to the plan."""
        cohort = self._cohort_of_class(row, before)
        if cohort is not None:
            return self.cohorts.classes(cohort[1]).find(cohort[0], row.class_title or "", row.class_order).path
        return before.path if before is not None else ""

    def _enrol(self, row: StudentRow, found: Match, path: str) -> RowResult:
        guardians = self._guardians(row, None)
        step = StudentStep(
            row=row.row,
            kind="enrol",
            name=row.name or "",
            sex=row.sex or "female",
            born=row.born,
            student_number=row.student_number,
            path=path,
            person_id=found.person_id,
            registry=row.registry,
            document=row.document,
            guardians=guardians,
            education_id=row.education_id,
        )
        self.made.students.append(step)
        return RowResult("created", self._parts(step))

    def _claim(self, row: StudentRow, before: Student, path: str) -> RowResult:
        """A student of another school: the level above both decides (L-10)."""
        text = "该学生现在其他学校就读：提交后作为“学籍争议”报上级管理员裁定，两校都能看到；裁定之前不作改动"
        self.made.warnings.append(_problem(row.row, "registry_number", "student_elsewhere", text))
        step = StudentStep(row.row, "claim", before.name, before.sex, before.born, before.student_number, path, before)
        self.made.students.append(step)
        if before.id in self.known.claimed:
            return RowResult("unchanged", (step,))
        self.made.count("claims")
        return RowResult("changed", (step,))

    def _change(self, row: StudentRow, found: Match, before: Student, path: str) -> RowResult:
        registry = None if found.former_number or row.registry is None else row.registry
        if registry is not None and registry.index == before.registry_index:
            registry = None
        if registry is not None and registry.provisional and not before.registry_number.startswith("L"):
            text = "已登记正式学籍号，提交后将换成这个 L 开头的临时学籍号，请核对"
            self.made.warnings.append(_problem(row.row, "registry_number", "number_provisional", text))
        if found.former_number:
            text = "这是已被替换的旧学籍号，按现在的学籍号处理"
            self.made.warnings.append(_problem(row.row, "registry_number", "number_replaced", text))
        step = StudentStep(
            row=row.row,
            kind="same",
            name=row.name or before.name,
            sex=row.sex or before.sex,
            born=row.born or before.born,
            student_number=row.student_number if row.gives_student_number else before.student_number,
            path=path,
            before=before,
            registry=registry,
            document=self._new_document(row, before),
            guardians=self._guardians(row, before),
        )
        data_changed = (step.name, step.sex, step.born, step.student_number, step.path) != (
            before.name, before.sex, before.born, before.student_number, before.path,
        )  # fmt: skip
        if data_changed or step.registry is not None or step.document is not None:
            step = replace(step, kind="change")
        self.made.students.append(step)
        self._count_changes(step, before)
        changed = step.kind == "change" or bool(step.guardians)
        return RowResult("changed" if changed else "unchanged", self._parts(step))

    def _parts(self, step: StudentStep) -> tuple[object, ...]:
        """The step, and what becomes of its guardians' accounts."""
        return (step, *(self.made.accounts.get(s.guardian.phone) for s in step.guardians))

    def _count_changes(self, step: StudentStep, before: Student) -> None:
        self.made.count("moved", int(step.path != before.path))
        self.made.count("numbers_replaced", int(step.registry is not None))
        self.made.count("documents_changed", int(step.document is not None))
        self.made.count("names_changed", int(not same_name(step.name, before.name)))
        self.made.count("values_cleared", int(before.student_number is not None and step.student_number is None))

    def _new_document(self, row: StudentRow, before: Student) -> Document | None:
        """The row's document if it differs from the registered one; the type alone may differ, too."""
        given = row.document
        if given is None:
            return None
        if given.index is None and before.id_number_index is not None:
            self.made.count("values_cleared")
            text = "将清除已登记的身份证件：提交后，家长和学生改用学籍号领取身份卡"
            self.made.warnings.append(_problem(row.row, "id_number", "document_cleared", text))
            return given
        stored = before.document_type or ("resident_id" if before.id_number_index is not None else None)
        return None if (given.type.value, given.index) == (stored, before.id_number_index) else given

    # --- guardians

    def _questions(self, row: StudentRow) -> list[RowProblem]:
        """What the school has to answer about the guardians' phone numbers (L-02); not again for the same child."""
        found = []
        for number, given in enumerate(row.guardians or (), 1):
            text = None if given.remove else self.accounts.question(given.phone, given.name, given.reassigned)
            if text is not None and not self._answered_before(row, given):
                found.append(_problem(row.row, f"guardian_{number}_phone", "phone_other_name", text))
        return found

    def _answered_before(self, row: StudentRow, given: GuardianRow) -> bool:
        """Has the school registered this name with this number for the child already?"""
        found = match(row, self.known)
        student = found.student if isinstance(found, Match) else None
        registered = self.known.guardians.get(student.id, ()) if student is not None else ()
        return any(g.phone == given.phone and same_name(g.name, given.name) for g in registered)

    def _guardians(self, row: StudentRow, before: Student | None) -> tuple[GuardianStep, ...]:
        """A row adds and changes guardians; it removes one only explicitly (L-09). One account stands for one guardian of a
        child: of two with one phone number the first is registered, and a warning names the other."""
        registered = self.known.guardians.get(before.id, ()) if before is not None else ()
        steps: dict[str, GuardianStep] = {}
        names: dict[str, str] = {}
        for number, given in enumerate(row.guardians or (), 1):
            field = f"guardian_{number}_phone"
            if given.remove:
                step = self._removal(row, field, given, registered)
            elif given.phone in names:
                if not same_name(names[given.phone], given.name):
                    text = f"一个手机号只能登记一名监护人：已登记{names[given.phone]}，{given.name}需要另一个手机号"
                    self.made.warnings.append(_problem(row.row, field, "guardian_phone_twice", text))
                continue
            else:
                names[given.phone] = given.name
                step = self._guardian(row, field, given, registered)
            if step is not None:
                steps[given.phone or given.name] = step
        return tuple(steps.values())

    def _removal(self, row: StudentRow, field: str, given: GuardianRow, registered: Sequence[Guardian]) -> GuardianStep | None:
        found = [g for g in registered if (g.phone == given.phone if given.phone else same_name(g.name, given.name))]
        if len(found) != 1:
            text = "要移除的监护人没有登记在该学生名下" if not found else "有不止一名同名监护人，请填写手机号"
            self.made.warnings.append(_problem(row.row, field, "guardian_not_registered", text))
            return None
        before = found[0]
        self.made.count("guardians_removed")
        if (before.student_id, before.account_id) in self.known.guardian_cards:
            self.made.count("access_lost")
            text = f"将移除监护人{before.name}：提交后其不能再查看该学生，并会收到通知"
            self.made.warnings.append(_problem(row.row, field, "access_lost", text))
        return GuardianStep("remove", given, before)

    def _guardian(self, row: StudentRow, field: str, given: GuardianRow, registered: Sequence[Guardian]) -> GuardianStep | None:
        before = self._registration(given, registered)
        holder = self.known.accounts.get(given.phone)
        if before is not None and not given.reassigned and (holder is None or holder.account_id != before.account_id):
            return self._changed(given, before)  # its account has another login name by now
        if self.accounts.not_reassigned(given.phone, given.name, given.reassigned):
            self._not_reassigned(row.row, field)
        account = self.accounts.offer(given.phone, given.name, given.reassigned)
        if before is None or account.kind == "reassigned":
            self.made.count("guardians_added")
            self.made.count("cards_offered", int(account.kind in ("known", "changed")))
            return GuardianStep("add", given)
        return self._changed(given, before)

    def _registration(self, given: GuardianRow, registered: Sequence[Guardian]) -> Guardian | None:
        """The child's registration of this number. Another account that has the number by now is not that guardian's, whoever
        said that the number changed hands, until this school says so for this row, too (L-01, L-02)."""
        holder = self.known.accounts.get(given.phone)
        same_number = [g for g in registered if g.phone == given.phone]
        own = (g for g in same_number if holder is None or holder.account_id == g.account_id)
        kept = (g for g in same_number if not given.reassigned and same_name(g.name, given.name))
        return next(own, None) or next(kept, None)

    def _changed(self, given: GuardianRow, before: Guardian) -> GuardianStep | None:
        document = given.document if given.document and given.document.index != before.id_number_index else None
        kept = replace(given, relation=given.relation or before.relation)
        if (kept.name, kept.relation) == (before.name, before.relation) and document is None:
            return None
        self.made.count("guardians_changed")
        return GuardianStep("change", kept, before)

    def _not_reassigned(self, row: int, field: str) -> None:
        text = "该手机号的账号登记的就是这一姓名，没有换人，按原账号处理"
        self.made.warnings.append(_problem(row, field, "phone_not_reassigned", text))

    # --- teachers

    def teacher(self, row: TeacherRow) -> RowResult:
        """Plan a row of the teachers' sheet."""
        taken = self.accounts.document_taken(row)
        if taken is not None:
            return self._refused(_problem(row.row, "id_number", *taken, sheet=TEACHERS))
        unknown = self.cohorts.unknown_stage(row.row, row.stage, TEACHERS)
        if unknown is not None:
            return self._refused(unknown)
        if row.entry_year is not None and row.class_title is not None:
            problem = self._ambiguous(row.row, (row.entry_year, row.stage), row.class_title)
            if problem is not None:
                return self._refused(problem.model_copy(update={"sheet": TEACHERS}))
        question = self.accounts.question(row.phone, row.name, row.reassigned) or self.accounts.other_name_elsewhere(row)
        if question is not None:
            self.made.questions.append(_problem(row.row, "phone", "phone_other_name", question, sheet=TEACHERS))
            return RowResult("question", (row.row, question))
        wrong_id = self.education_ids.problem_of_teacher(row, self.accounts.own(row.phone))
        if wrong_id is not None:
            return self._refused(wrong_id)
        self.education_ids.take(row.education_id, row.phone)
        path = self._where(row)
        step = self.accounts.employ(row)
        holder = step.holder if step.kind in ("known", "changed") else None
        key = ("card", row.phone, row.role, path)
        new = key not in self.seen and (holder is None or (row.role, path) not in holder.staff)
        self.seen.add(key)
        card = CardStep(row.row, row.phone, row.role, path, new)
        self.made.cards.append(card)
        self.made.count("cards_offered", int(new and holder is not None))
        return RowResult("created" if new else "changed" if step.kind == "changed" else "unchanged", (card, step))

    def _where(self, row: TeacherRow) -> str:
        if row.entry_year is None:
            return self.school
        if row.class_title is None:
            return self.cohorts.classes(row.stage).grade(row.entry_year).path
        return self.cohorts.classes(row.stage).find(row.entry_year, row.class_title, None).path


def _keys(row: StudentRow, found: Match) -> set[object]:
    """What identifies the row's student within the workbook."""
    keys: set[object] = {
        row.registry.index if row.registry else None,
        row.document.index if row.document else None,
        found.student.id if found.student else None,
    }
    return keys - {None}


def _problem(row: int, field: str | None, code: str, message: str, sheet: str = STUDENTS) -> RowProblem:
    return RowProblem(row=row, sheet=sheet, field=field, code=code, message=message)
