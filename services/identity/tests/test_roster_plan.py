"""What applying a roster's row would do: the plan, without I/O (X-12, L-03, L-06 to L-10)."""

from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID

import pytest
from contracts.importer import BatchRow
from identity.domain.organisations import Organisation
from identity.domain.roster.known import AccountHolder, DocumentHolder, Known, KnownClasses
from identity.domain.roster.plan import make_plan
from identity.domain.roster.rows import (
    Document,
    GuardianRow,
    RegistryNumber,
    StudentRow,
    TeacherRow,
    read_student,
    read_teacher,
)
from identity.domain.roster.steps import Plan
from identity.domain.students import Guardian, Student
from people import DocumentType, name_key
from scheme import Schemes, roles
from servicekit.testing import SCHEMES

from .builders import CLASS, SCHOOL, an_id_number

OTHER = "jx.nc.dh.s2"
BEIJING = Schemes(SCHEMES).latest("beijing")
LEVELS = {one.role: one.levels for one in roles.roster_roles(None)}
TEACHER, PARENT = "13900000001", "13800000001"


class Numbers:
    """Hashes that can be read."""

    def id_number_index(self, id_number: str, /) -> bytes:
        return id_number.encode()

    def registry_number_index(self, number: str, /) -> bytes:
        return number.encode()


def a_registry(text: str) -> RegistryNumber:
    return RegistryNumber(text, text.encode())


def a_document(text: str, type_: DocumentType = DocumentType.RESIDENT_ID) -> Document:
    return Document(type_, text, text.encode())


NO_DOCUMENT = Document(DocumentType.NONE)


def an_organisation(path: str, title: str, position: int | None = None) -> Organisation:
    return Organisation(path, title, "senior_secondary", "jiangxi", "2026.1", "Asia/Shanghai", "360102", position=position)


GRADE = an_organisation(f"{SCHOOL}.g2025", "2025级")
FIRST, SECOND = an_organisation(CLASS, "1班"), an_organisation(f"{SCHOOL}.g2025.c02", "2班")


def a_student(n: int = 1, **changed: Any) -> Student:
    given: dict[str, Any] = {
        "id": UUID(int=n), "person_id": UUID(int=100 + n), "account_id": UUID(int=200 + n), "name": f"学生{n}", "sex": "female",
        "born": date(2010, 1, 1), "registry_number": f"G{n}", "registry_sealed": "sealed", "registry_index": f"G{n}".encode(),
        "student_number": str(n), "eid": "3601020000015", "path": CLASS, "status": "enrolled", "school_title": "一中",
        "grade_title": "2025级", "class_title": "1班", "id_number": "sealed", "id_number_index": f"id{n}".encode(),
        "version": 4, "document_type": "resident_id",
    }  # fmt: skip
    return Student(**(given | changed))


def a_row(n: int = 1, **changed: Any) -> StudentRow:
    given: dict[str, Any] = {
        "row": 2 + n, "registry": a_registry(f"G{n}"), "document": a_document(f"id{n}"), "student_number": str(n),
        "gives_student_number": True, "name": f"学生{n}", "sex": "female", "born": date(2010, 1, 1), "entry_year": 2025,
        "class_title": "1班", "class_order": 1,
    }  # fmt: skip
    return StudentRow(**(given | changed))


def a_known(*students: Student, **changed: Any) -> Known:
    holders: dict[bytes, DocumentHolder] = {}
    namesakes: dict[str, tuple[Student, ...]] = {}
    for student in students:
        if student.id_number_index is not None:
            holders[student.id_number_index] = DocumentHolder(student.person_id, student.name, (student,))
        key = name_key(student.name)
        namesakes[key] = (*namesakes.get(key, ()), student)
    given: dict[str, Any] = {
        "school": an_organisation(SCHOOL, "一中"),
        "grades": {2025: GRADE},
        "classes": {2025: (FIRST, SECOND)},
        "by_registry": {s.registry_index: s for s in students},
        "by_document": holders,
        "namesakes": namesakes,
    }
    return Known(**(given | changed))


def plan_of(known: Known, *rows: StudentRow | TeacherRow) -> Plan:
    students = [row for row in rows if isinstance(row, StudentRow)]
    return make_plan(students, [row for row in rows if isinstance(row, TeacherRow)], known)


