"""Counters of results and tables of reports, without a service (BJ-08, BJ-12)."""

import io
from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import pytest
from archive.adapters.typesetting.reports import write_workbook
from archive.domain import reports as rules
from archive.domain.reports import ReportRun, ResultRow
from archive.domain.statistics import CountKey, Period, Statistics, Total, changes, total_changes
from openpyxl import load_workbook
from servicekit.ids import new_id
from servicekit.refusals import Refusal
from servicekit.testing import a_student, an_actor

from .rule_builders import scheme
from .scored import CLASS, DISTRICT, GRADE, OTHER, SCHOOL, staff

PERIOD = Period("beijing", "2026-2027", 1, "2026.1")
AT = datetime(2026, 12, 20, 8, tzinfo=UTC)
RUN = ReportRun(
    new_id(), "detail", "评价明细表", CLASS, "beijing", "2026.1", "2026-2027", 1, None, "xlsx", UUID(int=1), "韩老师", AT,
    "making", 0, 2, "a.xlsx", "reports/a.xlsx", AT,
)  # fmt: skip


@pytest.mark.feature("BJ-08", "BJ-12")
def test_a_change_of_a_class_is_added_and_undone_again() -> None:
    old = {CountKey(CLASS, "", "A"): 2, CountKey(CLASS, "", "B"): 1}
    new = {CountKey(CLASS, "", "A"): 1, CountKey(CLASS, "", "B"): 2, CountKey(OTHER, "", "A"): 1}
    found = changes(old, new)
    assert found == {CountKey(CLASS, "", "A"): -1, CountKey(CLASS, "", "B"): 1, CountKey(OTHER, "", "A"): 1}
    assert changes(new, new) == {}
    back = changes(new, old)
    assert {key: -count for key, count in found.items()} == back


@pytest.mark.feature("BJ-08")
def test_classes_are_counted_once_they_have_a_result() -> None:
    found = total_changes({CLASS: 0, OTHER: 3}, {CLASS: 4, OTHER: 0})
    assert found == {CLASS: (1, 4), OTHER: (-1, -3)}


@pytest.mark.feature("BJ-08", "X-13")
def test_who_may_have_a_report_is_said_by_the_scheme_and_nobody_is_named_above_the_school() -> None:
    beijing = scheme("beijing")
    teacher, office = staff("class_teacher", CLASS), staff("administrator", DISTRICT)

    def ids(actor: object, level: str) -> list[str]:
        return [report.id for report in rules.offered(beijing, actor, level)]  # type: ignore[arg-type]

    assert ids(teacher, "class") == ["detail", "summary", "term_tables"]
    assert ids(office, "district") == ["summary"]
    assert ids(office, "school") == ["summary"], "the district counts, it lists nobody"
    assert ids(replace(teacher, capabilities=frozenset({"oversee"})), "class") == ["summary"], "who may not see records"
    assert ids(staff("subject_teacher", CLASS), "class") == []
    assert ids(a_student(CLASS, new_id()), "class") == []
    assert ids(an_actor("guardian", CLASS), "class") == []
    with pytest.raises(Refusal) as refused:
        rules.need_offered(beijing, office, DISTRICT, "detail", "xlsx")
    assert (refused.value.code, refused.value.details["rule"]) == ("forbidden", "BJ-08")
    with pytest.raises(Refusal) as refused:
        rules.need_offered(beijing, teacher, CLASS, "term_tables", "xlsx")
    assert "只有PDF" in (refused.value.detail or "")


@pytest.mark.feature("BJ-08", "SH-11")
def test_a_detail_table_of_verdicts_has_the_verdict_and_its_reason() -> None:
    baoshan = scheme("baoshan")
    report = baoshan.reports[0]
    rows = rules.detail_rows(baoshan, report, [ResultRow("王一", "male", "G1", "九（1）班", "fail", reason="缺考较多")])
    table = rules.detail_table(baoshan, report, rows)
    assert [column["title"] for column in table["columns"]] == ["序号", "班级", "姓名", "评价结果", "说明"]
    assert table["rows"] == [[1, "九（1）班", "王一", "不合格", "缺考较多"]]


@pytest.mark.feature("BJ-08", "L-18")
def test_a_name_that_looks_like_a_formula_stays_a_text_and_rare_characters_are_kept() -> None:
    beijing = scheme("beijing")
    names = ['=HYPERLINK("http://x","点")', "+1", "@SUM(A1)", "𡘙子\U0002b740"]
    rows = [ResultRow(name, "female", "G2", "初三（1）班", "A", "90", dimensions={}) for name in names]
    table = rules.detail_table(beijing, beijing.reports[0], rules.detail_rows(beijing, beijing.reports[0], rows))
    data = write_workbook(None, rules.document("评价明细表", "=1", RUN, "2026-12-20 16:00", "", [table]))  # type: ignore[arg-type]
    sheet = load_workbook(io.BytesIO(data)).worksheets[0]
    cells = [sheet.cell(row, 3) for row in range(6, 10)]
    assert [cell.value for cell in cells] == names
    assert {cell.data_type for cell in cells} == {"s"}
    assert sheet["A2"].data_type == "s"


@pytest.mark.feature("BJ-08")
def test_a_summary_says_numbers_and_shares_of_each_dimension_and_unit() -> None:
    counts = {CountKey(SCHOOL, "", "A"): 1, CountKey(SCHOOL, "", "B"): 3, CountKey(GRADE, "", "B"): 3}
    found = Statistics(scheme("beijing"), PERIOD, Total(SCHOOL, "实验学校", 2, 4), [Total(GRADE, "初三", 2, 3)], counts, 5)
    first, units, *_ = rules.summary_tables(found)
    assert first["rows"][-1][:6] == ["总评", 4, 1, 0.25, 3, 0.75]
    assert first["rows"][0][:4] == ["道德品质", 0, 0, None]
    assert units["rows"] == [["初三", 3, 0, 0.0, 3, 1.0, 0, 0.0, 0, 0.0]]
    assert units["chart"]["values"] == [[0, 3, 0, 0]]
    assert rules.summary_note(found) == "按2个班4名学生已确定的结果统计，共5人参加"
