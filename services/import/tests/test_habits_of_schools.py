"""Habits of schools in sheets of their own: codes, units, asides, notes, repeated headings (L-03, L-04, L-06, L-12)."""

from datetime import UTC, date, datetime
from io import BytesIO
from typing import Any

import pytest
from importer.domain.definitions import ReferenceData
from importer.domain.entry_years import SchoolStages, read_entry_year
from importer.domain.normalise import short_heading
from openpyxl import Workbook
from people.documents import check_digit
from test_known_layouts import (
    BOY,
    FITNESS,
    GIRL,
    HEADINGS,
    MEMBER,
    NUMBERS,
    PUPIL,
    REGISTRY,
    SCORES,
    TESTS,
    a_book,
    checked,
    codes,
    data_of,
    notices,
    read,
    triples,
)

TODAY = date(2026, 11, 1)


def an_id(born: str, order: str = "001") -> str:
    first = f"360102{born}{order}"
    return first + check_digit(first)


ID = an_id("20100305")
ONE = ["某中", "高一", "1班", "张三", "1", "20100305", "居民身份证", ID, NUMBERS[0], "202509", None]
FATHER = ["张父", "父亲", "13900000001", "是", "居民身份证", an_id("19800101")]


def pupil_with(**changes: Any) -> list[Any]:
    return [changes.get(title.strip("★"), value) for title, value in zip(PUPIL, ONE, strict=True)]


def roster_data(*rows: list[Any], headings: list[str] = [*PUPIL, *MEMBER]) -> list[dict[str, Any]]:  # noqa: B006 - read only
    done = REGISTRY.check(
        read(REGISTRY, a_book(headings, *rows)), ReferenceData(school=SchoolStages("senior_secondary"), today=TODAY)
    )
    assert codes(done) == []
    return [dict(row.data) for row in done.rows]


@pytest.mark.feature("L-04")
@pytest.mark.parametrize("sex", ["1", "01", 1.0, "1-男", "男生", "M", "1.男"])
def test_codes_and_other_words_for_sex_are_read(sex: Any) -> None:
    assert roster_data([*pupil_with(性别=sex), *FATHER])[0]["sex"] == "男"


@pytest.mark.feature("L-03", "L-04")
@pytest.mark.parametrize(
    ("title", "number", "type_"),
    [
        ("01-居民身份证", ID, "resident_id"),
        ("1", ID, "resident_id"),
        ("出生医学证明", "P361234567", "other"),
        ("军官证", "军字第2001988号", "other"),
        ("A", "E12345678", "passport"),
        ("中华人民共和国护照", "E12345678", "passport"),
    ],
)
def test_document_types_are_read_in_the_registrys_words_and_codes(title: str, number: str, type_: str) -> None:
    found = roster_data([*pupil_with(身份证件类型=title, 身份证件号=number), *FATHER])[0]
    assert found["document_type"] == type_


@pytest.mark.feature("L-04")
@pytest.mark.parametrize(
    "born",
    ["'20100305", "20100305.0", "2010－03－05", "2010.3.5", 20100305, datetime(2010, 3, 5, tzinfo=UTC).replace(tzinfo=None)],
)
def test_dates_are_read_as_people_and_programs_write_them(born: Any) -> None:
    assert roster_data([*pupil_with(出生日期=born), *FATHER])[0]["born"] == date(2010, 3, 5)


@pytest.mark.feature("L-04")
@pytest.mark.parametrize(
    ("word", "relation"),
    [("51-父亲", "父亲"), ("舅妈", "其他监护人"), ("法定监护人", "其他监护人"), ("其他亲属", "其他监护人")],
)
def test_relations_are_read_with_codes_and_in_other_words(word: str, relation: str) -> None:
    found = roster_data([*ONE, FATHER[0], word, *FATHER[2:]])[0]
    assert found["guardians"][0]["relation"] == relation


@pytest.mark.feature("L-03")
def test_a_guardians_cell_that_says_none_names_nobody() -> None:
    assert roster_data([*ONE, "无", None, "无", None, None, "/"])[0]["guardians"] == []


@pytest.mark.feature("L-04")
@pytest.mark.parametrize("name", ["学生姓名", "姓名[必填]", "姓名【必填】", "姓名（与户口簿一致）"])
def test_the_pupils_part_is_found_under_other_headings_of_the_name(name: str) -> None:
    headings = [name if title == "姓名★" else title for title in PUPIL]
    [found] = roster_data([*ONE, *FATHER], headings=[*headings, *MEMBER])
    assert (found["name"], found["guardians"][0]["name"]) == ("张三", "张父")


@pytest.mark.feature("L-04")
def test_what_says_whose_number_it_is_stays_part_of_the_heading() -> None:
    assert short_heading("50米跑（秒）") == "50米跑"
    assert short_heading("身份证号（父亲）") == "身份证号(父亲)"
    headings = ["全国学籍号", "姓名", "身份证号（父亲）", "入学年份", "班级"]
    found = roster_data([NUMBERS[0], "张三", an_id("19800101"), "2025级", "1班"], headings=headings)
    assert "id_number" not in found[0]


@pytest.mark.feature("L-04")
def test_totals_notes_and_headings_of_further_pages_are_no_pupils() -> None:
    headings = [*PUPIL, *MEMBER]
    rows = [headings, [*ONE, *FATHER], ["合计", None, None, 1], headings, ["填表人：", "张老师", None, "审核人："]]
    parsed = read(REGISTRY, a_book(*rows))
    assert [row.number for row in parsed.rows] == [2]
    assert notices(parsed)["summary_rows"].startswith("有 2 行是汇总或说明")
    assert len(read(FITNESS, a_book(TESTS, BOY, TESTS, GIRL, ["合计", *[None] * 5, 170])).rows) == 2
    score = [NUMBERS[0], "甲", "1班", 90, 80, 70, 240, 1]
    assert len(triples(read(SCORES, a_book(HEADINGS, score, HEADINGS, title="期末")))) == 3


