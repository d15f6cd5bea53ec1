"""The roster: people as schools have them, years of entry and leaving, and questions instead of guesses (L-03, L-06)."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path

import pytest
from importer.adapters.workbook import Limits, blank, reading
from importer.adapters.workbook.sandbox import WorkbookSandbox
from importer.domain import roster, roster_rows
from importer.domain.definitions import ROSTER, ReferenceData, batch_row, roster_for
from importer.domain.entry_years import SchoolStages, Stage, read_entry_year
from importer.domain.templates import Accepted, CleanRow, Layout, Parsed, Row, Value, Verdict, check_rows
from people.documents import check_digit
from scheme import Schemes

TODAY = date(2026, 11, 1)


def an_id(born: str = "20100917", order: str = "001", area: str = "360102") -> str:
    first = f"{area}{born}{order}"
    return first + check_digit(first)


def a_student(**changes: Value | None) -> dict[str, Value]:
    given: dict[str, Value | None] = {
        "registry_number": "G" + an_id(),
        "name": "张晓晓",
        "sex": "男",
        "id_number": an_id(),
        "entry_year": "2025级",
        "class_name": "高一（1）班",
        "guardian_1_name": "张大山",
        "guardian_1_relation": "父亲",
        "guardian_1_phone": "+86 138-0000-0000",
    } | changes
    return {name: value for name, value in given.items() if value is not None}


def a_teacher(**changes: Value) -> dict[str, Value]:
    return {"name": "李老师", "phone": "13900000000", "role": "任课教师", **changes}


def judged(
    values: Mapping[str, Value], stage: Stage | None = "senior_secondary", columns: frozenset[str] | None = None
) -> Verdict:
    """What is said about a student's row; `columns`: of the workbook, without it those of the values."""
    return roster_rows.checks(SchoolStages(stage), TODAY, {} if columns is None else {"students": columns})["students"](values)


def judged_teacher(values: Mapping[str, Value]) -> Verdict:
    return roster_rows.checks(SchoolStages("senior_secondary"), TODAY, {})["teachers"](values)


def data(verdict: Verdict) -> Mapping[str, object]:
    assert not isinstance(verdict, list), verdict
    return verdict.data if isinstance(verdict, Accepted) else verdict


def faults(verdict: Verdict) -> list[tuple[str | None, str, str]]:
    found = verdict.warnings if isinstance(verdict, Accepted) else verdict
    return [(fault.column, fault.code, fault.kind) for fault in found] if not isinstance(found, Mapping) else []


def problem(column: str, code: str) -> list[tuple[str, str, str]]:
    return [(column, code, "problem")]


@pytest.mark.feature("CS-15", "L-03", "L-07")
def test_a_students_row_holds_these_values() -> None:
    assert data(judged(a_student(student_number="17", born="2010-09-17"))) == {
        "registry_number": "G" + an_id(), "student_number": "17", "name": "张晓晓", "sex": "男", "document_type": "resident_id",
        "id_number": an_id(), "born": date(2010, 9, 17), "entry_year": 2025, "class_title": "高一（1）班",
        "guardians": [{"name": "张大山", "relation": "父亲", "phone": "13800000000"}],
    }  # fmt: skip


@pytest.mark.feature("CS-13")
def test_a_teachers_row_holds_these_values() -> None:
    assert data(judged_teacher(a_teacher(id_number=an_id().lower(), entry_year="2024级", reassigned="否"))) == {
        "name": "李老师", "phone": "13900000000", "role": "subject_teacher", "document_type": "resident_id",
        "id_number": an_id(), "entry_year": 2024, "class_title": None, "number_reassigned": False,
    }  # fmt: skip
    found = [data(judged_teacher(a_teacher(role=role, entry_year="2025", class_name="1班")))["role"] for role in roster.ROLES]
    assert found == ["class_teacher", "subject_teacher", "administrator", "recorder", "auditor", "principal"]


