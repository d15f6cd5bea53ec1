"""Templates, readings and answers: what teachers type in Excel, WPS and LibreOffice arrives, or is explained."""

import datetime as dt
from collections.abc import Mapping, Sequence
from io import BytesIO
from typing import Any

import pytest
from importer.adapters.workbook import Limits, WorkbookRefused, answer, blank, reading
from importer.adapters.workbook.sandbox import WorkbookSandbox
from importer.domain.templates import CellProblem, Checked, Column, Fault, Parsed, Sheet, Template, Value, Verdict, check_rows
from openpyxl import Workbook, load_workbook

SCORES = Sheet(
    "scores",
    "考试成绩",
    (
        Column("registry_number", "全国学籍号", True, "code", locked=True, other_titles=("学籍号",)),
        Column("name", "姓名", True, "name", locked=True),
        Column("subject", "科目", True, "choice", ("语文", "数学", "英语"), other_choices=("外语",)),
        Column("score", "成绩", True, "number"),
        Column("day", "考试日期", type="date"),
        Column("remark", "备注", max_length=10, help="可不填", example="缺考"),
    ),
    unique=(("registry_number", "subject"),),
)
TEMPLATE = Template("exam_scores", "考试成绩", 3, (SCORES,), ("每名学生每科一行。",), (("学校", "示例中学"),), "jx-1")
HEADER = ["全国学籍号", "姓名", "科目", "成绩", "考试日期", "备注"]
GOOD = ["G001", "张三", "语文", 98.5, dt.date(2025, 9, 1), None]


def a_workbook(*rows: Sequence[Any], title: str = "考试成绩") -> bytes:
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = title
    for row in rows:
        sheet.append(list(row))
    return saved(book)


def saved(book: Workbook) -> bytes:
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def read(*rows: Sequence[Any], template: Template = TEMPLATE) -> Parsed:
    return reading.read(a_workbook(*rows), template, Limits())


def good_but(column: int, value: object) -> list[object]:
    row: list[object] = list(GOOD)
    row[column] = value
    return row


def codes(parsed: Parsed) -> list[tuple[int, str | None, str]]:
    return [(p.row, p.column, p.code) for p in parsed.problems]


def accept(values: Mapping[str, Value]) -> Verdict:
    if float(str(values.get("score", 0))) > 150:
        return [Fault("score", "maximum", "成绩不能大于150"), Fault("day", "future", "日期不能晚于今天")]
    return values


@pytest.mark.feature("JX-05")
async def test_a_template_filled_in_and_sent_back_arrives_whole() -> None:
    sandbox = WorkbookSandbox()
    prefilled: list[dict[str, Value]] = [{"registry_number": f"G{n:03}", "name": f"学生{n}"} for n in range(1, 4)]
    book = load_workbook(BytesIO(await sandbox.template(TEMPLATE, {"scores": prefilled})))
    assert book.sheetnames[:2] == ["填写说明", "考试成绩"]
    assert [book[hidden].sheet_state for hidden in book.sheetnames[2:]] == ["veryHidden", "veryHidden"]
    sheet = book["考试成绩"]
    assert (sheet["A1"].value, sheet["F1"].value) == ("*全国学籍号", "备注")
    assert sheet.freeze_panes == "C2"
    assert sheet["A2"].number_format == "@"
    assert {str(rule.sqref).split("2:")[0]: rule.type for rule in sheet.data_validations.dataValidation} == {
        "C": "list",
        "F": "textLength",
    }
    sheet["C2"], sheet["D2"], sheet["E2"] = "数学", 100, "2025年9月1日"
    parsed = await sandbox.read(saved(book), TEMPLATE)
    assert [row.values for row in parsed.rows] == [
        {"registry_number": "G001", "name": "学生1", "subject": "数学", "score": "100", "day": "2025-09-01"}
    ]
    assert parsed.problems == ()
    assert [notice.code for notice in parsed.warnings] == ["untouched_rows"]


@pytest.mark.feature("JX-05")
def test_another_templates_workbook_is_refused_by_both_names() -> None:
    other = Template("fitness", "体质测评", 1, (SCORES,))
    with pytest.raises(WorkbookRefused, match=r"体质测评.*考试成绩"):
        reading.read(blank.write(other, {}), TEMPLATE, Limits())