@pytest.mark.feature("L-06")
@pytest.mark.parametrize(
    "text",
    ["2025级(高一)", "2025级（高中）", "2025级高中", "2025秋", "2025年秋季", "2025学年", "2025-2026学年", "2025年9月入学"],
)
def test_the_year_of_entry_is_read_with_its_season_school_year_or_stage(text: str) -> None:
    found = read_entry_year(text, "senior_secondary", date(2025, 11, 1))
    assert found is not None
    assert found.years == {2025}


@pytest.mark.feature("L-06")
def test_a_grade_and_a_year_in_one_cell_that_differ_are_a_question() -> None:
    found = read_entry_year("高三(2025级)", "senior_secondary", TODAY)
    assert found is not None
    assert found.years == {2024, 2025}


@pytest.mark.feature("L-06")
@pytest.mark.parametrize("text", ["七年级", "六年级", "2022级(初中)", "初三"])
def test_a_grade_of_another_stage_is_named_as_such(text: str) -> None:
    found = read_entry_year(text, "senior_secondary", TODAY)
    assert found is not None
    assert found.stage != "senior_secondary"


@pytest.mark.feature("L-06")
def test_a_date_cell_is_a_month_of_entry_in_every_roster() -> None:
    headings = ["全国学籍号", "姓名", "身份证件号", "入学年份", "班级"]
    [found] = roster_data(
        [NUMBERS[0], "张三", ID, datetime(2025, 9, 1, tzinfo=UTC).replace(tzinfo=None), "1班"], headings=headings
    )
    assert found["entry_year"] == 2025


@pytest.mark.feature("L-04", "L-12", "L-13")
def test_a_fitness_sheet_of_the_schools_own_is_read_whole() -> None:
    headings = [
        "班级", "学籍号", "姓名", "性别", "身高（厘米）", "体重（千克）", "肺活量（毫升）", "50米（秒）", "立定跳远（厘米）",
        "坐位体前屈（厘米）", "1000米/800米跑", "引体向上/仰卧起坐",
    ]  # fmt: skip
    row = ["1班", NUMBERS[0], "甲", "M", 170, 60, 3500, 7.5, 220, "−3.5", "3'45", 8]
    [found] = data_of(checked(FITNESS, a_book(headings, row)))
    assert found == {
        "bmi": "20.8", "lung_capacity": 3500, "run_50m": "PT7.5S", "sit_and_reach": "-3.5", "long_jump": 220, "strength": 8,
        "endurance": "PT3M45S",
    }  # fmt: skip


@pytest.mark.feature("L-12")
def test_a_sign_for_the_height_is_a_question_and_an_aside_after_a_result_in_words_is_none() -> None:
    assert codes(read(FITNESS, a_book(TESTS, [*BOY[:6], "/", 60, *BOY[8:]]))) == [(2, "bmi", "result_unclear")]
    rows = [NUMBERS[0], "甲", "1班", "缺考（病假）", 80, "(缓考)", 80, 1]
    assert [value[2] for value in triples(read(SCORES, a_book(HEADINGS, rows, title="期末")))] == ["缺考", "80", "缓考"]


@pytest.mark.feature("L-04")
def test_a_wide_sheet_without_registry_numbers_lacks_that_column_only() -> None:
    parsed = read(SCORES, a_book(["考号", "姓名", "班级", "语文"], ["1001", "甲", "1班", 90], title="期末"))
    assert [problem.message for problem in parsed.problems] == ["缺少必填列：学籍号。请补上这些列，或使用下载的模板。"]


@pytest.mark.feature("L-04")
def test_a_second_row_of_headings_is_no_student_and_scores_without_a_student_are_a_problem() -> None:
    headings = ["学籍号", "姓名", "班级", "语文", None, "数学", None]
    more = [None, None, None, "成绩", "班排", "成绩", "班排"]
    student = [NUMBERS[0], "甲", "1班", 90, 1, 70, 2]
    parsed = read(SCORES, a_book(headings, more, student, title="期末"))
    assert codes(parsed) == []
    assert triples(parsed) == [["甲", "语文", "90"], ["甲", "数学", "70"]]
    for nobodys in ([None, None, None, 90, 1, "缺考"], [None, None, "1班", "缺考"]):
        parsed = read(SCORES, a_book(headings, nobodys, student, title="期末"))
        assert {code for _, _, code in codes(parsed)} == {"required"}


@pytest.mark.feature("L-04")
def test_a_column_that_only_sounds_like_a_guardians_leaves_the_others_to_their_pupil() -> None:
    headings = [*PUPIL, *MEMBER, "监护人签字", "家长意见", *["备注"] * 3, *(f"扩展{n}" for n in range(60))]
    [found] = roster_data([*ONE, *FATHER, "张父", "同意"], headings=headings)
    assert (found["name"], found["guardians"][0]["name"]) == ("张三", "张父")


@pytest.mark.feature("L-04")
def test_a_second_sheet_with_one_row_under_its_headings_is_named_too() -> None:
    book = Workbook()
    for title in ("期末", "期中"):
        sheet = book.create_sheet(title)
        sheet.append(["学籍号", "姓名", "语文"])
        sheet.append([NUMBERS[0], "甲", 90])
    del book["Sheet"]
    data = BytesIO()
    book.save(data)
    assert notices(read(SCORES, data.getvalue()))["other_sheets"].endswith("期中。")
