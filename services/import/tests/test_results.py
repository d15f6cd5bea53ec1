"""Cells with results in words and with durations, as Excel and people write them (L-12, L-13)."""

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from importer.adapters.workbook import Limits, reading
from importer.adapters.workbook.cells import BadCell, Cell
from importer.adapters.workbook.cells import read as read_cell
from importer.domain.definition_from_scheme import definition_of
from importer.domain.definitions import ReferenceData, Student
from importer.domain.templates import Checked, Column, Parsed
from scheme import load
from servicekit.ids import new_id

from .test_workbook import a_workbook

JIANGXI = load(Path(__file__).parents[3] / "schemes" / "jiangxi" / "2026.1.yaml")
FITNESS = definition_of(JIANGXI, "fitness_test", "class_teacher")
SCORES = definition_of(JIANGXI, "exam_scores", "class_teacher")
NUMBER = "G360102201001011234"
STUDENT = Student(new_id(), "张三", NUMBER, "jx.s1.g2025.c01", "1班")
TESTS = ["学籍号", "姓名", "体重指数（BMI）", "肺活量", "50米跑", "坐位体前屈",
         "立定跳远", "引体向上（男）/一分钟仰卧起坐（女）",
         "1000米跑（男）/800米跑（女）", "等级"]  # fmt: skip


def checked(definition: Any, *rows: list[Any]) -> Checked:
    parsed: Parsed = reading.read(a_workbook(*rows), definition.template, Limits())
    return definition.check(parsed, ReferenceData({NUMBER: STUDENT}))  # type: ignore[no-any-return]


def a_test(endurance: object, run: object = 7.5, grade: str | None = None) -> dict[str, object] | list[tuple[str | None, str]]:
    """The values that a row with these results becomes, or its problems."""
    done = checked(FITNESS, TESTS, [NUMBER, "张三", 20.8, 3500, run, 12, 220, 8, endurance, grade])
    if done.problems:
        return [(problem.column, problem.message) for problem in done.problems]
    return dict(done.rows[0].data)


@pytest.mark.feature("L-13")
@pytest.mark.parametrize(
    "cell",
    ["3'45\"", "3’45”", "3′45″", "3分45秒", "3:45", "0:03:45", "3.45", 3.45, dt.time(0, 3, 45), dt.time(3, 45),
     dt.timedelta(seconds=225), dt.timedelta(hours=3, minutes=45), 225 / 86400],
)  # fmt: skip
def test_a_run_of_three_minutes_and_45_seconds_has_one_meaning_however_it_stands_in_the_cell(cell: object) -> None:
    found = a_test(cell)
    assert isinstance(found, dict), found
    assert found["endurance"] == "PT3M45S"


@pytest.mark.feature("L-13")
def test_what_may_mean_two_durations_is_one_question_on_the_cell() -> None:
    title = "1000米跑（男）/800米跑（女）"
    assert a_test(3.4) == [("endurance", f"{title}：“3.4”是3分40秒还是3分4秒？请写成 3分40秒 的样子")]
    assert a_test(dt.date(2026, 3, 45 - 14)) == [
        ("endurance", f"“{title}”被 Excel 变成了日期，请先把单元格格式设为“文本”再重新填写。")
    ]


@pytest.mark.feature("L-13")
@pytest.mark.parametrize(("cell", "stored"), [(7.8, "PT7.8S"), ('7"8', "PT7.8S"), ("7秒8", "PT7.8S"), ("7.8s", "PT7.8S")])
def test_seconds_and_tenths_are_read_in_a_column_of_seconds(cell: object, stored: str) -> None:
    found = a_test("3:45", run=cell)
    assert isinstance(found, dict), found
    assert found["run_50m"] == stored


@pytest.mark.feature("L-13")
@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (dt.time(0, 3, 45, 200000), "0:03:45.2"),
        (dt.timedelta(hours=30), "30:00:00"),
    ],
)
def test_times_of_every_sort_of_cell_become_one_notation(cell: Cell, text: str) -> None:
    assert read_cell(Column("run", "跑", type="duration"), cell) == text


@pytest.mark.feature("L-12")
def test_results_in_words_are_stored_as_such_in_imports() -> None:
    header = ["学籍号", "姓名", "考试", "科目", "成绩"]
    rows = [
        [NUMBER, "张三", "期末", subject, score]
        for subject, score in (("语文", "缺考"), ("数学", "免修"), ("英语", " 缓 考 "), ("物理", 0))
    ]
    done = checked(SCORES, header, *rows)
    assert done.problems == ()
    outcomes = [{"outcome": name} for name in ("absent", "exempt", "deferred")]
    assert [row.data["score"] for row in done.rows] == [*outcomes, "0"]


@pytest.mark.feature("L-12")
@pytest.mark.parametrize("sign", ["/", "-", "—", "\\", "*", "——", "／"])
def test_a_sign_in_a_score_cell_is_a_question_and_an_empty_cell_stays_empty(sign: str) -> None:
    header = ["学籍号", "姓名", "考试", "科目", "成绩"]
    done = checked(SCORES, header, [NUMBER, "张三", "期末", "语文", sign], [NUMBER, "张三", "期末", "数学", None])
    assert [(p.row, p.column, p.code) for p in done.problems] == [(2, "score", "result_unclear"), (3, "score", "required")]
    says = f"“成绩”的“{sign}”是什么意思？请填写数字，或写明 缺考、缓考、免考、作弊；没有结果的请留空。"
    assert (done.problems[0].message, done.problems[0].kind) == (says, "question")
    words = checked(SCORES, header, [NUMBER, "张三", "期末", "语文", "请假"])
    assert words.problems[0].message == "“成绩”应为数字，或写明 缺考、缓考、免考、作弊，现为“请假”。"


@pytest.mark.feature("L-12")
def test_who_is_exempt_is_imported_without_measurements() -> None:
    done = checked(FITNESS, TESTS, [NUMBER, "张三", *[None] * 7, "免测"])
    assert done.problems == ()
    filled = {name: value for name, value in done.rows[0].data.items() if value is not None}
    assert filled == {"student_id": STUDENT.id, "grade": "exempt"}
    partly = checked(FITNESS, TESTS, [NUMBER, "张三", 20.8, "无法测量", "免测", 12, 220, 8, None, "良好"])
    assert [(p.column, p.message) for p in partly.problems] == [
        ("endurance", "1000米跑（男）/800米跑（女）不能为空（等级为免测时除外）")
    ]


@pytest.mark.feature("L-12")
def test_cells_of_other_columns_know_no_outcomes() -> None:
    with pytest.raises(BadCell) as bad:
        read_cell(Column("score", "成绩", type="number"), "缺考")
    assert bad.value.code == "not_number"