@pytest.mark.feature("JX-05")
def test_an_older_version_of_the_template_is_read_with_a_warning() -> None:
    older = Template(TEMPLATE.id, TEMPLATE.title, 2, TEMPLATE.sheets, scheme="jx-1")
    parsed = reading.read(blank.write(older, {}), TEMPLATE, Limits())
    assert [notice.code for notice in parsed.warnings] == ["older_template"]


@pytest.mark.feature("JX-05")
def test_a_header_in_another_order_under_a_title_with_strange_columns_is_found() -> None:
    parsed = read(
        ["2025年第一学期期末成绩"],
        [],
        ["序号", "成绩（必填）", "＊姓 名", "学籍号", "科目", "班主任意见"],
        [1, "９８．５", "张　三", "g００１", " 外语 ", "好"],
        [None, None],
    )
    assert [(row.number, row.values) for row in parsed.rows] == [
        (4, {"registry_number": "G001", "name": "张三", "subject": "外语", "score": "98.5"})
    ]
    assert {notice.code: notice.message for notice in parsed.warnings}["unknown_columns"].endswith("序号、班主任意见。")


@pytest.mark.feature("JX-05")
def test_a_missing_required_column_is_named_and_no_row_is_read() -> None:
    parsed = read(["全国学籍号", "姓名", "科目"], ["G001", "张三", "语文"])
    assert codes(parsed) == [(1, "score", "columns_missing")]
    assert "成绩" in parsed.problems[0].message
    assert parsed.rows == ()


@pytest.mark.feature("JX-05")
def test_a_sheet_without_a_header_says_what_the_header_is() -> None:
    assert codes(read(["a", "b"], [1, 2])) == [(0, None, "header_missing")]


@pytest.mark.feature("JX-05")
@pytest.mark.parametrize(
    ("column", "value", "code"),
    [
        (0, 360121201009170017, "scientific"),
        (0, "3.60121E+17", "scientific"),
        (0, dt.date(2025, 3, 2), "became_date"),
        (1, None, "required"),
        (1, "\u3000", "required"),
        (2, "体育", "not_in_list"),
        (3, "九十", "not_number"),
        (3, True, "not_number"),
        (4, "25-9-1", "not_date"),
        (4, "2025-02-30", "no_such_day"),
        (5, "一二三四五六七八九十一", "too_long"),
    ],
)
def test_a_wrong_cell_is_named_with_its_reason_and_the_rest_is_read(column: int, value: object, code: str) -> None:
    parsed = read(HEADER, ["G002", "李四", "英语", 90], good_but(column, value))
    assert codes(parsed) == [(3, SCORES.columns[column].id, code)]
    assert len(parsed.rows) == 2


@pytest.mark.feature("JX-05")
@pytest.mark.parametrize(
    "value",
    [
        "2025-09-01", "2025/9/1", "2025.9.1", "2025年9月1日", "２０２５年０９月０１日", "20250901", 20250901, 45901,
        "2025-09-01 00:00:00", dt.date(2025, 9, 1), dt.datetime.fromisoformat("2025-09-01T08:30"), " 2025 年 9 月 1 日 ",
    ],
)  # fmt: skip
def test_a_date_is_understood_in_every_usual_form(value: object) -> None:
    parsed = read(HEADER, good_but(4, value))
    assert parsed.problems == ()
    assert parsed.rows[0].values["day"] == "2025-09-01"


@pytest.mark.feature("JX-05")
def test_numbers_that_excel_made_of_codes_lose_their_point() -> None:
    assert read(HEADER, good_but(0, 20250101.0)).rows[0].values["registry_number"] == "20250101"
    assert read(HEADER, good_but(0, "20250101.0")).rows[0].values["registry_number"] == "20250101"
    assert read(HEADER, good_but(3, 0.1 + 0.2)).rows[0].values["score"] == "0.3"


@pytest.mark.feature("JX-05")
def test_a_cell_merged_over_rows_counts_for_each_of_them() -> None:
    book = Workbook()
    sheet = book.worksheets[0]
    for row in (HEADER, GOOD, ["G002", "李四", None, 90], ["G003", "王五", None, 80]):
        sheet.append(row)
    sheet.merge_cells("C2:C4")
    parsed = reading.read(saved(book), TEMPLATE, Limits())
    assert [row.values["subject"] for row in parsed.rows] == ["语文"] * 3
    assert "merged_cells" in {notice.code for notice in parsed.warnings}


