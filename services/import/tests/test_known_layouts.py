"""Sheets that other systems and schools write are read as they are, or asked about once (L-04)."""

from collections.abc import Sequence
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from importer.adapters.workbook import Limits, WorkbookRefused, answer, reading
from importer.domain.definition_from_scheme import definition_of
from importer.domain.definitions import ROSTER, ImportDefinition, ReferenceData, Student, with_layouts
from importer.domain.entry_years import SchoolStages
from importer.domain.normalise import heading
from importer.domain.templates import Checked, Parsed, Row
from openpyxl import Workbook, load_workbook
from scheme import Schemes
from servicekit.ids import new_id

ROOT = Path(__file__).parents[3]
CASES = ROOT / "tests" / "cases"
SCHEMES = Schemes(ROOT / "schemes")
JIANGXI = SCHEMES.get("jiangxi", "2026.1")
REGISTRY = with_layouts(ROSTER, SCHEMES.layouts)
FITNESS = with_layouts(definition_of(JIANGXI, "fitness_test", "class_teacher"), SCHEMES.layouts)
SCORES = with_layouts(definition_of(JIANGXI, "exam_scores", "class_teacher"), SCHEMES.layouts)
NUMBERS = ("G360102201001011234", "G360102201001011235", "G360102201001011236")
STUDENTS = {number: Student(new_id(), name, number, "jx.s1", "1班") for number, name in zip(NUMBERS, "甲乙丙", strict=True)}


def a_book(*rows: Sequence[Any], title: str = "Sheet1", merged: Sequence[str] = ()) -> bytes:
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = title
    for row in rows:
        sheet.append(list(row))
    for cells in merged:
        sheet.merge_cells(cells)
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def read(definition: ImportDefinition, data: bytes, file_name: str = "", **values: str) -> Parsed:
    return reading.read(data, definition.template, Limits(), reading.Hints(values, file_name))


def checked(definition: ImportDefinition, data: bytes, **values: str) -> Checked:
    return definition.check(read(definition, data, **values), ReferenceData(STUDENTS))


def codes(parsed: Parsed | Checked) -> list[tuple[int, str | None, str]]:
    return [(problem.row, problem.column, problem.code) for problem in parsed.problems]


def notices(parsed: Parsed) -> dict[str, str]:
    return {notice.code: notice.message for notice in parsed.warnings}


def values(row: Row, *names: str) -> list[object]:
    return [row.values.get(name) for name in names]


# the national registry's export

PUPIL = [
    "学校名称",
    "年级★",
    "班级★",
    "姓名★",
    "性别★",
    "出生日期★",
    "身份证件类型★",
    "身份证件号★",
    "全国学籍号",
    "入学年月★",
    "联系电话★",
]
ONE = [
    "某中",
    "高一",
    "国际部A班",
    "张三",
    "1",
    "20100305",
    "居民身份证",
    "36010220100305123X",
    NUMBERS[0],
    "202509",
    "13811112222",
]
MEMBER = ["姓名★", "关系★", "联系电话★", "是否监护人★", "身份证件类型", "身份证件号"]
FATHER = ["张父", "父亲", "13900000001", "是", "居民身份证", "360102198001010010"]
MOTHER = ["张母", "母亲", "13900000002", "是", "居民身份证", "360102198101010029"]
GROUPS = [
    "学生个人基础信息",
    *[None] * (len(PUPIL) - 1),
    "家庭成员或监护人信息一",
    *[None] * 5,
    "家庭成员或监护人信息二",
    *[None] * 5,
]


def a_pupil(parsed: Parsed) -> list[object]:
    assert codes(parsed) == []
    [row] = parsed.rows
    return values(row, "name", "id_number", "registry_number", "class_name", "sex", "born")


EXPECTED = ["张三", "36010220100305123X", NUMBERS[0], "国际部A班", "男", "2010-03-05"]


@pytest.mark.feature("L-04")
def test_the_registrys_export_is_a_roster_as_it_is() -> None:
    parsed = read(REGISTRY, (CASES / "national_registry_export.xlsx").read_bytes())
    assert codes(parsed) == []
    assert [values(row, "name", "id_number", "born", "sex") for row in parsed.rows] == [
        ["国籍生甲", "365756201003050052", "2010-03-05", "男"],
        ["国籍生乙", "366056201003050055", "2010-03-05", "男"],
    ]
    assert notices(parsed)["known_layout"].startswith("已按“全国学籍系统导出的学生信息表”识别")
    ignored = notices(parsed)["ignored_columns"]
    assert all(title in ignored for title in ("学籍辅号", "血型", "是否由政府购买学位★", "工作单位★"))