@pytest.mark.feature("CS-15", "L-03")
@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"registry_number": "H" + an_id()}, ("registry_number", "registry_form")),
        ({"id_number": an_id()[:-1]}, ("id_number", "id_form")),
        ({"id_number": an_id(born="20101317")}, ("id_number", "id_birth")),
        ({"id_number": an_id()[:-1] + ("1" if an_id()[-1] != "1" else "2")}, ("id_number", "id_checksum")),
        ({"id_number": "C12345678", "document_type": "居民身份证"}, ("id_number", "id_form")),
        ({"id_number": "12", "document_type": "护照"}, ("id_number", "document_form")),
        ({"id_number": None, "document_type": "护照"}, ("id_number", "document_number")),
        ({"document_type": "无"}, ("id_number", "document_none")),
        ({"document_type": "学生证"}, ("document_type", "document_type")),
        ({"sex": "女"}, ("sex", "sex_differs")),
        ({"born": "2010-09-18"}, ("born", "birth_differs")),
        ({"id_number": an_id(born="20240917")}, ("id_number", "age_unlikely")),
        ({"guardian_1_phone": "23800000000"}, ("guardian_1_phone", "phone_form")),
        ({"guardian_1_relation": None}, ("guardian_1_relation", "required")),
        ({"guardian_1_name": None}, ("guardian_1_name", "required")),
        ({"guardian_1_id_number": "1"}, ("guardian_1_id_number", "id_form")),
        (
            {"guardian_1_name": None, "guardian_1_phone": None, "guardian_1_change": "移除"},
            ("guardian_1_change", "guardian_unnamed"),
        ),
        ({"entry_year": "实验"}, ("entry_year", "year_form")),
        ({"entry_year": "2099级"}, ("entry_year", "year_future")),
        ({"name": None}, ("name", "required")),
    ],
)  # fmt: skip
def test_each_wrong_value_of_a_student_has_its_own_reason(changes: dict[str, Value | None], expected: tuple[str, str]) -> None:
    values = a_student(**changes)
    columns = frozenset(roster_columns())
    found = faults(judged(values, columns=columns - {"class_name", "sex", "born"} | frozenset(values)))
    assert found == problem(*expected)


def roster_columns() -> list[str]:
    return [column.id for column in roster.STUDENTS.columns]


@pytest.mark.feature("L-03")
@pytest.mark.parametrize(
    ("title", "number", "type_"),
    [
        ("香港特区护照/身份证明", "H12345678", "hong_kong_macao_permit"),
        ("港澳台居民居住证", an_id(area="810000"), "residence_permit"),
        ("台胞证", "12345678", "taiwan_permit"),
        ("护照", "e1234567", "passport"),
        ("其他", "军3456", "other"),
    ],
)
def test_identity_documents_of_every_type_are_read(title: str, number: str, type_: str) -> None:
    found = data(judged(a_student(document_type=title, id_number=number, born="2010-09-17")))
    assert (found["document_type"], found["id_number"]) == (type_, number.upper())


@pytest.mark.feature("L-03")
def test_a_pupil_without_document_guardian_or_with_a_provisional_number_is_accepted() -> None:
    values = a_student(
        id_number=None, document_type="无", registry_number="L" + an_id(), born="2010-09-17", guardian_1_name=None,
        guardian_1_relation=None, guardian_1_phone=None,
    )  # fmt: skip
    found = data(judged(values, columns=frozenset(roster_columns())))
    assert ("id_number" in found, found["document_type"], found["guardians"]) == (False, "none", [])
    assert found["registry_number"] == "L" + an_id()


@pytest.mark.feature("L-03", "L-09")
def test_two_guardians_one_abroad_and_one_removed_are_read_with_their_documents_sealed_by_position() -> None:
    values = a_student(
        guardian_1_change="移除", guardian_2_name="李小红", guardian_2_relation="妈妈", guardian_2_phone="+852 9123 4567",
        guardian_2_document_type="护照", guardian_2_id_number="K01234567", guardian_2_reassigned="是",
    )  # fmt: skip
    found = data(judged(values))
    assert found["guardians"] == [
        {"name": "张大山", "relation": "父亲", "phone": "13800000000", "change": "remove"},
        {
            "name": "李小红", "relation": "母亲", "phone": "+85291234567", "document_type": "passport",
            "number_reassigned": True,
        },
    ]  # fmt: skip
    row = batch_row(CleanRow("students", 2, found), lambda _, text: f"sealed {text}")
    assert row.sealed["guardian_2_id_number"] == "sealed K01234567"
    assert not any("id_number" in name or "registry" in name for name in row.data)


