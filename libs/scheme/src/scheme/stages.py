"""The stages that a scheme is for, how long schools of a stage may be, and what that means for one school (BJ-03, BJ-12)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import pydantic

from scheme.base import ContentError, Model

type StageId = Literal["primary", "junior_secondary", "senior_secondary", "vocational"]
STAGE_TITLES: dict[StageId, str] = {
    "primary": "小学",
    "junior_secondary": "初中",
    "senior_secondary": "高中",
    "vocational": "中职",
}
_ENDS: dict[StageId, tuple[int, ...]] = {
    "primary": (5, 6),
    "junior_secondary": (8, 9),
    "senior_secondary": (11, 12),
    "vocational": (11, 12, 13, 14),
}
"""The school years in which schools of a stage end: a two-year senior school in the 11th, a primary school of 5 in the 5th."""
_NUMERALS = "一二三"


def term_title(school_year: str, number: int) -> str:
    """2026-2027学年第一学期."""
    return f"{school_year}学年第{_NUMERALS[number - 1]}学期"


class Length(Model):
    """How long schools may be (学制): for so many years, from this school year (1: the first of primary school)."""

    years: int = pydantic.Field(ge=1, le=9)
    first_grade: int = pydantic.Field(ge=1, le=12)

    @property
    def last_grade(self) -> int:
        """The school year in which the stage ends."""
        return self.first_grade + self.years - 1


class SchoolStage(Model):
    """A stage: the terms of a school year, and the lengths that its schools may have; the first is that of a school for which
    no other is chosen."""

    id: StageId
    terms_per_year: int = pydantic.Field(default=2, ge=1, le=3)
    lengths: tuple[Length, ...] = pydantic.Field(min_length=1)

    def length(self, years: int | None) -> Length | None:
        """The length with so many years; None: the usual one. None where schools may not be so long."""
        return self.lengths[0] if years is None else next((one for one in self.lengths if one.years == years), None)


@dataclass(frozen=True, slots=True)
class Schooling:
    """The stage of one school as it is there: its grades and its terms (BJ-12). A two-year school has four terms, a three-year
    one six."""

    stage: StageId
    years: int
    first_grade: int
    terms_per_year: int

    @property
    def title(self) -> str:
        """初中（三年）."""
        return f"{STAGE_TITLES[self.stage]}（{'零一二三四五六七八九'[self.years]}年）"

    @property
    def last_grade(self) -> int:
        """The school year, 1 to 14, in which the stage ends."""
        return self.first_grade + self.years - 1

    @property
    def grades(self) -> tuple[int, ...]:
        """The school years of the stage, in order."""
        return tuple(range(self.first_grade, self.last_grade + 1))

    @property
    def terms(self) -> int:
        """How many terms the stage has."""
        return self.years * self.terms_per_year

    @property
    def usual_ages(self) -> range:
        """Years between the year of birth and the year of entry that are usual (L-06)."""
        return range(self.first_grade + (4 if self.first_grade == 1 else 3), self.first_grade + self._latest(8, 9, 13))

    @property
    def possible_ages(self) -> range:
        """The same, beyond which a date must be wrong. Vocational schools take grown-ups."""
        return range(self.first_grade + (3 if self.first_grade == 1 else 1), self.first_grade + self._latest(14, 21, 51))

    def _latest(self, school: int, senior: int, vocational: int) -> int:
        return vocational if self.stage == "vocational" else senior if self.stage == "senior_secondary" else school

    def grade(self, entry_year: int, school_year: str) -> int | None:
        """The grade in `2026-2027` of those who entered in a year; None: they are not at school in that year."""
        if not school_year[:4].isdigit():
            return None
        grade = self.first_grade + int(school_year[:4]) - entry_year
        return grade if self.first_grade <= grade <= self.last_grade else None

    def is_last_term(self, grade: int, number: int) -> bool:
        """Is the term with this number, from 1, the last of the stage for this grade (CS-01)?"""
        return grade == self.last_grade and number == self.terms_per_year

    def all_terms(self, entry_year: int) -> list[tuple[str, int]]:
        """Every term of those who entered in a year: school year and number, oldest first."""
        years = [f"{year}-{year + 1}" for year in range(entry_year, entry_year + self.years)]
        return [(year, number) for year in years for number in range(1, self.terms_per_year + 1)]


def schooling_of(stages: tuple[SchoolStage, ...], stage: str | None, years: int | None) -> Schooling | None:
    """The stage and length of a school; None where the scheme does not admit them. stage None: the scheme's only or first one;
    years None: the usual length."""
    found = stages[0] if stage is None else next((one for one in stages if one.id == stage), None)
    length = found.length(years) if found is not None else None
    if found is None or length is None:
        return None
    return Schooling(found.id, length.years, length.first_grade, found.terms_per_year)


def schoolings_of(
    stages: tuple[SchoolStage, ...], stage: str | None, years: int | None, others: Sequence[str]
) -> tuple[Schooling, ...] | None:
    """All stages of a school, lowest first: its first one, and the `others` that join it without a gap: 6+3, 5+4 or 3+3 years.
    Their lengths follow from the first one's. None where the scheme does not admit them, or their terms a year differ: a
    school has one timetable."""
    first = schooling_of(stages, stage, years)
    if first is None:
        return None
    found, left = [first], set(others)
    while left:
        joined = next((one for name in sorted(left) if (one := _joining(stages, name, found))), None)
        if joined is None:
            return None
        left.discard(joined.stage)
        found = sorted([*found, joined], key=lambda one: one.first_grade)
    return tuple(found)


def _joining(stages: tuple[SchoolStage, ...], name: str, found: Sequence[Schooling]) -> Schooling | None:
    """The stage of that name with a length by which it ends before the first of these begins, or begins after the last."""
    stage = next((one for one in stages if one.id == name), None)
    if stage is None or any(one.stage == name or one.terms_per_year != stage.terms_per_year for one in found):
        return None
    for length in stage.lengths:
        if length.last_grade == found[0].first_grade - 1 or length.first_grade == found[-1].last_grade + 1:
            return Schooling(stage.id, length.years, length.first_grade, stage.terms_per_year)
    return None


def stage_contradictions(stages: tuple[SchoolStage, ...]) -> Iterator[ContentError]:
    """Stages that occur twice, lengths that occur twice, and lengths that do not end where such schools do."""
    seen: set[str] = set()
    for at, stage in enumerate(stages):
        title = STAGE_TITLES[stage.id]
        if stage.id in seen:
            yield ContentError(
                f"stage {stage.id!r} occurs twice",
                f"学段“{title}”写了两次",
                "请合为一个，把各种学制都写在它的 lengths 里",
                *("school_stages", at, "id"),
                about=[stage.id],
            )
        seen.add(stage.id)
        known: set[int] = set()
        for number, length in enumerate(stage.lengths):
            path = ("school_stages", at, "lengths", number)
            if length.years in known:
                yield ContentError(
                    f"stage {stage.id!r}: two lengths of {length.years} years",
                    f"{title}有两种{length.years}年的学制",
                    "学校按年数选择学制，每种年数只写一次",
                    *(*path, "years"),
                    about=[stage.id],
                )
            known.add(length.years)
            if length.last_grade not in _ENDS[stage.id]:
                ends = "、".join(map(str, _ENDS[stage.id]))
                yield ContentError(
                    f"stage {stage.id!r}: {length.years} years from grade {length.first_grade} end in {length.last_grade}",
                    f"{length.first_grade}年级起{length.years}年，到{length.last_grade}年级结束，不是{title}",
                    f"{title}应在{ends}年级（学年数）结束，请改正 first_grade 或 years",
                    *path,
                    about=[stage.id],
                )