@pytest.mark.feature("L-04", "L-03", "L-06")
def test_the_registrys_export_gives_documents_both_guardians_year_of_entry_and_class_titles() -> None:
    parsed = read(REGISTRY, (CASES / "national_registry_export.xlsx").read_bytes())
    done = REGISTRY.check(parsed, ReferenceData(school=SchoolStages("senior_secondary"), today=date(2026, 11, 1)))
    assert codes(done) == []
    first = done.rows[0].data
    assert (first["entry_year"], first["class_title"], first["class_order"], first["document_type"]) == (
        2025, "1班", 1, "resident_id",
    )  # fmt: skip
    assert first["guardians"] == [
        {"name": "国父甲", "relation": "父亲", "phone": "19859703869", "document_type": "resident_id"},
        {"name": "国母甲", "relation": "母亲", "phone": "19859703870", "document_type": "resident_id"},
    ]
    assert (first["guardian_1_id_number"], first["guardian_2_id_number"]) == ("365856198001010058", "365956198101010042")
    assert "student_number" not in first, "the export has no such column"


@pytest.mark.feature("L-04")
@pytest.mark.parametrize(
    "rows",
    [
        pytest.param([GROUPS, [*PUPIL, *MEMBER, *MEMBER], [*ONE, *FATHER, *MOTHER]], id="group headings above"),
        pytest.param(
            [["导出"], [], [None, "某中"], GROUPS, [*PUPIL, *MEMBER, *MEMBER], [*ONE, *FATHER, *MOTHER]], id="blank lines"
        ),
        pytest.param([[*PUPIL, *MEMBER, *MEMBER], [*ONE, *FATHER, *MOTHER]], id="no group headings"),
        pytest.param(
            [
                ["监护人一", *[None] * 5, "学生基本信息", *[None] * 10],
                [*MEMBER, *PUPIL],
                [*FATHER, *ONE],
            ],
            id="the guardian first",
        ),
        pytest.param([[*(f"家庭成员一{title}" for title in MEMBER), *PUPIL], [*FATHER, *ONE]], id="prefixes in the headings"),
        pytest.param(
            [
                [*["学生信息"] * len(PUPIL), *["家庭成员一"] * 6, *["家庭成员二"] * 6],
                [*PUPIL, *MEMBER, *MEMBER],
                [*ONE, *FATHER, *MOTHER],
            ],
            id="group headings in every cell",
        ),
    ],
)
def test_a_guardians_columns_are_never_taken_for_the_pupils(rows: list[list[Any]]) -> None:
    parsed = read(REGISTRY, a_book(*rows))
    assert a_pupil(parsed) == EXPECTED


@pytest.mark.feature("L-04")
def test_guardians_are_read_in_order_and_those_who_are_none_are_left_out() -> None:
    headings = [*PUPIL, *MEMBER, *MEMBER, *MEMBER]
    above = [*GROUPS, "家庭成员或监护人信息三", *[None] * 5]
    uncle = ["张叔", "其他", "13900000003", "否", None, None]
    parsed = read(REGISTRY, a_book(above, headings, [*ONE, *uncle, *FATHER, *MOTHER]))
    assert a_pupil(parsed) == EXPECTED
    [row] = parsed.rows
    assert values(row, "guardian_1_name", "guardian_1_id_number", "guardian_2_name", "guardian_3_name") == [
        "张父", "360102198001010010", "张母", None,
    ]  # fmt: skip
    assert values(row, "entry_year", "document_type") == ["2025级", "居民身份证"]


@pytest.mark.feature("L-04")
def test_a_schools_own_roster_that_looks_like_an_export_keeps_its_guardians() -> None:
    own = ["监护人姓名", "监护人关系", "监护人手机号", "监护人2姓名", "监护人2关系", "监护人2手机号"]
    parsed = read(REGISTRY, a_book([*PUPIL, *own], [*ONE, *FATHER[:3], *MOTHER[:3]]))
    assert a_pupil(parsed) == EXPECTED
    names = [f"guardian_{n}_{what}" for n in (1, 2) for what in ("name", "relation", "phone")]
    assert values(parsed.rows[0], *names) == [*FATHER[:3], *MOTHER[:3]]
    twice = read(REGISTRY, a_book([*PUPIL, *own[:3], *own[:3]], [*ONE, *FATHER[:3], *MOTHER[:3]]))
    assert values(twice.rows[0], *names) == [*FATHER[:3], *MOTHER[:3]]


