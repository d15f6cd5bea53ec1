"""The last grade of a stage comes from the scheme: 6+3 and 5+4 years are both in use."""

from pathlib import Path

import pytest
from scheme import Schemes
from servicekit.timetable import entry_year_of, grade_of, is_last_term, schooling_in, stage_of

SCHEMES = Schemes(Path(__file__).parents[3] / "schemes")
JUNIOR, SENIOR = "hn.cs.yl.s1", "jx.nc.dh.s1"


@pytest.mark.feature("CS-01", "SH-01")
def test_a_stage_ends_in_the_grade_that_its_scheme_names() -> None:
    jiangxi, changsha, baoshan = (SCHEMES.latest(name) for name in ("jiangxi", "changsha", "baoshan"))
    ten_to_twelve, seven_to_nine, six_to_nine = jiangxi.schooling(), changsha.schooling(), baoshan.schooling()
    assert [grade_of(ten_to_twelve, f"{SENIOR}.g{year}.c01", "2026-2027") for year in (2023, 2024, 2026)] == [None, 12, 10]
    assert [grade_of(seven_to_nine, f"{JUNIOR}.g{year}.c01", "2026-2027") for year in (2023, 2024, 2026)] == [None, 9, 7]
    assert [grade_of(six_to_nine, f"{JUNIOR}.g{year}.c01", "2026-2027") for year in (2023, 2026)] == [9, 6]
    five_years = SCHEMES.latest("beijing").schooling("primary", 5)
    assert [grade_of(five_years, f"{JUNIOR}.g{year}.c01", "2026-2027") for year in (2021, 2022, 2026)] == [None, 5, 1]
    assert is_last_term(five_years, 5, 2) is True
    assert is_last_term(seven_to_nine, 5, 2) is False


@pytest.mark.feature("BJ-03", "BJ-12")
def test_a_class_of_a_school_with_several_stages_has_the_grade_and_the_last_term_of_its_own() -> None:
    beijing = SCHEMES.latest("beijing")
    for years, junior, primary in ((3, 7, 6), (4, 6, 5)):
        first = beijing.schooling("junior_secondary", years)
        small, big = f"{JUNIOR}.g2026_primary.c01", f"{JUNIOR}.g2026.c01"
        assert (entry_year_of(small), stage_of(small), stage_of(big)) == (2026, "primary", None)
        own = schooling_in(beijing, first, small)
        assert (own.stage, own.years, schooling_in(beijing, first, big)) == ("primary", primary, first)
        assert [grade_of(schooling_in(beijing, first, path), path, "2026-2027") for path in (small, big)] == [1, junior]
        leaving = f"{JUNIOR}.g{2027 - primary}_primary.c01"
        assert is_last_term(own, grade_of(own, leaving, "2026-2027"), 2) is True
        assert grade_of(own, f"{JUNIOR}.g{2026 - primary}_primary.c01", "2026-2027") is None, "has gone to junior school"


@pytest.mark.feature("BJ-03")
def test_stages_of_one_school_join_without_a_gap_and_have_the_same_terms_a_year() -> None:
    beijing = SCHEMES.latest("beijing")

    def grades(years: int | None, *more: str) -> list[tuple[int, int]] | None:
        found = beijing.find_schoolings("junior_secondary", years, more)
        return None if found is None else [(one.first_grade, one.last_grade) for one in found]

    assert grades(None, "primary") == [(1, 6), (7, 9)]
    assert grades(4, "primary") == [(1, 5), (6, 9)]
    assert grades(None, "senior_secondary", "primary") == [(1, 6), (7, 9), (10, 12)]
    assert (grades(None), grades(None, "nursery")) == ([(7, 9)], None)
    assert beijing.find_schoolings("primary", None, ("senior_secondary",)) is None, "junior school is missing between them"
    three = [one.model_copy(update={"terms_per_year": 3}) if one.id == "primary" else one for one in beijing.school_stages]
    uneven = beijing.model_copy(update={"school_stages": tuple(three)})
    assert uneven.find_schoolings("junior_secondary", None, ("primary",)) is None
