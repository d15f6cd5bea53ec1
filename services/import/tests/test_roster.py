"""The roster: numbers are checked as the law forms them, and agree with what stands beside them."""

from collections.abc import Mapping
from datetime import date

import pytest
from importer.adapters.workbook import Limits, blank, reading
from importer.adapters.workbook.sandbox import WorkbookSandbox
from importer.domain import identifiers, roster
from importer.domain.templates import Layout, Parsed, Row, Value, check_rows

ID = "11010519491231002X"  # the example of GB 11643


def an_id(born: str = "20100917", order: str = "001") -> str:
    first = f"360102{born}{order}"
    return first + identifiers.check_digit(first)


def a_student(**changes: Value) -> dict[str, Value]:
    given: dict[str, Value] = {
        "registry_number": "G" + an_id(),
        "name": "张晓晓",
        "sex": "男",
        "id_number": an_id(),
        "entry_year": "2025级",
        "class_name": "高一（1）班",
        "guardian_name": "张大山",
        "guardian_relation": "父亲",
        "guardian_phone": "+86 138-0000-0000",
    }
    return given | changes


def a_teacher(**changes: Value) -> dict[str, Value]:
    return {"name": "李老师", "phone": "13900000000", "role": "任课教师", **changes}


def faults(verdict: object) -> list[tuple[str | None, str]]:
    assert isinstance(verdict, list)
    return [(fault.column, fault.code) for fault in verdict]


@pytest.mark.feature("JX-16")
def test_an_identity_number_gives_birth_date_and_sex() -> None:
    found = identifiers.id_number(ID.lower())
    assert found == identifiers.IdNumber(ID, date(1949, 12, 31), "女")


@pytest.mark.feature("JX-16")
def test_every_single_wrong_digit_of_an_identity_number_is_noticed() -> None:
    for at in range(18):
        for digit in set("0123456789") - {ID[at]}:
            assert isinstance(identifiers.id_number(ID[:at] + digit + ID[at + 1 :]), str)


@pytest.mark.feature("JX-16")
@pytest.mark.parametrize("text", ["", "12800000000", "1380000000", "138000000000", "１３８００００００００a"])
def test_what_is_no_mobile_phone_is_refused(text: str) -> None:
    assert identifiers.phone(text) is None


@pytest.mark.feature("CS-15")
def test_a_good_student_row_comes_out_typed() -> None:
    verdict = roster.check_student(a_student())
    assert isinstance(verdict, Mapping)
    assert verdict["born"] == date(2010, 9, 17)
    assert (verdict["entry_year"], verdict["class_number"]) == (2025, 1)
    assert verdict["guardian_phone"] == "13800000000"


@pytest.mark.feature("CS-15")
@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"registry_number": "H" + an_id()}, ("registry_number", "registry_form")),
        ({"id_number": an_id()[:-1]}, ("id_number", "id_form")),
        ({"id_number": an_id(born="20101317")}, ("id_number", "id_birth")),
        ({"id_number": an_id()[:-1] + ("1" if an_id()[-1] != "1" else "2")}, ("id_number", "id_checksum")),
        ({"sex": "女"}, ("sex", "sex_differs")),
        ({"born": "2010-09-18"}, ("born", "birth_differs")),
        ({"id_number": an_id(born="20240917")}, ("id_number", "age_unlikely")),
        ({"guardian_phone": "23800000000"}, ("guardian_phone", "phone_form")),
        ({"entry_year": "高一"}, ("entry_year", "year_form")),
        ({"class_name": "实验班"}, ("class_name", "class_form")),
    ],
)
def test_each_wrong_value_of_a_student_has_its_own_reason(changes: dict[str, Value], expected: tuple[str, str]) -> None:
    assert faults(roster.check_student(a_student(**changes))) == [expected]


@pytest.mark.feature("CS-13")
def test_a_class_teacher_needs_a_class_and_a_subject_teacher_does_not() -> None:
    assert isinstance(roster.check_teacher(a_teacher()), Mapping)
    assert faults(roster.check_teacher(a_teacher(role="班主任", entry_year="2025"))) == [("class_name", "class_needed")]
    verdict = roster.check_teacher(a_teacher(role="班主任", entry_year="2025", class_name="03"))
    assert isinstance(verdict, Mapping)
    assert (verdict["role"], verdict["class_number"]) == ("class_teacher", 3)


@pytest.mark.feature("CS-13")
def test_one_phone_under_two_names_is_named_in_both_rows() -> None:
    rows = (Row(2, a_teacher(), "teachers"), Row(3, a_teacher(name="王老师"), "teachers"))
    problems = roster.across_rows(Parsed(rows, (), (), {"teachers": Layout("教师", 1, {}, 6)}))
    assert [(problem.row, problem.code) for problem in problems] == [(2, "phone_two_names"), (3, "phone_two_names")]


@pytest.mark.feature("X-12")
async def test_a_roster_of_both_sheets_is_read_and_checked_in_one_go() -> None:
    sandbox = WorkbookSandbox()
    rows = {"students": [a_student()], "teachers": [a_teacher(), a_teacher(phone="1390000")]}
    checked = check_rows(await sandbox.read(await sandbox.template(roster.TEMPLATE, rows), roster.TEMPLATE), roster.CHECKS)
    assert [(row.sheet, row.number) for row in checked.rows] == [("students", 2), ("teachers", 2)]
    assert [(p.sheet, p.row, p.code) for p in checked.problems] == [("teachers", 3, "phone_form")]


@pytest.mark.feature("X-12")
def test_a_required_cell_left_empty_is_named_once() -> None:
    student = {name: value for name, value in a_student().items() if name != "guardian_phone"}
    parsed = reading.read(blank.write(roster.TEMPLATE, {"students": [student]}), roster.TEMPLATE, Limits())
    checked = check_rows(parsed, roster.CHECKS)
    assert [(p.column, p.code) for p in checked.problems] == [("guardian_phone", "required")]