@pytest.mark.feature("L-04")
def test_where_nothing_tells_which_columns_are_the_pupils_the_school_is_asked() -> None:
    parsed = read(REGISTRY, a_book([*MEMBER, *PUPIL], [*FATHER, *ONE]))
    assert codes(parsed) == [(1, "class_name", "columns_missing")]
    assert parsed.rows == ()


@pytest.mark.feature("L-04")
def test_merged_group_headings_are_read() -> None:
    merged = ["A1:K1", "L1:Q1", "R1:W1"]
    parsed = read(REGISTRY, a_book(GROUPS, [*PUPIL, *MEMBER, *MEMBER], [*ONE, *FATHER, *MOTHER], merged=merged))
    assert a_pupil(parsed) == EXPECTED


@pytest.mark.feature("L-04")
@pytest.mark.parametrize(
    "row_above",
    [
        ["学生信息", *[None] * (len(PUPIL) - 2), "家庭成员一"],
        ["学生信息", *[None] * (len(PUPIL) - 2), "父亲信息", *[None] * 5, "监护人二"],
    ],
)
def test_without_the_pupils_own_document_column_nobody_elses_is_taken(row_above: list[Any]) -> None:
    at = PUPIL.index("身份证件号★")
    pupil, one = PUPIL[:at] + PUPIL[at + 1 :], ONE[:at] + ONE[at + 1 :]
    parsed = read(REGISTRY, a_book(row_above, [*pupil, *MEMBER, *MEMBER], [*one, *FATHER, *MOTHER]))
    assert all("id_number" not in row.values for row in parsed.rows)


@pytest.mark.feature("L-04")
@pytest.mark.parametrize(
    "heading_text",
    [
        "★姓名",
        "姓名★",
        "＊姓名",
        "姓名*",
        "*姓名：",
        "※姓名",
        "●姓名",
        "姓名（必填）",
        "【姓名】",
        "☆ 姓 名",
        "姓名﹡",
        "▲姓名",
        "✱姓名",
    ],
)
def test_stars_of_every_sort_are_no_part_of_a_heading(heading_text: str) -> None:
    assert heading(heading_text) in {"姓名", "【姓名】"}


@pytest.mark.feature("L-04")
def test_a_sheet_of_seventy_and_more_columns_is_read_and_a_huge_one_is_not() -> None:
    extra = [f"自定义{n}" for n in range(60)]
    wide = a_book([*PUPIL, *MEMBER, *extra], [*ONE, *FATHER, *["x"] * 60])
    assert a_pupil(read(REGISTRY, wide)) == EXPECTED
    many = [[*ONE, *FATHER, *["x"] * 60]] * 200
    with pytest.raises(WorkbookRefused) as refused:
        reading.read(a_book([*PUPIL, *MEMBER, *extra], *many), REGISTRY.template, Limits(rows=400, cells=12_000))
    assert refused.value.code == "far_cell"


# the national fitness sheet

TESTS = ["年级编号", "班级编号", "班级名称", "学籍号", "姓名", "性别", "身高", "体重", "肺活量", "50米跑",
         "立定跳远", "坐位体前屈", "800米跑", "1000米跑",
         "一分钟仰卧起坐", "引体向上"]  # fmt: skip
BOY = ["41", "1", "1班", NUMBERS[0], "甲", "1", 170, 60, 3500, 7.5, 220, 12, None, "3'45", None, 8]
GIRL = ["41", "1", "1班", NUMBERS[1], "乙", "2", 1.6, 50, 2600, 9.1, 170, 15, "4’10”", None, 33, None]


def data_of(done: Checked) -> list[dict[str, object]]:
    assert codes(done) == []
    return [{name: value for name, value in row.data.items() if name != "student_id"} for row in done.rows]


