"""The last grade of a stage comes from the scheme: 6+3 and 5+4 years are both in use."""

from pathlib import Path

import pytest
from scheme import Schemes
from servicekit.timetable import grade_of, is_last_term

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
