"""A timetable that an authority sends as a workbook: its texts, cell by cell, as a planner then has them read (SH-01)."""

from collections.abc import Sequence
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from importer.adapters.workbook import Limits, texts
from importer_builders import a_school
from openpyxl import Workbook
from scheme import Schemes, check
from scheme.timetable_table import read_table
from servicekit.testing import an_actor

pytestmark = pytest.mark.feature("SH-01")
BAOSHAN = Schemes(Path(__file__).parents[3] / "schemes").latest("baoshan")
ZONE = ZoneInfo("Asia/Shanghai")
CONFIRMING = datetime.fromisoformat("2022-03-22 08:00")
MENDED = datetime.fromisoformat("2022-03-29 16:00")
"""Cells with a date and time of Excel, which knows no time zones."""
PREPARING, FILLING = (
    ("2022年2月28日（星期一）8点", "2022年3月14日（星期一）8点"),
    ("2022年2月28日（星期一）8点", "2022年3月21日（星期一）16点"),
)
HEADINGS = ("阶段", "开始时间", "结束时间", "操作对象", "操作要求")


def a_sheet(book: Workbook, title: str, heading: str, grades: str, handled: str, filed: bool) -> None:
    """A table of the source as its file has it: phase, times and actors are merged over the rows that they are for."""
    sheet = book.create_sheet(title)
    rows: list[Sequence[object]] = [
        (heading,), HEADINGS,
        ("填报准备", *PREPARING, "校级管理员", "审核设置"), ("", "", "", "校级管理员\n\n校级录入员", "预确认"),
        ("填报阶段", *FILLING, "校级录入员", "品德发展与公民素养"), ("", "", "", "", "修习课程与学业成绩"),
        ("", "", "", "区级录入员", "学业水平考试结果"),
        ("", "", "", f"2021学年第一学期{grades}在籍学生", "不受填报期和确认期限制"), ("", "", "", f"{grades}班主任", "审阅"),
        ("确认阶段", CONFIRMING, "2022年3月28日（星期一）16点", f"{grades}在籍学生", "确认"),
        ("", "", MENDED, "校级录入员", "修改"), ("", "", "", "区级录入员", "修改"),
        ("公示阶段", "2022年3月30日（星期三）8点", "2022年4月7日（星期四）16点", f"{grades}在籍学生", "查看"),
        ("问题处理阶段", "2022年3月30日（星期三）8点（注：公示阶段出现申诉数据后，即可开始问题处理）", handled,
         "校级录入员、审核员，在籍学生，区级录入员、审核员，市级各相关处室审核员、录入员", "处理"),
    ]  # fmt: skip
    if filed:
        rows.append(
            ("归档签字\n\n阶段", "2022年4月13日（星期三）8点", "2022年5月10日（星期二）16点", "学生及其家长，\n校长", "签字")
        )
    for number, row in enumerate(rows, start=2):  # an empty row and an empty column stand before the table
        for column, value in enumerate(row, start=2):
            if value != "":
                sheet.cell(number, column, value)
    sheet.merge_cells("B2:F2")
    for merged in ("B4:B5", "C4:C5", "D4:D5", "B6:B10", "C6:C10", "D6:D10", "E6:E7", "B11:B13", "C11:C13", "D12:D13"):
        sheet.merge_cells(merged)


def the_workbook() -> bytes:
    """Both tables of the source in one file, with a hidden sheet and an empty one."""
    book = Workbook()
    assert book.active is not None
    book.active.title = "空表"
    a_sheet(book, "附件1", "2021学年九年级学生综合素质评价信息记录工作安排", "九年级", "2022年4月12日（星期二）16点", True)
    below = "六年级、七年级、八年级"
    a_sheet(
        book, "附件2", f"2021学年第一学期{below}学生综合素质评价信息填报确认、公示、问题处理等工作安排", below,
        "2022年5月27日（星期五）16点", False,
    )  # fmt: skip
    a_sheet(book, "旧稿", "2020学年九年级工作安排", "九年级", "2021年4月12日16点", False)
    book["旧稿"].sheet_state = "hidden"
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def spans(rows: Any) -> dict[str, tuple[str, str]]:
    def local(at: datetime) -> str:
        return f"{at.astimezone(ZONE):%m-%d %H}"

    return {w.operation: (local(w.starts), local(w.ends)) for w in read_table(BAOSHAN, rows, ZONE).windows}


def test_both_tables_of_the_sources_workbook_set_the_windows_of_their_grades_to_the_hour() -> None:
    sheets = texts.read(the_workbook(), Limits())
    assert [one["title"] for one in sheets] == ["附件1", "附件2"]
    ninth, below = (one["rows"] for one in sheets)
    same = {
        "set_switches": ("02-28 08", "03-14 08"), "opt_out": ("02-28 08", "03-14 08"),
        "school_fill": ("02-28 08", "03-21 16"), "district_fill": ("02-28 08", "03-21 16"),
        "confirm": ("03-22 08", "03-28 16"), "mend_refused": ("03-22 08", "03-29 16"),
        "publicity": ("03-30 08", "04-07 16"),
    }  # fmt: skip
    filed = {"judge": ("04-13 08", "05-10 16"), "sign": ("04-13 08", "05-10 16")}
    assert spans(ninth) == same | {"handle_case": ("03-30 08", "04-12 16")} | filed
    assert spans(below) == same | {"handle_case": ("03-30 08", "05-27 16")}
    found = [read_table(BAOSHAN, rows, ZONE) for rows in (ninth, below)]
    assert [(one.grades, one.questions) for one in found] == [((9,), []), ((6, 7, 8), [])]
    findings = check(BAOSHAN, [window for one in found for window in one.windows])
    assert [one.code for one in findings if one.severity == "error"] == []


def test_a_cell_that_is_merged_downwards_stands_in_each_of_its_rows_and_nowhere_else() -> None:
    [sheet, _] = texts.read(the_workbook(), Limits())
    rows = [row[1:5] for row in sheet["rows"]]
    assert rows[5] == ["填报阶段", *FILLING, "校级录入员"]
    assert rows[6] == rows[5], "its actor is merged, too"
    assert rows[11] == ["确认阶段", "2022-03-22 08:00", "2022-03-29 16:00", "校级录入员"]
    assert rows[10][2] == "2022年3月28日（星期一）16点"


async def test_who_plans_a_term_has_a_workbook_read_and_what_is_no_workbook_is_refused_with_its_reason(parts: Any) -> None:
    async with a_school(parts) as school:
        planner = school.administrator
        file_id = await school.upload(planner, the_workbook(), "工作安排.xlsx")
        read = await planner.post("/tables", {"file_id": file_id})
        assert read.status == 200, read.body
        assert [one["title"] for one in read.json["sheets"]] == ["附件1", "附件2"]
        assert spans(read.json["sheets"][0]["rows"])["confirm"] == ("03-22 08", "03-28 16")
        other = school.kit.as_(an_actor("administrator", "jx.nc.dh.s1", name="另一位"))
        assert (await other.post("/tables", {"file_id": file_id})).code == "not_found"
        assert (await school.teacher.post("/tables", {"file_id": file_id})).code == "forbidden"
        wrong = await school.upload(planner, b"PK\x03\x04 no workbook", "安排.xlsx")
        refused = await planner.post("/tables", {"file_id": wrong})
        assert (refused.status, refused.code) == (422, "file_refused"), refused.body
        assert refused.json["detail"]