@pytest.mark.feature("L-04", "L-12", "L-13")
def test_the_national_fitness_sheet_is_read_as_it_is() -> None:
    parsed = read(FITNESS, (CASES / "national_fitness_upload.xlsx").read_bytes())
    assert codes(parsed) == []
    [row] = parsed.rows
    assert values(row, "student.name", "bmi", "endurance", "strength") == ["买买提·阿不都", "20.8", "3'45", 8]
    assert "年级编号" in notices(parsed)["ignored_columns"]
    assert "家庭住址" in notices(parsed)["ignored_columns"]


@pytest.mark.feature("L-04", "L-13")
def test_columns_by_sex_fill_one_field_and_the_bmi_is_computed() -> None:
    boy, girl = data_of(checked(FITNESS, a_book(TESTS, BOY, GIRL)))
    assert boy == {
        "bmi": "20.8", "lung_capacity": 3500, "run_50m": "PT7.5S", "sit_and_reach": "12", "long_jump": 220, "strength": 8,
        "endurance": "PT3M45S",
    }  # fmt: skip
    assert (girl["bmi"], girl["endurance"], girl["strength"]) == ("19.5", "PT4M10S", 33)


@pytest.mark.feature("L-04")
def test_the_order_of_columns_and_units_in_headings_do_not_matter() -> None:
    units = {
        "身高": "身高(cm)",
        "体重": "体重（kg）",
        "肺活量": "肺活量（ml）",
        "50米跑": "50米跑(秒)",
        "1000米跑": "1000米跑（分·秒）*",
    }
    titles = [units.get(title, title) for title in TESTS]
    parsed = read(FITNESS, a_book(["体质测试"], [], list(reversed(titles)), list(reversed(BOY)), title="高一"))
    assert codes(parsed) == []
    assert values(parsed.rows[0], "bmi", "endurance", "run_50m") == ["20.8", "3'45", "7.5"]


@pytest.mark.feature("L-04")
def test_a_result_of_the_other_sex_or_two_results_for_one_field_are_questions() -> None:
    girl = [*GIRL]
    girl[12], girl[13] = None, "4'10"
    unknown = [*BOY]
    unknown[5], unknown[12] = None, "4'00"
    parsed = read(FITNESS, a_book(TESTS, girl, unknown))
    assert codes(parsed) == [(2, "endurance", "not_for_row"), (3, "endurance", "two_values")]
    assert parsed.problems[0].message == "“1000米跑”有内容，但该行的“性别”是“2”，请核对。"
    assert "“800米跑”和“1000米跑”" in parsed.problems[1].message
    assert [problem.at for problem in parsed.problems] == [14, 14]


@pytest.mark.feature("L-04", "L-12")
def test_words_in_the_national_sheet_are_outcomes_and_rows_without_any_result_are_left_out() -> None:
    exempt = [*BOY[:6], "缺测", None, *["免测"] * 4, None, "免测", None, "无法测量"]
    empty = ["41", "1", "1班", NUMBERS[2], "丙", "1", *[None] * 10]
    parsed = read(FITNESS, a_book(TESTS, exempt, empty))
    assert notices(parsed)["untouched_rows"] == "有 1 行只有预填内容、未填写，已跳过。"
    assert values(parsed.rows[0], "lung_capacity", "endurance", "strength") == ["免测", "免测", "无法测量"]


# wide score sheets

HEADINGS = ["学籍号", "姓名", "班级", "语文", "数学", "外语", "总分", "班级名次"]


def triples(parsed: Parsed) -> list[list[object]]:
    return [values(row, "student.name", "subject", "score") for row in parsed.rows]


@pytest.mark.feature("L-04", "L-12")
def test_a_wide_score_sheet_becomes_one_row_per_subject() -> None:
    parsed = read(SCORES, (CASES / "score_sheet_wide.xlsx").read_bytes())
    assert triples(parsed)[:4] == [
        ["王小明", "语文", "缺考"], ["王小明", "数学", "100"], ["李䶮", "语文", "免考"], ["李䶮", "数学", "缓考"],
    ]  # fmt: skip
    assert {row.values["exam"] for row in parsed.rows} == {"期末"}
    assert notices(parsed)["ignored_columns"] == "以下列不需要，未读取：总分、班级名次。"
    questions = [(p.row, p.at, p.code) for p in parsed.problems if p.code == "result_unclear"]
    assert questions == [(4, 4, "result_unclear"), (4, 5, "result_unclear")]
    assert parsed.problems[0].message.startswith("“语文”的“/”是什么意思？")
    zero = parsed.rows[-1]
    assert (zero.number, zero.values["score"], zero.cells) == (5, "0", {"subject": 4, "score": 4})