@pytest.mark.feature("L-03")
def test_a_guardian_without_a_phone_number_is_left_out_with_a_warning() -> None:
    verdict = judged(a_student(guardian_1_phone=None), columns=frozenset(roster_columns()) - {"born"})
    assert (data(verdict)["guardians"], faults(verdict)) == ([], [("guardian_1_phone", "guardian_without_phone", "warning")])


@pytest.mark.feature("L-08", "L-09")
def test_a_missing_column_is_no_key_and_an_empty_cell_is_null() -> None:
    without = data(judged({"registry_number": "G" + an_id(), "name": "张晓晓", "id_number": an_id()}))
    assert set(without) == {"registry_number", "name", "id_number", "document_type", "born", "sex"}
    values = a_student(guardian_1_name=None, guardian_1_relation=None, guardian_1_phone=None)
    empty = data(judged(values, columns=frozenset(roster_columns())))
    assert (empty["student_number"], empty["guardians"]) == (None, [])
    required = faults(judged({"name": "张晓晓"}, columns=frozenset(roster_columns())))
    assert {column for column, code, _ in required if code in ("required", "document_number")} == {
        "registry_number", "id_number", "entry_year", "class_name",
    }  # fmt: skip


@pytest.mark.feature("L-06")
@pytest.mark.parametrize(
    ("text", "stage", "years", "explicit"),
    [
        ("2025", "senior_secondary", {2025}, False),
        ("2025级", "senior_secondary", {2025}, True),
        ("25级", "senior_secondary", {2025}, True),
        ("高2025级", "senior_secondary", {2025}, True),
        ("二〇二五级", "senior_secondary", {2025}, True),
        ("202509", "senior_secondary", {2025}, True),
        ("2025-09-01", "senior_secondary", {2025}, True),
        ("2025年9月", "senior_secondary", {2025}, True),
        ("2028届", "senior_secondary", {2025}, False),
        ("高中2028届", None, {2025}, False),
        ("2028届", "junior_secondary", {2025, 2024}, False),
        ("2031届", "primary", {2025, 2026}, False),
        ("高一", "senior_secondary", {2026}, True),
        ("高中三年级", "senior_secondary", {2024}, True),
        ("十二年级", None, {2024}, True),
        ("七年级", "junior_secondary", {2026}, True),
        ("七年级", None, {2026, 2025}, False),
        ("初三", None, {2024}, True),
        ("小学五年级", "primary", {2022}, True),
    ],
)
def test_the_year_of_entry_is_read_from_what_schools_write(
    text: str, stage: Stage | None, years: set[int], explicit: bool
) -> None:
    found = read_entry_year(text, stage, TODAY)
    assert found is not None
    assert (set(found.years), found.explicit) == (years, explicit)


@pytest.mark.feature("L-06")
def test_a_grade_in_summer_may_be_the_old_or_the_new_one() -> None:
    found = read_entry_year("高一", "senior_secondary", date(2026, 8, 1))
    assert found is not None
    assert (set(found.years), found.explicit) == ({2025, 2026}, False)


@pytest.mark.feature("L-06")
def test_in_a_junior_school_with_a_sixth_grade_the_seventh_is_the_second_year() -> None:
    rows = tuple(Row(n, a_student(entry_year=None, grade=grade), "students") for n, grade in enumerate(("六年级", "七年级"), 2))
    reference = ReferenceData(today=TODAY, school=SchoolStages("junior_secondary"))
    layout = Layout("学生", 1, {name: n for n, name in enumerate(rows[0].values, 1)}, 20)
    four = ROSTER.check(Parsed(rows, (), (), {"students": layout}), reference)
    assert [row.data["entry_year"] for row in four.rows] == [2026, 2025]
    three = ROSTER.check(Parsed(rows[1:], (), (), {"students": layout}), reference)
    assert [row.data["entry_year"] for row in three.rows] == [2026]


BEIJING = Schemes(Path(__file__).parents[3] / "schemes").latest("beijing")
NINE_YEARS = SchoolStages("junior_secondary", BEIJING.find_schoolings("junior_secondary", None, ("primary",)) or ())
FIVE_AND_FOUR = SchoolStages("junior_secondary", BEIJING.find_schoolings("junior_secondary", 4, ("primary",)) or ())
TWO_YEARS = SchoolStages("vocational", BEIJING.find_schoolings("vocational", 2, ()) or ())


