"""The county's rules, one by one, as its scheme says them; each test fails if its rule is taken out of the scheme (X-15)."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from scheme import Schemes, ScoredResult, Window, check
from scheme.result_publicity import is_about_results

COUNTY = Schemes(Path(__file__).parents[3] / "schemes").latest("zongyang")
DIMENSIONS = ("思想品德", "学业水平", "身心健康", "艺术素养", "社会实践")
MONDAY = datetime(2027, 5, 10, 2, tzinfo=UTC)


def result() -> ScoredResult:
    """How the county grades."""
    assert isinstance(COUNTY.result, ScoredResult)
    return COUNTY.result


@pytest.mark.feature("X-15")
def test_there_are_five_dimensions_each_graded_from_a_to_d() -> None:
    assert tuple(one.title for one in COUNTY.dimensions) == DIMENSIONS
    assert result().per_dimension
    for one in COUNTY.dimensions:
        assert [(band.id, band.title) for band in result().bands_of(one.id)] == [
            ("A", "优秀"), ("B", "良好"), ("C", "合格"), ("D", "待提高"),
        ]  # fmt: skip


@pytest.mark.feature("X-15")
def test_an_a_in_four_dimensions_goes_to_thirty_percent_of_the_school_at_most_and_in_the_fifth_to_anybody() -> None:
    [limit] = [one for one in result().shares if one.enforced]
    assert (limit.bands, limit.of, limit.at_most) == (("A",), "school", Decimal("0.3"))
    assert [limit.seats(students) for students in (9, 10, 13, 14)] == [2, 3, 3, 4]
    assert len(set(limit.dimensions)) == len(COUNTY.dimensions) - 1
    [free] = {one.id for one in COUNTY.dimensions} - set(limit.dimensions)
    assert all(one.dimensions and free not in one.dimensions for one in result().shares)


@pytest.mark.feature("X-15")
def test_about_half_get_a_b_which_is_shown_and_stops_nobody() -> None:
    [about_half] = [one for one in result().shares if one.bands == ("B",)]
    assert (about_half.of, about_half.at_most, about_half.enforced) == ("school", Decimal("0.5"), False)


@pytest.mark.feature("X-15")
def test_a_d_needs_the_consent_of_the_county_in_every_dimension_and_no_other_grade_does() -> None:
    for dimension in COUNTY.dimensions:
        needed = {band.id: result().consent(dimension.id, band.id) for band in result().bands}
        assert [name for name, consent in needed.items() if consent] == ["D"]
        assert needed["D"] is not None
        rule = next(role for role in COUNTY.roles if role.id == needed["D"].by)
        assert (rule.at, rule.granted_by) == ("district", ("district_administrator",))


@pytest.mark.feature("X-15")
def test_a_panel_of_the_school_grades_in_the_last_term_of_the_last_grade_only() -> None:
    formed = [(grade, last) for grade in (7, 8, 9) for last in (False, True) if result().formed(grade, last)]
    assert formed == [(9, True)]
    [part] = result().parts
    assert (part.source, part.by) == ("mark", ("school_panel",)), "nobody else grades, and nothing is computed"
    assert next(role for role in COUNTY.roles if role.id == "school_panel").at == "school"


@pytest.mark.feature("X-15")
def test_the_panel_reads_and_the_archive_keeps_the_records_of_all_years() -> None:
    panel = next(role for role in COUNTY.roles if role.id == "school_panel")
    assert {"see_records", "evaluate"} <= set(panel.may)
    assert COUNTY.archives.term.spans == "stage"


@pytest.mark.feature("X-15")
def test_results_are_published_for_seven_working_days_and_a_shorter_window_is_warned_of() -> None:
    publicity = result().publicity
    assert publicity is not None
    *_, school = publicity.times(MONDAY, lambda _: None, COUNTY.calendar, COUNTY.zone)
    assert school.step.scope == "school"
    assert COUNTY.calendar.working_days(school.starts + timedelta(seconds=1), school.ends, COUNTY.zone) == 7
    operation = school.step.operation
    assert operation is not None

    def warned(days: int) -> list[str]:
        window = Window(operation=operation, starts=MONDAY, ends=MONDAY + timedelta(days=days))
        return [one.message for one in check(COUNTY, [window]) if one.code == "publicity_too_short"]

    assert warned(7) == ["“结果全校公示”只有6个工作日，少于7个工作日"], "from Monday to Monday"
    assert warned(8) == []


@pytest.mark.feature("X-15")
def test_one_objects_to_the_school_and_then_appeals_to_the_county_within_five_working_days() -> None:
    objection, appeal = (one for one in COUNTY.cases.types if is_about_results(COUNTY, one))
    assert (objection.against, objection.opened_by, objection.follows) == ("result", ("student", "guardian"), None)
    assert (appeal.against, appeal.follows, appeal.within_working_days) == ("outcome", objection.id, 5)
    assert set(appeal.follows_outcomes) == {"keep", "amend"}, "of whatever the school answered"
    stages = {entry.type: COUNTY.cases.stage(entry.stage) for entry in COUNTY.cases.entries}
    levels = {role.id: role.at for role in COUNTY.roles}
    assert [levels[stages[one.id].actor] for one in (objection, appeal)] == ["school", "district"]