def outcomes(plan: Plan) -> list[str]:
    return [result.outcome for result in plan.rows.values()]


def codes(plan: Plan) -> list[str]:
    return [problem.code for problem in (*plan.problems, *plan.questions, *plan.warnings)]


# --- students: whom a row is about


@pytest.mark.feature("X-12")
def test_a_new_student_is_enrolled_and_the_same_row_again_changes_nothing() -> None:
    plan = plan_of(a_known(), a_row())
    assert (outcomes(plan), [s.kind for s in plan.students], codes(plan)) == (["created"], ["enrol"], [])
    assert plan.students[0].path == CLASS
    assert outcomes(plan_of(a_known(a_student()), a_row())) == ["unchanged"]
    assert plan_of(a_known(a_student()), a_row()).counts == {}


@pytest.mark.feature("L-03", "L-10")
@pytest.mark.parametrize("number", ["G7", "J7"])
def test_a_provisional_number_is_replaced_for_the_student_with_the_same_document(number: str) -> None:
    known = a_known(a_student(registry_number="L1", registry_index=b"L1"))
    plan = plan_of(known, a_row(registry=a_registry(number)))
    [step] = plan.students
    assert (outcomes(plan), step.registry, plan.counts) == (["changed"], a_registry(number), {"numbers_replaced": 1})
    assert step.before == a_student(registry_number="L1", registry_index=b"L1")


@pytest.mark.feature("L-03")
def test_a_mistyped_number_is_corrected_by_the_other_one() -> None:
    plan = plan_of(a_known(a_student()), a_row(registry=a_registry("G8")))
    assert (plan.students[0].registry, plan.students[0].document, codes(plan)) == (a_registry("G8"), None, [])
    plan = plan_of(a_known(a_student()), a_row(document=a_document("id8")))
    assert (plan.students[0].registry, plan.students[0].document, codes(plan)) == (None, a_document("id8"), [])
    assert plan.counts == {"documents_changed": 1}


@pytest.mark.feature("L-03")
def test_one_mistyped_number_never_changes_another_student() -> None:
    known = a_known(a_student(1), a_student(2))
    by_number = plan_of(known, a_row(9, registry=a_registry("G1"), document=a_document("id9")))
    by_document = plan_of(known, a_row(9, registry=a_registry("G9"), document=a_document("id1")))
    crossed = plan_of(known, a_row(1, document=a_document("id2")))
    assert [codes(p) for p in (by_number, by_document, crossed)] == [
        ["student_mismatch"], ["student_mismatch"], ["id_number_taken"],
    ]  # fmt: skip
    assert [p.students for p in (by_number, by_document, crossed)] == [[], [], []]


@pytest.mark.feature("L-03")
def test_a_number_that_was_replaced_finds_the_student_and_does_not_come_back() -> None:
    known = a_known(a_student(), by_former={b"L1": a_student()})
    plan = plan_of(known, a_row(registry=a_registry("L1")))
    assert (outcomes(plan), codes(plan), plan.students[0].registry) == (["unchanged"], ["number_replaced"], None)


@pytest.mark.feature("L-03")
def test_a_student_without_a_document_is_found_by_number_or_by_name_and_birth_when_a_provisional_number_is_replaced() -> None:
    without = a_student(id_number=None, id_number_index=None, document_type="none", registry_number="L1", registry_index=b"L1")
    row = a_row(document=NO_DOCUMENT, registry=a_registry("L1"))
    assert outcomes(plan_of(a_known(without), row)) == ["unchanged"]
    final = plan_of(a_known(without), replace(row, registry=a_registry("G1")))
    assert (outcomes(final), codes(final)) == (["changed"], ["number_replaced"])
    renamed = plan_of(a_known(without), replace(row, name="新名"))
    assert (outcomes(renamed), renamed.counts) == (["changed"], {"names_changed": 1})
    other_birth = plan_of(a_known(without), replace(row, name="新名", born=date(2011, 1, 1)))
    assert codes(other_birth) == ["student_mismatch"]
    namesake = plan_of(a_known(replace(without, registry_number="G5")), replace(row, registry=a_registry("G1")))
    assert (outcomes(namesake), codes(namesake)) == (["created"], ["possible_duplicate"])