@pytest.mark.feature("L-06", "BJ-03", "BJ-12")
@pytest.mark.parametrize(
    ("school", "text", "years", "stage"),
    [
        (NINE_YEARS, "三年级", {2024}, "primary"), (NINE_YEARS, "七年级", {2026}, "junior_secondary"),
        (NINE_YEARS, "初二", {2025}, "junior_secondary"), (NINE_YEARS, "小学2026级", {2026}, "primary"),
        (NINE_YEARS, "2026级", {2026}, None), (NINE_YEARS, "2029届", {2023, 2026}, None),
        (NINE_YEARS, "初中2029届", {2026}, "junior_secondary"),
        (FIVE_AND_FOUR, "六年级", {2026}, "junior_secondary"), (FIVE_AND_FOUR, "五年级", {2022}, "primary"),
        (FIVE_AND_FOUR, "初中2030届", {2026}, "junior_secondary"), (FIVE_AND_FOUR, "小学2030届", {2025}, "primary"),
        (TWO_YEARS, "2028届", {2026}, "vocational"), (TWO_YEARS, "高二", {2025}, "vocational"),
        (TWO_YEARS, "中职2026级", {2026}, "vocational"),
        (TWO_YEARS, "高三", None, None), (NINE_YEARS, "高一", {2026}, "senior_secondary"),
    ],
)  # fmt: skip
def test_the_year_of_entry_follows_from_the_stages_and_lengths_of_the_school(
    school: SchoolStages, text: str, years: set[int] | None, stage: str | None
) -> None:
    found = read_entry_year(text, school.only, TODAY, school=school)
    assert (found and set(found.years), found and found.stage) == (years, stage)


@pytest.mark.feature("BJ-03", "L-06")
@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ({"entry_year": "2026级", "grade": "七年级", "class_name": "1班"}, (2026, None)),
        ({"entry_year": "2029届", "grade": "七年级", "class_name": "1班"}, (2026, None)),
        ({"entry_year": "2029届", "class_name": "七年级（1）班"}, (2026, None)),
        ({"entry_year": "2020", "class_name": "七年级1班"}, "age_unusual"),
        ({"entry_year": "小学2026级", "class_name": "1班", "born": "2019-10-01"}, (2026, "primary")),
        ({"entry_year": "2026", "class_name": "一年级(2)班", "born": "2019-10-01"}, (2026, "primary")),
        ({"entry_year": "2026级", "class_name": "1班"}, "stage_unclear"),
        ({"entry_year": "2026级", "grade": "高一", "class_name": "1班"}, "stage_differs"),
    ],
)
def test_a_row_of_a_school_with_two_stages_names_its_stage_or_is_asked_for_it(
    cells: dict[str, str], expected: tuple[int, str | None] | str
) -> None:
    given = {"born": "2013-10-01", "document_type": "无", "id_number": None, "entry_year": None} | cells
    row = {name: value for name, value in a_student(**given).items() if value is not None}
    verdict = roster_rows.checks(NINE_YEARS, TODAY, {})["students"](row)
    if isinstance(expected, str):
        assert isinstance(verdict, list)
        assert [fault.code for fault in verdict] == [expected]
    else:
        assert (data(verdict)["entry_year"], data(verdict).get("stage")) == expected


@pytest.mark.feature("L-06")
@pytest.mark.parametrize("text", ["", "1", "20", "19991", "高七", "零年级", "2025班", "届"])
def test_what_is_no_year_of_entry_is_not_read(text: str) -> None:
    assert read_entry_year(text, "senior_secondary", TODAY) is None