@pytest.mark.feature("X-12")
def test_the_same_key_twice_names_both_rows() -> None:
    parsed = read(HEADER, GOOD, good_but(2, "数学"), GOOD)
    assert codes(parsed) == [(2, "registry_number", "duplicate"), (4, "registry_number", "duplicate")]
    assert "第 4 行" in parsed.problems[0].message


@pytest.mark.feature("X-12")
def test_more_rows_than_the_limit_are_refused() -> None:
    data = a_workbook(HEADER, *[[f"G{n}", "张三", "语文", 1] for n in range(6)])
    with pytest.raises(WorkbookRefused) as refused:
        reading.read(data, TEMPLATE, Limits(rows=5))
    assert refused.value.code == "too_many_rows"


@pytest.mark.feature("X-12")
def test_the_validator_speaks_once_about_each_cell_and_accepts_only_rows_without_problems() -> None:
    checked = check_rows(read(HEADER, GOOD, ["G002", "李四", "语文", 200, "明天"]), {"scores": accept})
    assert [(row.number, row.data["score"]) for row in checked.rows] == [(2, "98.5")]
    assert [(p.row, p.column, p.code) for p in checked.problems] == [(3, "day", "not_date"), (3, "score", "maximum")]


@pytest.mark.feature("X-12")
async def test_the_answer_is_the_same_workbook_coloured_and_explained_and_can_be_sent_again() -> None:
    sandbox = WorkbookSandbox()
    data = a_workbook([*HEADER, "我的列"], GOOD, ["G002", "=1+1", "语文", 200, None, None, "@留着"])
    book = load_workbook(BytesIO(data))
    book.worksheets[0]["B3"].data_type = "s"
    data = saved(book)
    checked = check_rows(await sandbox.read(data, TEMPLATE), {"scores": accept})
    marked = load_workbook(BytesIO(await sandbox.answer(data, TEMPLATE, checked)))
    assert marked.sheetnames == ["导入结果", "考试成绩"]
    sheet = marked["考试成绩"]
    assert (sheet["D3"].fill.fgColor.rgb, sheet["D2"].fill.fgColor.rgb) == ("FFFFC7CE", "00000000")
    assert sheet["D3"].comment is not None
    assert (sheet["H1"].value, sheet["H2"].value) == ("问题说明", None)
    assert sheet["H3"].value == "成绩不能大于150\n日期不能晚于今天"
    assert sheet.row_dimensions[3].height == 2 * 16  # both reasons can be read without dragging the row open
    assert (sheet["B3"].data_type, sheet["B3"].quotePrefix, sheet["G3"].value) == ("s", True, "@留着")
    assert "未导入任何数据" in str(marked["导入结果"]["A2"].value)

    sheet["D3"] = 100
    again = check_rows(await sandbox.read(saved(marked), TEMPLATE), {"scores": accept})
    assert again.ok
    assert "问题说明" not in "".join(notice.message for notice in again.warnings)
    clean = load_workbook(BytesIO(await sandbox.answer(saved(marked), TEMPLATE, again)))["考试成绩"]
    assert clean.row_dimensions[3].height is None
    assert (clean["D3"].fill.fgColor.rgb, clean["D3"].comment, clean["H3"].value) == ("00000000", None, None)


@pytest.mark.feature("X-12")
async def test_an_upload_too_large_to_rewrite_is_answered_with_the_list_of_problems() -> None:
    sandbox = WorkbookSandbox(Limits(answered=1))
    data = a_workbook(HEADER, good_but(3, "九十"))
    checked = check_rows(await sandbox.read(data, TEMPLATE), {"scores": accept})
    listed = load_workbook(BytesIO(await sandbox.answer(data, TEMPLATE, checked)))
    assert listed.sheetnames == ["导入结果"]
    assert "D2" in [row[1].value for row in listed.worksheets[0].iter_rows()]


@pytest.mark.feature("X-12")
def test_formulas_and_reasons_never_compute_in_an_answer() -> None:
    data = a_workbook(HEADER, good_but(5, "=cmd|' /c calc'!A0"))
    problem = CellProblem(2, "remark", "x", "=HYPERLINK(1)", "scores")
    layouts = reading.read(data, TEMPLATE, Limits()).layouts
    out = answer.write(data, TEMPLATE, Checked((), (problem,), (), layouts, 1), Limits())
    book = load_workbook(BytesIO(out))
    assert "f" not in {cell.data_type for sheet in book for row in sheet.iter_rows() for cell in row}
    assert book["考试成绩"]["F2"].value is None  # never computed, so there is no last value