@pytest.mark.feature("L-03")
def test_a_provisional_number_in_place_of_a_final_one_is_pointed_out() -> None:
    plan = plan_of(a_known(a_student(1, registry_number="G1")), a_row(registry=a_registry("L1")))
    assert (outcomes(plan), codes(plan)) == (["changed"], ["number_provisional"])


@pytest.mark.feature("L-03")
def test_a_row_with_two_new_numbers_and_the_name_and_birth_of_a_student_is_pointed_out() -> None:
    row = a_row(registry=a_registry("G9"), document=a_document("corrected"))
    plan = plan_of(a_known(a_student(1, registry_number="L1")), row)
    assert (outcomes(plan), codes(plan)) == (["created"], ["possible_duplicate"])


@pytest.mark.feature("L-03")
def test_namesakes_in_one_class_are_two_students() -> None:
    other = date(2010, 5, 1)
    plan = plan_of(a_known(a_student(1)), a_row(1), a_row(2, name="学生1", born=other), a_row(3, name="学生1", sex="male"))
    assert (outcomes(plan), codes(plan)) == (["unchanged", "created", "created"], [])


@pytest.mark.feature("L-05")
def test_another_spelling_of_a_name_is_no_other_name() -> None:
    plan = plan_of(a_known(a_student(name="买买提·阿不都")), a_row(name="买买提•阿不都", registry=a_registry("G8")))
    assert (outcomes(plan), codes(plan), plan.students[0].name) == (["changed"], [], "买买提•阿不都")


def test_rows_about_one_student_count_once() -> None:
    plan = plan_of(a_known(), a_row(1), a_row(2, registry=a_registry("G1")), a_row(3, document=a_document("id1")))
    assert (outcomes(plan), codes(plan)) == (["created", "problem", "problem"], ["duplicate", "duplicate"])


@pytest.mark.feature("L-08")
def test_a_missing_column_changes_nothing_and_an_empty_cell_clears_what_is_counted() -> None:
    missing = StudentRow(3, a_registry("G1"))
    assert outcomes(plan_of(a_known(a_student()), missing)) == ["unchanged"]
    cleared = plan_of(a_known(a_student()), replace(missing, gives_student_number=True))
    assert (cleared.students[0].student_number, cleared.counts) == (None, {"values_cleared": 1})
    none = plan_of(a_known(a_student()), replace(missing, document=NO_DOCUMENT))
    assert (none.counts, codes(none)) == ({"values_cleared": 1, "documents_changed": 1}, ["document_cleared"])
    assert [p.code for p in plan_of(a_known(), missing).problems] == ["required"]


@pytest.mark.feature("L-10")
def test_a_student_of_another_school_becomes_a_claim() -> None:
    elsewhere = a_student(path=f"{OTHER}.g2025.c01")
    plan = plan_of(a_known(elsewhere), a_row(guardians=(GuardianRow("父", "父亲", PARENT),)))
    assert ([s.kind for s in plan.students], plan.problems, plan.accounts) == (["claim"], [], {})
    assert (outcomes(plan), codes(plan), plan.counts) == (["changed"], ["student_elsewhere"], {"claims": 1})
    again = plan_of(a_known(elsewhere, claimed=frozenset({elsewhere.id})), a_row())
    assert outcomes(again) == ["unchanged"]
    guessed = plan_of(a_known(elsewhere), a_row(name="别人", document=a_document("id9")))
    assert codes(guessed) == ["student_mismatch"]


def test_a_student_who_left_is_brought_back_by_the_school_first() -> None:
    assert codes(plan_of(a_known(a_student(status="left")), a_row())) == ["student_left"]


# --- classes and ages


@pytest.mark.feature("L-07")
def test_three_titles_are_three_classes_in_the_schools_order() -> None:
    known = a_known(grades={}, classes={})
    titles = ["实验5班", "普通5班", "5班"]
    plan = plan_of(known, *(a_row(n, class_title=title, class_order=n) for n, title in enumerate(titles, 1)))
    assert [(o.path, o.title) for o in plan.added] == [
        (f"{SCHOOL}.g2025", "2025级"), (f"{SCHOOL}.g2025.x01", "实验5班"), (f"{SCHOOL}.g2025.x02", "普通5班"),
        (f"{SCHOOL}.g2025.c05", "5班"),
    ]  # fmt: skip
    assert list(plan.positions.values()) == [1, 2, 3]
    assert plan.counts["classes_created"] == 3


