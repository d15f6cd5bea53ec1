"""Which time of a repeated year counts (BJ-04); weighted results of a repeated year are in `test_panel_rules`."""

from uuid import UUID

import pytest
from archive.domain.repeated_years import AttendedTerm, terms_not_counting

pytestmark = pytest.mark.feature("BJ-04")


def a_term(n: int, grade: int | None, school_year: str) -> AttendedTerm:
    return AttendedTerm(UUID(int=n), grade, school_year)


def test_of_a_repeated_year_the_career_archive_has_the_time_that_the_scheme_names() -> None:
    attended = [
        a_term(1, 7, "2023-2024"), a_term(2, 8, "2024-2025"), a_term(3, 8, "2024-2025"), a_term(4, 8, "2025-2026"),
        a_term(5, None, "2022-2023"),
    ]  # fmt: skip
    assert terms_not_counting("last", attended) == {UUID(int=2), UUID(int=3)}
    assert terms_not_counting("first", attended) == {UUID(int=4)}
    assert terms_not_counting("last", attended[:3]) == frozenset(), "nobody loses a year that was not repeated"