@pytest.mark.feature("L-04", "L-12")
def test_the_rows_of_a_wide_sheet_are_checked_each_and_named_by_their_own_cells() -> None:
    rows = [[NUMBERS[0], "甲", "1班", 999, "很好", "缺考", None, None], [NUMBERS[1], "错", "1班", 1, 2, 3, 6, 1]]
    done = checked(SCORES, a_book(HEADINGS, *rows, title="期末"))
    assert [(p.row, p.at, p.column, p.code) for p in done.problems] == [
        (2, 5, "score", "not_result"), (2, 4, "score", "maximum"), (3, None, "student.name", "name_differs"),
    ]  # fmt: skip
    clean = checked(SCORES, a_book(HEADINGS, [NUMBERS[0], "甲", "1班", 90, None, "缺考", 90, 1], title="期末"))
    assert data_of(clean) == [
        {"exam": "final", "subject": "chinese", "score": "90"},
        {"exam": "final", "subject": "english", "score": {"outcome": "absent"}},
    ]


@pytest.mark.feature("L-04", "X-12")
def test_the_coloured_answer_of_a_wide_sheet_marks_the_cell_of_the_subject() -> None:
    data = a_book(["2026年期末考试"], HEADINGS, [NUMBERS[0], "甲", "1班", 90, "/", 5, 95, 1])
    done = checked(SCORES, data)
    sheet = load_workbook(BytesIO(answer.write(data, SCORES.template, done, Limits())))["Sheet1"]
    assert [c.coordinate for row in sheet.iter_rows() for c in row if c.comment is not None] == ["E3"]


@pytest.mark.feature("L-04")
@pytest.mark.parametrize(
    ("above", "title", "file_name", "given", "exam"),
    [
        (["某中2026年春季期中考试成绩表"], "Sheet1", "", {}, "期中考试"),
        (["高一年级"], "学考", "期末.xlsx", {}, "学考"),
        ([], "Sheet1", "高一1班期末成绩.xlsx", {}, "期末"),
        ([], "期中", "", {"exam": "期末考试"}, "期末考试"),
    ],
)
def test_the_exam_is_named_by_the_title_a_row_above_the_files_name_or_the_form(
    above: list[str], title: str, file_name: str, given: dict[str, str], exam: str
) -> None:
    data = a_book(*([above, []] if above else []), HEADINGS, [NUMBERS[0], "甲", "1班", 90, 80, 70, 240, 1], title=title)
    parsed = read(SCORES, data, file_name, **given)
    assert codes(parsed) == []
    assert {row.values["exam"] for row in parsed.rows} == {exam}


@pytest.mark.feature("L-04")
@pytest.mark.parametrize("title", ["Sheet1", "期中期末成绩对比"])
def test_an_exam_that_is_named_nowhere_or_twice_is_asked_for_once(title: str) -> None:
    parsed = read(SCORES, a_book(HEADINGS, [NUMBERS[0], "甲", "1班", 90, 80, 70, 240, 1], title=title))
    assert codes(parsed) == [(1, "exam", "value_needed")]
    assert "期中考试、期末考试" in parsed.problems[0].message


@pytest.mark.feature("L-04")
def test_full_marks_stand_in_headings_or_in_a_row_and_sums_are_left_out() -> None:
    headings = ["学籍号", "姓名", "语文(150)", "数学（满分120分）", "英语成绩", "物理", "日语", "年级排名"]
    rows = [
        ["满分", None, None, None, 150, 100, 150, None],
        [NUMBERS[0], "甲", 90, 80, 70, 60, 50, 3],
        ["平均分", None, 88.5, 77, 66, 55, 44, None],
        [None, "及格率", 0.9, 0.8, 0.7, 0.6, 0.5, None],
    ]
    parsed = read(SCORES, a_book(headings, *rows, title="期末"))
    assert codes(parsed) == []
    assert [values(row, "subject", "score", "full_mark") for row in parsed.rows] == [
        ["语文", "90", "150"], ["数学", "80", "120"], ["英语", "70", "150"], ["物理", "60", "100"],
    ]  # fmt: skip
    assert notices(parsed)["summary_rows"].startswith("有 2 行是汇总")
    assert notices(parsed)["unknown_values"] == "以下列不是方案中的科目，也不是已知的列，未读取：日语。"