@pytest.mark.feature("L-07")
def test_the_teachers_column_means_the_same_class() -> None:
    plan = plan_of(
        a_known(), a_row(class_title="实验5班"), TeacherRow(3, "李老师", TEACHER, "class_teacher", 2025, "实验（5）班"),
        TeacherRow(4, "王老师", "13900000002", "class_teacher", 2025, "高一(2)班"),
    )  # fmt: skip
    assert plan.students[0].path == plan.cards[0].path
    assert plan.cards[1].path == SECOND.path


def test_another_class_is_a_move_and_a_row_that_names_none_is_not() -> None:
    moved = plan_of(a_known(a_student()), a_row(class_title="2班"))
    assert (moved.students[0].path, moved.counts) == (SECOND.path, {"moved": 1})
    assert codes(plan_of(a_known(a_student()), a_row(class_title=None, entry_year=2024))) == ["class_needed"]
    ambiguous = a_known(a_student(), classes={2025: (FIRST, replace(FIRST, path=f"{SCHOOL}.g2025.x01", title="初一(1)班"))})
    assert outcomes(plan_of(ambiguous, a_row(class_title="1班"))) == ["unchanged"]
    two = a_known(
        classes={2025: (replace(FIRST, title="高一(1)班"), replace(FIRST, path=f"{SCHOOL}.g2025.x01", title="初一1班"))}
    )
    assert codes(plan_of(two, a_row(class_title="1班"))) == ["class_ambiguous"]


@pytest.mark.feature("L-06")
@pytest.mark.parametrize(
    ("stage", "born", "found"),
    [
        ("senior_secondary", 2010, []), ("senior_secondary", 2006, ["warning"]), ("senior_secondary", 1990, ["problem"]),
        ("senior_secondary", 2018, ["problem"]), ("junior_secondary", 2013, []), ("junior_secondary", 2018, ["problem"]),
        ("primary", 2019, []), ("primary", 2010, ["problem"]), ("primary", 2016, ["warning"]), (None, 1990, []),
    ],
)  # fmt: skip
def test_ages_are_checked_for_the_stage(stage: str | None, born: int, found: list[str]) -> None:
    known = a_known()
    stages = (BEIJING.schooling(stage),) if stage else ()
    known = replace(known, school=replace(known.school, stage=stage), stages=stages)
    plan = plan_of(known, a_row(born=date(born, 6, 1)))
    assert ["warning" for p in plan.warnings] + ["problem" for p in plan.problems] == found
    assert {p.code for p in (*plan.warnings, *plan.problems)} <= {"age_unlikely"}


@pytest.mark.feature("L-06", "BJ-12")
def test_the_age_at_entry_follows_from_the_grade_in_which_the_school_begins() -> None:
    """Born in 2016 and in the first year of junior school in 2025: in 5+4 years that is the sixth grade."""
    codes = {}
    for years in (3, 4):
        known = a_known(stages=(BEIJING.schooling("junior_secondary", years),))
        known = replace(known, school=replace(known.school, stage="junior_secondary"))
        plan = plan_of(known, a_row(born=date(2016, 6, 1)))
        codes[years] = [p.code for p in plan.warnings]
    assert codes == {3: ["age_unlikely"], 4: []}