@pytest.mark.feature("L-06")
@pytest.mark.parametrize(
    ("text", "born", "stage", "expected"),
    [
        ("2025", "20100305", "senior_secondary", (2025, [])),
        ("2025届", "20070305", "senior_secondary", (2022, [("entry_year", "left_already", "warning")])),
        ("2025届", "20100305", "senior_secondary", (None, [("entry_year", "year_or_leaving", "question")])),
        ("2025", "20070305", "junior_secondary", (None, [("entry_year", "year_or_leaving", "question")])),
        ("2025", "20060305", "senior_secondary", (2025, [])),
        ("2028", "20100305", "senior_secondary", (None, [("entry_year", "year_future", "problem")])),
        ("2027", "20020305", "senior_secondary", (None, [("entry_year", "age_unusual", "question")])),
        ("2027级", "20060305", "senior_secondary", (2027, [("entry_year", "age_noted", "warning")])),
        ("2028届", "20130305", "junior_secondary", (None, [("entry_year", "year_unclear", "question")])),
        ("初一", "20100305", "senior_secondary", (None, [("entry_year", "stage_differs", "question")])),
        ("2025级", "20180305", "primary", (2025, [])),
    ],
)
def test_what_is_ambiguous_or_implausible_is_a_question_and_never_a_guess(
    text: str, born: str, stage: Stage, expected: tuple[int | None, list[tuple[str, str, str]]]
) -> None:
    verdict = judged(a_student(entry_year=text, id_number=an_id(born)), stage)
    year, findings = expected
    assert faults(verdict) == findings
    assert isinstance(verdict, list) if year is None else data(verdict)["entry_year"] == year


@pytest.mark.feature("L-06")
def test_grade_and_year_of_entry_have_to_agree() -> None:
    assert data(judged(a_student(grade="高二", entry_year="202509")))["entry_year"] == 2025
    assert data(judged(a_student(grade="高二", entry_year=None)))["entry_year"] == 2025
    assert data(judged(a_student(grade="八年级", entry_year="2028届"), "junior_secondary"))["entry_year"] == 2025
    assert faults(judged(a_student(grade="高一", entry_year="202509"))) == [("grade", "grade_differs", "question")]


@pytest.mark.feature("L-07")
def test_class_titles_stay_as_entered_and_keep_their_order() -> None:
    titles = ["实验5班", "普通5班", "5班", "701", "实验5班"]
    rows = tuple(CleanRow("students", n, {"entry_year": 2025, "class_title": title}) for n, title in enumerate(titles, 2))
    found = [(row.data["class_title"], row.data["class_order"]) for row in roster_rows.with_class_order(rows)]
    assert found == [("实验5班", 1), ("普通5班", 2), ("5班", 3), ("701", 4), ("实验5班", 1)]


@pytest.mark.feature("L-05")
def test_characters_without_an_agreed_meaning_are_reported_and_the_name_stays_as_entered() -> None:
    verdict = judged(a_student(name="王\ue863", guardian_1_name="王\ue864"))
    assert data(verdict)["name"] == "王\ue863"
    assert faults(verdict) == [("name", "private_use", "warning"), ("guardian_1_name", "private_use", "warning")]


@pytest.mark.feature("CS-13")
def test_a_class_teacher_needs_a_class_and_a_subject_teacher_does_not() -> None:
    assert data(judged_teacher(a_teacher()))
    assert faults(judged_teacher(a_teacher(role="班主任", entry_year="2025"))) == problem("class_name", "class_needed")
    assert faults(judged_teacher(a_teacher(role="班主任", class_name="1班"))) == problem("entry_year", "class_needed")
    assert data(judged_teacher(a_teacher(role="班主任", entry_year="2025", class_name="03")))["class_title"] == "03"


@pytest.mark.feature("CS-13", "L-02")
def test_one_phone_under_two_names_is_a_question_in_both_rows_until_the_school_answers() -> None:
    def asked(*rows: Row) -> list[tuple[str, int, str | None, str]]:
        found = roster_rows.across_rows(Parsed(rows, (), (), {}))
        assert all((one.code, one.kind) == ("phone_two_names", "question") for one in found)
        return [(one.sheet, one.row, one.column, one.message[:24]) for one in found]

    same_name = a_student(guardian_1_name="李·老师", guardian_1_phone="13900000000")
    teacher, other = Row(2, a_teacher(name="李•老师"), "teachers"), Row(3, a_teacher(name="王老师"), "teachers")
    assert [one[:3] for one in asked(teacher, other, Row(2, same_name, "students"))] == [
        ("teachers", 2, "phone"), ("students", 2, "guardian_1_phone"), ("teachers", 3, "phone"),
    ]  # fmt: skip
    assert asked(teacher, Row(2, same_name, "students")) == []
    assert asked(teacher, Row(3, a_teacher(name="王老师", reassigned="否"), "teachers")) == []