@pytest.mark.feature("L-04")
def test_a_subject_that_occurs_twice_is_a_question() -> None:
    parsed = read(SCORES, a_book([*HEADINGS, "英语"], [NUMBERS[0], "甲", "1班", 1, 2, 3, 6, 1, 4], title="期末"))
    assert codes(parsed) == []  # 外语 and 英语 are two headings; the rows are found to be the same subject
    twice = read(SCORES, a_book([*HEADINGS, "语文"], [NUMBERS[0], "甲", "1班", 1, 2, 3, 6, 1, 4], title="期末"))
    assert codes(twice) == [(1, "score", "column_twice")]


# unknown sheets


@pytest.mark.feature("L-04")
def test_an_unknown_sheet_gets_one_answer_with_what_is_missing_and_what_resembles_it() -> None:
    parsed = read(SCORES, a_book(["学生学籍号", "名字", "考试科目", "考试名", "分数"], [NUMBERS[0], "甲", "语文", "期末", 1]))
    assert len(parsed.problems) == 1
    text = parsed.problems[0].message
    assert "“学生学籍号”→“学籍号”" in text
    assert "“考试科目”→“科目”" in text
    assert parsed.rows == ()


@pytest.mark.feature("L-04")
def test_a_wide_sheet_without_registry_numbers_is_told_only_that() -> None:
    parsed = read(SCORES, a_book(["学生学号", "姓名", "语文", "数学", "英语"], ["1", "甲", 1, 2, 3], title="期末"))
    assert codes(parsed) == [(1, "student.registry_number", "columns_missing")]
    assert "“学生学号”→“学籍号”" in parsed.problems[0].message


@pytest.mark.feature("L-04")
def test_sheets_that_are_not_read_are_named() -> None:
    book = load_workbook(BytesIO(a_book(HEADINGS, [NUMBERS[0], "甲", "1班", 1, 2, 3, 6, 1], title="期末1班")))
    for title, rows in (("期末2班", 3), ("空表", 0)):
        sheet = book.create_sheet(title)
        for _ in range(rows):
            sheet.append(HEADINGS)
    out = BytesIO()
    book.save(out)
    assert notices(read(SCORES, out.getvalue()))["other_sheets"] == "以下工作表未读取，请分别导入：期末2班。"


@pytest.mark.feature("L-12")
def test_the_dry_run_counts_results_in_words() -> None:
    rows = [[NUMBERS[0], "甲", "1班", "缺考", "缺", "免修", None, None]]
    done = checked(SCORES, a_book(HEADINGS, *rows, title="期末"))
    [notice] = [notice for notice in done.warnings if notice.code == "results_in_words"]
    assert notice.message == "以文字表示的结果：缺考 2 处、免考 1 处；按原意保存，不计为 0 分。"


@pytest.mark.feature("L-04")
def test_a_roster_in_a_sheet_of_another_name_is_read_or_asked_about_once() -> None:
    parsed = read(REGISTRY, a_book(["学籍号码", "姓名", "性别", "入学年份"], ["G1", "张三", "男", "2025"], title="高一"))
    assert [problem.code for problem in parsed.problems] == ["columns_missing"]
    assert "“学籍号码”→“全国学籍号”" in parsed.problems[0].message


@pytest.mark.feature("L-04")
def test_a_template_of_the_platform_is_never_taken_for_another_layout() -> None:
    data = (CASES / "wps_picture_in_cell.xlsx").read_bytes()
    assert "known_layout" not in notices(read(SCORES, data))


@pytest.mark.feature("L-04")
def test_layouts_of_other_schemes_and_imports_are_not_used() -> None:
    beijing = SCHEMES.latest("beijing")
    for import_type in beijing.imports:
        assert (
            with_layouts(definition_of(beijing, import_type.id, import_type.roles[0]), SCHEMES.layouts).template.layouts == ()
        )
    misconduct = definition_of(JIANGXI, "misconduct", "class_teacher")
    assert with_layouts(misconduct, SCHEMES.layouts).template.layouts == ()
    assert [layout.id for layout in SCORES.template.layouts] == ["wide_score_sheet"]