@pytest.mark.feature("BJ-03", "L-06", "L-07")
def test_a_school_of_nine_years_has_two_classes_1_of_one_year_of_entry_in_two_stages() -> None:
    school = replace(an_organisation(SCHOOL, "九年一贯制学校"), stage="junior_secondary", more_stages=("primary",))
    small = replace(an_organisation(f"{SCHOOL}.g2025_primary", "小学2025级"), stage="primary")
    stages = BEIJING.find_schoolings("junior_secondary", None, ("primary",))
    assert stages is not None
    known = a_known(school=school, stages=stages, more={"primary": KnownClasses({2025: small}, {})})
    junior = a_row(1, born=date(2012, 6, 1), class_title="1班")
    primary = a_row(
        2, born=date(2018, 6, 1), class_title="1班", stage="primary", name="王小小",
        registry=a_registry("G360102201806010022"), document=NO_DOCUMENT,
    )  # fmt: skip
    plan = plan_of(known, junior, primary, TeacherRow(4, "李老师", TEACHER, "class_teacher", 2025, "1班", stage="primary"))
    assert (plan.problems, plan.warnings) == ([], [])
    assert [step.path for step in plan.students] == [CLASS, f"{SCHOOL}.g2025_primary.c01"]
    assert [card.path for card in plan.cards] == [f"{SCHOOL}.g2025_primary.c01"]
    assert [(one.path, one.stage) for one in plan.added] == [(f"{SCHOOL}.g2025_primary.c01", "primary")]
    wrong = plan_of(known, replace(primary, born=date(2012, 6, 1)))
    assert [p.code for p in wrong.problems + wrong.warnings] == ["age_unlikely"], "13 years old in the first grade"
    assert [p.code for p in plan_of(known, replace(primary, stage="vocational")).problems] == ["stage_unknown"]
    new = plan_of(replace(known, more={}), primary)
    assert (new.added[0].path, new.added[0].title) == (f"{SCHOOL}.g2025_primary", "小学2025级")


# --- guardians and accounts


def an_account(n: int = 1, name: str = "张父", **changed: Any) -> AccountHolder:
    return replace(AccountHolder(UUID(int=300 + n), UUID(int=400 + n), name), **changed)


FATHER = GuardianRow("张父", "父亲", PARENT)
MOTHER = GuardianRow("李母", "母亲", "13800000002")


def registered(guardian: GuardianRow, account: AccountHolder, student: Student | None = None) -> Guardian:
    student = student or a_student()
    return Guardian(student.id, account.account_id, guardian.name, guardian.relation, guardian.phone)


def with_father(*, card: bool, **changed: Any) -> Known:
    holder = an_account(**{"active": (CLASS,) if card else (), "offered": (CLASS,), "has_password": card} | changed)
    student = a_student()
    return a_known(
        student, accounts={PARENT: holder}, guardians={student.id: (registered(FATHER, holder),)},
        guardian_cards=frozenset({(student.id, holder.account_id)} if card else ()),
    )  # fmt: skip


@pytest.mark.feature("L-09")
def test_a_row_adds_the_mother_and_keeps_the_father() -> None:
    plan = plan_of(with_father(card=True), a_row(guardians=(MOTHER,)))
    assert [(s.kind, s.guardian) for s in plan.students[0].guardians] == [("add", MOTHER)]
    assert plan.counts == {"guardians_added": 1, "accounts_created": 1}
    for guardians in ((), None, (FATHER,)):
        assert outcomes(plan_of(with_father(card=True), a_row(guardians=guardians))) == ["unchanged"]


@pytest.mark.feature("L-09", "L-10")
def test_of_two_guardians_with_one_number_the_first_is_registered_and_the_other_named() -> None:
    same_number = replace(MOTHER, phone=PARENT, reassigned=False)
    plan = plan_of(a_known(), a_row(guardians=(replace(FATHER, reassigned=False), same_number)))
    assert [s.guardian.name for s in plan.students[0].guardians] == ["张父"]
    assert (codes(plan), plan.counts["guardians_added"]) == (["guardian_phone_twice"], 1)
    twice = plan_of(a_known(), a_row(guardians=(FATHER, FATHER)))
    assert (codes(twice), twice.counts["guardians_added"]) == ([], 1)


@pytest.mark.feature("L-09")
@pytest.mark.parametrize("given", [replace(FATHER, remove=True), GuardianRow("张父", "", "", remove=True)])
def test_removing_a_guardian_is_explicit_and_counted(given: GuardianRow) -> None:
    plan = plan_of(with_father(card=True), a_row(guardians=(given,)))
    assert [s.kind for s in plan.students[0].guardians] == ["remove"]
    assert (plan.counts, codes(plan)) == ({"guardians_removed": 1, "access_lost": 1}, ["access_lost"])
    assert plan_of(with_father(card=False), a_row(guardians=(given,))).counts == {"guardians_removed": 1}
    unknown = plan_of(with_father(card=True), a_row(guardians=(replace(MOTHER, remove=True),)))
    assert (outcomes(unknown), codes(unknown)) == (["unchanged"], ["guardian_not_registered"])


