"""A timetable read from the authority's table: the two tables of the source, as copied from a workbook (SH-01)."""

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from scheme import Schemes, check
from scheme.timetable_table import read_table

BAOSHAN = Schemes(Path(__file__).parents[3] / "schemes").latest("baoshan")
ZONE = ZoneInfo("Asia/Shanghai")
pytestmark = pytest.mark.feature("SH-01")


def a_table(title: str, grades: str, handling_ends: str, *more: list[str]) -> list[list[str]]:
    """A table of the source's shape; cells that are merged downwards are empty below."""
    return [
        [title],
        ["阶段", "开始时间", "结束时间", "操作对象", "操作要求"],
        ["填报准备", "2022年2月28日（星期一）8点", "2022年3月14日（星期一）8点", "校级管理员", "审核设置"],
        ["", "", "", "校级管理员\n\n校级录入员", "预确认"],
        ["填报阶段", "2022年2月28日（星期一）8点", "2022年3月21日（星期一）16点", "校级录入员", "填报"],
        ["", "", "", "区级录入员", "填报"],
        ["", "", "", f"2021学年第一学期{grades}在籍学生", "不受填报期限制"],
        ["", "", "", f"2021学年第一学期{grades}班主任", "审阅"],
        ["确认阶段", "2022年3月22日（星期二）8点", "2022年3月28日（星期一）16点", f"{grades}在籍学生", "确认"],
        ["", "", "2022年3月29日（星期二）16点", "校级录入员", "修改"],
        ["", "", "", "区级录入员", "修改"],
        ["公示阶段", "2022年3月30日（星期三）8点", "2022年4月7日（星期四）16点", f"{grades}在籍学生", "查看"],
        ["问题处理阶段", "2022年3月30日（星期三）8点（注：公示阶段出现申诉数据后，即可开始问题处理）", handling_ends,
         "校级录入员、审核员，在籍学生，区级录入员、审核员，市级各相关处室审核员、录入员", "处理"],
        *more,
    ]  # fmt: skip


NINTH = a_table(
    "2021学年九年级学生综合素质评价信息记录工作安排", "九年级", "2022年4月12日（星期二）16点",
    ["归档签字\n\n阶段", "2022年4月13日（星期三）8点", "2022年5月10日（星期二）16点", "九年级在籍学生及其家长，\n校长", "签字"],
)  # fmt: skip
SIXTH = a_table(
    "2021学年第一学期六年级、七年级、八年级学生综合素质评价信息填报确认、公示、问题处理等工作安排",
    "六年级、七年级、八年级", "2022年5月27日（星期五）16点",
)  # fmt: skip


def spans(rows: list[list[str]]) -> dict[str, tuple[str, str]]:
    def local(at: datetime) -> str:
        return f"{at.astimezone(ZONE):%m-%d %H}"

    return {w.operation: (local(w.starts), local(w.ends)) for w in read_table(BAOSHAN, rows, ZONE).windows}


def test_both_tables_of_the_source_set_the_windows_of_their_grades() -> None:
    same = {
        "set_switches": ("02-28 08", "03-14 08"), "opt_out": ("02-28 08", "03-14 08"),
        "school_fill": ("02-28 08", "03-21 16"), "district_fill": ("02-28 08", "03-21 16"),
        "confirm": ("03-22 08", "03-28 16"), "mend_refused": ("03-22 08", "03-29 16"),
        "publicity": ("03-30 08", "04-07 16"),
    }  # fmt: skip
    filed = {"judge": ("04-13 08", "05-10 16"), "sign": ("04-13 08", "05-10 16")}
    assert spans(NINTH) == same | {"handle_case": ("03-30 08", "04-12 16")} | filed
    assert spans(SIXTH) == same | {"handle_case": ("03-30 08", "05-27 16")}
    ninth, sixth = read_table(BAOSHAN, NINTH, ZONE), read_table(BAOSHAN, SIXTH, ZONE)
    assert (ninth.grades, sixth.grades) == ((9,), (6, 7, 8))
    assert (ninth.questions, sixth.questions) == ([], [])
    assert {note.message for note in ninth.notes} == {"“学生填报”不单独安排时间", "“班主任审阅”不单独安排时间"}
    found = check(BAOSHAN, [*ninth.windows, *sixth.windows])
    assert [one.code for one in found if one.severity == "error"] == []


@pytest.mark.parametrize(
    ("row", "column", "text", "asked"),
    [
        (2, 1, "2022年2月28日（星期二）8点", "开始时间“2022年2月28日(星期二)8点”的星期不对，这一天是星期一"),
        (2, 2, "三月中旬", "结束时间“三月中旬”看不懂，请写成 2022年2月28日8点"),
        (2, 2, "2022年2月30日8点", "结束时间“2022年2月30日8点”不是一个时间"),
        (11, 0, "巡查阶段", "不认识的阶段“巡查阶段”，请手工安排"),
        (11, 3, "市级录入员", "“公示阶段”中没有“市级录入员”的操作，请手工安排"),
    ],
)
def test_what_is_not_understood_is_asked(row: int, column: int, text: str, asked: str) -> None:
    rows = [list(one) for one in NINTH]
    rows[row][column] = text
    found = read_table(BAOSHAN, rows, ZONE)
    assert (row + 1, asked) in {(one.row, one.message) for one in found.questions}


def test_a_list_of_grades_is_read_however_it_is_written() -> None:
    for title in ("六、七、八年级", "6、7和8年级", "六年级、七年级及八年级"):
        assert read_table(BAOSHAN, [[title], *SIXTH[1:2]], ZONE).grades == (6, 7, 8), title


def test_a_table_without_headings_or_grades_says_so() -> None:
    assert [one.row for one in read_table(BAOSHAN, NINTH[2:], ZONE).questions] == [0]
    plain = [[cell.replace("九年级", "") for cell in row] for row in NINTH]
    found = read_table(BAOSHAN, plain, ZONE)
    assert [one.message for one in found.questions] == ["表中没有写明年级，时间将用于所有年级"]
    assert {window.grades for window in found.windows} == {()}