@pytest.mark.feature("L-03", "L-08")
def test_the_downloaded_roster_offers_the_usual_columns_and_understands_others() -> None:
    offered = [column.title for column in roster.TEMPLATE.offered.sheets[0].columns]
    assert offered == [
        "全国学籍号", "学号", "姓名", "性别", "证件类型", "身份证件号", "出生日期", "入学年份", "班级", "监护人姓名",
        "监护人关系", "监护人手机号", "监护人2姓名", "监护人2关系", "监护人2手机号",
    ]  # fmt: skip
    understood = {title for column in roster.STUDENTS.columns for title in (column.title, *column.other_titles)}
    assert {
        "监护人变动", "监护人2变动", "监护人手机号已换人", "监护人1姓名", "监护人二电话", "第二监护人姓名", "监护人3姓名",
        "年级", "入学年月", "监护人证件号", "家长手机号",
    } <= understood  # fmt: skip


@pytest.mark.feature("X-12")
async def test_a_roster_of_both_sheets_is_read_and_checked_in_one_go() -> None:
    sandbox = WorkbookSandbox()
    rows = {"students": [a_student()], "teachers": [a_teacher(), a_teacher(phone="1390000")]}
    parsed = await sandbox.read(await sandbox.template(roster.TEMPLATE.offered, rows), roster.TEMPLATE)
    reference = ReferenceData(today=TODAY, school=SchoolStages("senior_secondary"))
    checked = ROSTER.check(parsed, reference)
    assert [(row.sheet, row.number, row.data.get("class_order")) for row in checked.rows] == [
        ("students", 2, 1), ("teachers", 2, None),
    ]  # fmt: skip
    assert [(p.sheet, p.row, p.code) for p in checked.problems] == [("teachers", 3, "phone_form")]


@pytest.mark.feature("X-12")
def test_a_required_cell_left_empty_is_named_once() -> None:
    parsed = reading.read(
        blank.write(roster.TEMPLATE.offered, {"students": [a_student(class_name=None)]}), roster.TEMPLATE, Limits()
    )
    columns = {sheet: frozenset(layout.columns) for sheet, layout in parsed.layouts.items()}
    checked = check_rows(parsed, roster_rows.checks(SchoolStages("senior_secondary"), TODAY, columns))
    assert [(p.column, p.code) for p in checked.problems] == [("class_name", "required")]
    assert isinstance(parsed.layouts["students"], Layout)


@pytest.mark.feature("SH-12", "CS-10", "CS-13")
async def test_the_teachers_sheet_offers_the_roles_of_the_schools_scheme() -> None:
    schemes = Schemes(Path(__file__).parents[3] / "schemes")

    def roles_of(name: str | None) -> tuple[str, ...]:
        scheme = None if name is None else schemes.latest(name)
        return next(c for c in roster.template_for(scheme).sheets[1].columns if c.id == "role").choices

    assert roles_of("changsha") == ("班主任", "公示审核小组", "学校管理员")
    assert roles_of("baoshan") == ("班主任", "校长", "校级管理员", "校级录入员", "校级审核员")
    assert "公示审核小组" not in roles_of(None)

    sandbox = WorkbookSandbox()
    panel = a_teacher(role="公示审核小组")
    group = a_teacher(role="班级评议小组", phone="13900000001", entry_year="2025", class_name="1班")
    for name, row, role in (("changsha", panel, "publicity_panel"), ("beijing", group, "supervision_group")):
        definition = roster_for(schemes.latest(name))
        assert definition.template.offered.sheets[1].columns
        parsed = await sandbox.read(
            await sandbox.template(definition.template.offered, {"teachers": [row]}), definition.template
        )
        checked = definition.check(parsed, ReferenceData(today=TODAY, school=SchoolStages("junior_secondary")))
        assert [(one.data["role"], one.data["class_title"]) for one in checked.rows] == [(role, row.get("class_name"))]
    parsed = await sandbox.read(
        await sandbox.template(roster_for(schemes.latest("changsha")).template, {"teachers": [panel]}), roster.TEMPLATE
    )
    assert [p.column for p in parsed.problems] == ["role"], "elsewhere it is no role"