@pytest.mark.feature("L-02")
def test_another_name_on_a_number_is_asked_without_telling_the_name() -> None:
    holder = an_account(name="赵陌生", active=(f"{OTHER}.g2025.c01",), has_password=True)
    known = a_known(a_student(), accounts={PARENT: holder})
    plan = plan_of(known, a_row(guardians=(FATHER,)))
    assert (outcomes(plan), codes(plan), plan.students, plan.accounts) == (["question"], ["phone_other_name"], [], {})
    assert "赵" not in plan.questions[0].message
    same_person = plan_of(known, a_row(guardians=(replace(FATHER, reassigned=False),)))
    assert [(a.kind, a.name) for a in same_person.accounts.values()] == [("known", "赵陌生")]
    assert same_person.counts == {"guardians_added": 1, "cards_offered": 1}
    changed_hands = plan_of(known, a_row(guardians=(replace(FATHER, reassigned=True),)))
    assert [(a.kind, a.name) for a in changed_hands.accounts.values()] == [("reassigned", "张父")]
    assert changed_hands.counts == {"guardians_added": 1, "phones_reassigned": 1}
    answered = replace(known, guardians={a_student().id: (registered(FATHER, holder),)})
    assert outcomes(plan_of(answered, a_row(guardians=(FATHER,)))) == ["unchanged"]
    moved_on = replace(known, guardians={a_student().id: (registered(FATHER, an_account(2)),)})
    for reassigned in (None, False):
        again = plan_of(moved_on, a_row(guardians=(replace(FATHER, reassigned=reassigned),)))
        assert (outcomes(again), again.accounts) == (["unchanged"], {}), "whoever has the number now is not this guardian"
    assert plan_of(moved_on, a_row(guardians=(replace(FATHER, reassigned=True),))).counts["phones_reassigned"] == 1


@pytest.mark.feature("L-01", "L-02")
def test_a_row_renames_no_account_that_somebody_uses_or_another_school_knows() -> None:
    corrected = replace(FATHER, name="张富")
    unused = plan_of(with_father(card=False), a_row(guardians=(corrected,)))
    assert ([a.kind for a in unused.accounts.values()], unused.counts) == (["changed"], {"guardians_changed": 1})
    elsewhere = with_father(card=False, offered=(CLASS, f"{OTHER}.g2025.c01"))
    for known in (with_father(card=True), with_father(card=False, has_password=True), elsewhere):
        assert outcomes(plan_of(known, a_row(guardians=(corrected,)))) == ["question"]
        answered = plan_of(known, a_row(guardians=(replace(corrected, reassigned=False),)))
        assert [a.kind for a in answered.accounts.values()] == ["known"]


@pytest.mark.feature("L-02")
def test_a_number_said_to_have_changed_hands_stays_with_an_account_of_the_same_name() -> None:
    plan = plan_of(with_father(card=True), a_row(guardians=(replace(FATHER, reassigned=True),)))
    assert (outcomes(plan), codes(plan)) == (["unchanged"], ["phone_not_reassigned"])


@pytest.mark.feature("L-03")
def test_twins_share_a_phone_and_two_names_on_one_phone_are_asked() -> None:
    twins = plan_of(a_known(), a_row(1, guardians=(FATHER,)), a_row(2, guardians=(FATHER,)))
    assert (outcomes(twins), list(twins.accounts)) == (["created", "created"], [PARENT])
    other = GuardianRow("李母", "母亲", PARENT)
    two = plan_of(a_known(), a_row(1, guardians=(FATHER,)), a_row(2, guardians=(other,)))
    assert (outcomes(two), codes(two)) == (["created", "question"], ["phone_other_name"])


