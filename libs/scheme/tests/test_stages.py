"""Stages and lengths of schools: years, grades and terms (BJ-03, BJ-12)."""

from pathlib import Path

import pytest
from scheme import Schemes
from scheme.checking.document import Document
from scheme.checking.report import check
from scheme.tools.explain import explain

SCHEMES = Path(__file__).parents[3] / "schemes"
BEIJING = Schemes(SCHEMES).latest("beijing")
TEXT = (SCHEMES / "beijing" / "2026.1.yaml").read_text(encoding="utf-8")


@pytest.mark.feature("BJ-03", "BJ-12")
@pytest.mark.parametrize(
    ("stage", "years", "grades", "terms"),
    [
        ("primary", None, (1, 2, 3, 4, 5, 6), 12),
        ("primary", 5, (1, 2, 3, 4, 5), 10),
        ("junior_secondary", None, (7, 8, 9), 6),
        ("junior_secondary", 4, (6, 7, 8, 9), 8),
        ("senior_secondary", None, (10, 11, 12), 6),
        ("vocational", None, (10, 11, 12), 6),
        ("vocational", 2, (10, 11), 4),
        (None, None, (7, 8, 9), 6),
    ],
)
def test_schools_of_different_stage_and_length_are_under_one_scheme(
    stage: str | None, years: int | None, grades: tuple[int, ...], terms: int
) -> None:
    found = BEIJING.find_schooling(stage, years)
    assert found is not None
    assert (found.grades, found.terms) == (grades, terms)


@pytest.mark.feature("BJ-12")
def test_what_the_scheme_does_not_admit_is_no_length_and_old_terms_stay_readable() -> None:
    assert BEIJING.find_schooling("junior_secondary", 2) is None
    assert Schemes(SCHEMES).latest("jiangxi").find_schooling("primary", None) is None
    assert BEIJING.schooling("junior_secondary", 2).grades == (7, 8, 9)
    assert Schemes(SCHEMES).latest("jiangxi").schooling("primary", 5).grades == (10, 11, 12)


@pytest.mark.feature("BJ-12")
def test_the_last_term_is_that_of_the_school() -> None:
    two, three = BEIJING.schooling("vocational", 2), BEIJING.schooling("vocational", 3)
    assert two.all_terms(2026) == [("2026-2027", 1), ("2026-2027", 2), ("2027-2028", 1), ("2027-2028", 2)]
    assert [two.is_last_term(11, number) for number in (1, 2)] == [False, True]
    assert three.is_last_term(11, 2) is False
    assert [two.grade(2026, f"{year}-{year + 1}") for year in (2025, 2026, 2027, 2028)] == [None, 10, 11, None]


@pytest.mark.feature("X-01", "BJ-12")
@pytest.mark.parametrize(
    ("good", "bad", "says", "correction"),
    [
        ("id: primary, lengths", "id: junior_secondary, lengths", "已有另一个学段使用", "删去重复的"),
        ("{years: 5, first_grade: 1}", "{years: 6, first_grade: 1}", "小学有两种6年的学制", "只写一次"),
        ("{years: 4, first_grade: 6}", "{years: 4, first_grade: 7}", "7年级起4年，到10年级结束，不是初中", "8、9年级"),
        ("school: vocational, years: 2", "school: vocational, years: 4", "中职只能是3年、2年", "改正"),
        ("last_grade: 11, terms: 4", "last_grade: 11, terms: 6", "共4个学期", "改正"),
        ("role: student, operation: portfolio", "role: student, grade: 13, operation: portfolio", "方案没有13年级", "改正"),
    ],
)
def test_contradictions_of_stages_and_lengths_are_said_in_chinese_with_their_correction(
    good: str, bad: str, says: str, correction: str
) -> None:
    assert good in TEXT
    problems = check(Document.read(TEXT.replace(good, bad, 1), "beijing/2026.1.yaml"))
    assert any(says in str(one) and correction in str(one) for one in problems), [str(one) for one in problems]


@pytest.mark.feature("X-01", "BJ-12")
def test_the_explanation_says_how_long_schools_may_be() -> None:
    text = explain(BEIJING)
    assert "- 中职：3年（10至12年级），共6个学期；或2年（10至11年级），共4个学期" in text