@pytest.mark.feature("L-03")
def test_a_guardian_who_teaches_at_the_school_has_one_account_with_two_kinds_of_cards() -> None:
    guardian = GuardianRow("李老师", "父亲", TEACHER)
    plan = plan_of(a_known(), a_row(guardians=(guardian,)), TeacherRow(3, "李老师", TEACHER, "class_teacher", 2025, "1班"))
    assert [(a.kind, a.name) for a in plan.accounts.values()] == [("new", "李老师")]
    assert (outcomes(plan), len(plan.cards)) == (["created", "created"], 1)


# --- teachers


def a_teacher(**changed: Any) -> TeacherRow:
    return replace(TeacherRow(9, "陈老师", TEACHER, "class_teacher", 2025, "1班"), **changed)


@pytest.mark.feature("X-12")
def test_a_teachers_card_is_offered_once() -> None:
    plan = plan_of(a_known(), a_teacher(), a_teacher(row=10), a_teacher(row=11, role="principal", entry_year=None))
    assert [(c.role, c.path, c.new) for c in plan.cards] == [
        ("class_teacher", CLASS, True), ("class_teacher", CLASS, False), ("principal", SCHOOL, True),
    ]  # fmt: skip
    holder = an_account(name="陈老师", active=(CLASS,), staff=frozenset({("class_teacher", CLASS)}), has_password=True)
    assert outcomes(plan_of(a_known(accounts={TEACHER: holder}), a_teacher())) == ["unchanged"]


@pytest.mark.feature("L-01")
def test_a_school_corrects_name_and_document_of_staff_of_its_own_only() -> None:
    own = an_account(name="陈老帅", active=(CLASS,), staff=frozenset({("class_teacher", CLASS)}), has_password=True)
    answered = a_teacher(reassigned=False, document=a_document("id7"))
    assert outcomes(plan_of(a_known(accounts={TEACHER: own}), a_teacher())) == ["question"]
    step = plan_of(a_known(accounts={TEACHER: own}), answered).accounts[TEACHER]
    assert (step.kind, step.name, step.document) == ("changed", "陈老师", a_document("id7"))
    shared = replace(own, active=(CLASS, f"{OTHER}.g2025.c01"))
    assert plan_of(a_known(accounts={TEACHER: shared}), answered).accounts[TEACHER].kind == "known"


def test_an_identity_document_is_one_persons() -> None:
    holders = {b"id7": DocumentHolder(UUID(int=7), "周老师")}
    taken = plan_of(a_known(by_document=holders), a_teacher(document=a_document("id7")))
    assert codes(taken) == ["id_number_taken"]
    pupil = a_row(5, name="周老师", document=a_document("id7"))
    in_use = {b"id7": replace(holders[b"id7"], has_account=True)}
    assert codes(plan_of(a_known(by_document=in_use), pupil)) == ["id_number_taken"], "a teacher is no pupil"
    assert plan_of(a_known(by_document=holders), pupil).students[0].person_id == UUID(int=7)
    known = plan_of(a_known(by_document=holders), a_teacher(name="周老师", document=a_document("id7")))
    assert (known.accounts[TEACHER].person_id, known.accounts[TEACHER].document) == (UUID(int=7), None)
    twice = plan_of(
        a_known(), a_teacher(document=a_document("id8")), a_teacher(row=10, phone=PARENT, document=a_document("id8"))
    )
    assert codes(twice) == ["duplicate"]


# --- the plan as a whole


@pytest.mark.feature("L-10")
def test_two_plans_that_do_the_same_have_the_same_text_and_others_another() -> None:
    known, row = with_father(card=True), a_row(guardians=(MOTHER,))
    texts = [
        plan_of(k, r).rows["students", 3].text()
        for k, r in (
            (known, row), (known, row), (with_father(card=False), row), (known, replace(row, name="新名")),
            (known, replace(row, registry=a_registry("G8"))), (known, replace(row, guardians=(replace(MOTHER, name="李木"),))),
            (replace(known, accounts=known.accounts | {MOTHER.phone: an_account(2, "李母")}), row),
        )
    ]  # fmt: skip
    assert texts[0] == texts[1] == texts[2]
    assert len(set(texts)) == 5
    assert an_id_number(1) not in plan_of(known, replace(row, document=a_document(an_id_number(1)))).rows["students", 3].text()


# --- rows

DATA = {
    "entry_year": 2025, "class_title": "实验5班", "class_order": 2, "student_number": "17", "name": "李　晓", "sex": "女",
    "born": "2010-01-01", "document_type": "passport",
    "guardians": [
        {"name": "李父", "relation": "父亲", "phone": "+852 9123 4567", "number_reassigned": True},
        {"name": None, "phone": "13900000001", "change": "remove"},
    ],
}  # fmt: skip
OPENED = {"registry_number": "L360102201001010011", "id_number": "E12345678", "guardian_1_id_number": an_id_number(9)}


@pytest.mark.feature("L-03")
def test_a_row_of_the_students_sheet_is_read() -> None:
    row = read_student(BatchRow(row=7, sheet="students", data=DATA), OPENED, Numbers())
    assert row == StudentRow(
        row=7,
        registry=a_registry("L360102201001010011"),
        document=Document(DocumentType.PASSPORT, "E12345678", b"passport:E12345678"),
        student_number="17",
        gives_student_number=True,
        name="李晓",
        sex="female",
        born=date(2010, 1, 1),
        entry_year=2025,
        class_title="实验5班",
        class_order=2,
        guardians=(
            GuardianRow("李父", "父亲", "+85291234567", a_document(an_id_number(9)), reassigned=True),
            GuardianRow("", "", "13900000001", remove=True),
        ),
    )
    none = read_student(BatchRow(row=7, sheet="students", data={"document_type": "none"}), {}, Numbers())
    assert none == StudentRow(7, document=NO_DOCUMENT)


def test_a_row_of_the_release_before_is_read() -> None:
    data = {
        "entry_year": "2025", "class_number": "3", "student_number": None, "name": "李晓雨", "sex": "男", "born": "2010-01-01",
        "guardian_name": "李父", "guardian_relation": "父亲", "guardian_phone": "13900000001",
        "registry_number": OPENED["registry_number"],
    }  # fmt: skip
    row = read_student(BatchRow(row=7, sheet="students", data=data), {"id_number": an_id_number(1)}, Numbers())
    assert (row.class_title, row.gives_student_number, row.sex) == ("3班", False, "male")
    assert row.guardians == (GuardianRow("李父", "父亲", "13900000001"),)
    assert row.document == a_document(an_id_number(1))


@pytest.mark.parametrize(
    "changed",
    [
        {"sex": "x"}, {"guardians": [{"name": "李父", "phone": "123"}]},
        {"guardians": [{"name": None, "phone": "13900000001"}]},
        {"document_type": "驾照"}, {"document_type": "resident_id"}, {"born": "2010"}, {"guardians": [{"change": "remove"}]},
    ],
)  # fmt: skip
def test_what_importer_should_have_refused_is_a_problem_of_the_row(changed: dict[str, Any]) -> None:
    with pytest.raises((ValueError, KeyError)):
        read_student(BatchRow(row=7, sheet="students", data=DATA | changed), OPENED, Numbers())


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ({}, ("class_teacher", 2025, "3班")),
        ({"role": "subject_teacher", "class_title": None}, ("subject_teacher", 2025, None)),
        ({"role": "subject_teacher", "entry_year": None}, ("subject_teacher", None, None)),
        ({"role": "principal"}, ("principal", None, None)),
    ],
)
def test_a_row_of_the_teachers_sheet_is_read(data: dict[str, Any], expected: tuple[Any, ...]) -> None:
    given = {"name": "陈老师", "phone": 13900000002, "role": "class_teacher", "entry_year": "2025", "class_title": "3班"} | data
    row = read_teacher(BatchRow(row=9, sheet="teachers", data=given), {"id_number": an_id_number(1)}, Numbers(), LEVELS)
    assert (row.role, row.entry_year, row.class_title) == expected
    assert (row.name, row.phone, row.document) == ("陈老师", "13900000002", a_document(an_id_number(1)))


def test_a_class_teacher_has_a_class() -> None:
    for data in ({"entry_year": None, "class_title": "3班"}, {"entry_year": 2025, "class_title": None}, {}):
        row = BatchRow(row=9, sheet="teachers", data={"name": "陈", "phone": TEACHER, "role": "class_teacher"} | data)
        with pytest.raises(ValueError, match=r"^the role is held in a class or grade$"):
            read_teacher(row, {}, Numbers(), LEVELS)
