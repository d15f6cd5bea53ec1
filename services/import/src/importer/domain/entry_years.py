"""The year in which a student entered a stage, from what a school writes for it: 2025级, 2028届, 202509, 高一 (L-06). Pure.

级 is the year of entry, 届 the year of leaving. What may mean two years is never guessed: `EntryYear` has both.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from functools import partial

from scheme import STAGE_TITLES, Schooling
from scheme.stages import StageId

type Stage = StageId

LENGTHS: dict[Stage, tuple[int, ...]] = {
    "primary": (6, 5), "junior_secondary": (3, 4), "senior_secondary": (3,), "vocational": (3, 2),
}  # fmt: skip
"""Years of a stage where the school's own are not known: 6-3-3, and 5-4-3 in some places."""
AGES: dict[Stage, tuple[int, int]] = {
    "primary": (5, 9), "junior_secondary": (10, 15), "senior_secondary": (13, 19), "vocational": (13, 30),
}  # fmt: skip
"""Ages in which a stage is usually entered: year of entry less year of birth."""
_STAGES: dict[str, Stage] = {"小": "primary", "初": "junior_secondary", "高": "senior_secondary", "中": "vocational"}
_OF_TITLE = re.compile(
    r"(?P<prefix>[小初高](?=[一二三四五六]))|(?P<number>[一二三四五六七八九]|十[一二]?|1[0-2]|[1-9])(?:年级|(?=\())"
)
_NUMERALS = {numeral: at for at, numeral in enumerate("一二三四五六七八九十", start=1)} | {"十一": 11, "十二": 12}
_DIGITS = str.maketrans("〇零一二三四五六七八九", "00123456789")
_YEAR = r"(?P<year>20\d\d)"
_ENTERED = re.compile(r"(?P<year>(?:20)?\d\d)级")
_LEAVES = re.compile(r"(?P<year>(?:20)?\d\d)(?:年毕业|届)")
_MONTH = re.compile(
    _YEAR + r"(?:[-/.年]?(?:0?[1-9]|1[0-2])月?(?:[-/.]?(?:0?[1-9]|[12]\d|3[01])日?)?|级?入学|年?秋季?|(?:-20\d\d)?学年)"
)
_BARE = re.compile(_YEAR + "年?")
_GRADE = re.compile(r"(?P<number>十[一二]|[一二三四五六七八九十]|1[0-2]|[1-9])(?P<word>年级|级)?")


@dataclass(frozen=True, slots=True)
class EntryYear:
    """What somebody wrote: the years of entry that it may mean. `explicit`: 级 or a month, which mean nothing else."""

    years: frozenset[int]
    stage: Stage | None
    explicit: bool = False
    otherwise: frozenset[int] = frozenset()
    """Years of entry if 级 and 届 were mixed up."""


@dataclass(frozen=True, slots=True)
class SchoolStages:
    """What is known of the school's stages: the one or several that it has (BJ-03); neither: any may be meant."""

    stage: Stage | None = None
    known: tuple[Schooling, ...] = ()
    """Lowest first, with their lengths; none where the scheme is not known."""

    @property
    def only(self) -> Stage | None:
        """The stage of a school that has one."""
        return None if len(self.known) > 1 else self.stage

    def of(self, stage: Stage | None) -> Schooling | None:
        """A stage of the school, with its length."""
        return next((one for one in self.known if one.stage == stage), None)

    def has(self, stage: Stage | None) -> bool:
        """May a row be about this stage?"""
        return stage == self.stage if len(self.known) < 2 else self.of(stage) is not None

    def lengths(self, stage: Stage) -> tuple[int, ...]:
        """How many years a stage may last: at this school, or anywhere."""
        found = self.of(stage)
        return LENGTHS[stage] if found is None else (found.years,)

    def is_usual_age(self, age: int, stage: Stage) -> bool:
        """Is a stage usually entered at this age, or a year later? In 5+4 years junior school begins a year earlier."""
        found = self.of(stage)
        youngest, oldest = AGES[stage] if found is None else (found.usual_ages[0], found.usual_ages[-1] + 1)
        return youngest <= age <= oldest

    @property
    def titles(self) -> str:
        """初中, or 小学、初中."""
        stages = [one.stage for one in self.known] or ([self.stage] if self.stage else [])
        return "、".join(STAGE_TITLES[one] for one in stages)

    def of_class(self, title: str) -> Stage | None:
        """The stage that a class title names in a school with several: 三年级2班, 初一(1)班; None: it names none of them."""
        found = _OF_TITLE.match(_compact(title))
        if found is None or len(self.known) < 2:
            return None
        if found["prefix"]:
            stage = _STAGES[found["prefix"]]
            return stage if self.of(stage) else None
        number = _NUMERALS.get(found["number"]) or int(found["number"])
        return next((one.stage for one in self.known if number in one.grades), None)


def has_four_junior_years(texts: Iterable[str]) -> bool:
    """Whether a junior school's workbook names a sixth grade or a fourth year, so that its first grade is not the seventh."""
    return any(re.match("(?:初中)?(?:六|6)年级|初(?:中)?(?:四|4)", _compact(text)) for text in texts)


def read_entry_year(
    typed: str, stage: Stage | None, today: date, *, four_junior_years: bool = False, school: SchoolStages | None = None
) -> EntryYear | None:
    """The years of entry that a text may mean, in a school of this stage (None: several) on this day. None if it is no
    year or grade. four_junior_years: as `has_four_junior_years` found in the workbook. school: what is known of the stages and
    lengths of the school."""
    school = school or SchoolStages(stage)
    text = _compact(typed).removesuffix("00:00:00")
    read = partial(read_entry_year, stage=stage, today=today, four_junior_years=four_junior_years, school=school)
    if re.fullmatch(r"20\d\d.+入学", text):
        text = text.removesuffix("入学").removesuffix("年")
    if aside := re.fullmatch(r"([^()]+)\(([^()]+)\)", text):
        return _both(aside[1], aside[2], read)
    if after := re.fullmatch(r"(.*[级届])(小学|初中|高中|中职)", text):
        return read(after[2] + after[1])
    if re.match("[〇零一二三四五六七八九]{4}", text):
        text = text[:4].translate(_DIGITS) + text[4:]
    prefix = re.match("(?:小学|初中|高中|中职|[小初高](?!学|中))", text)
    rest = text[prefix.end() :] if prefix else text
    stage = _named(text[0], school) if prefix else stage
    if found := _ENTERED.fullmatch(rest):
        return EntryYear(frozenset({_century(found["year"])}), stage, explicit=True)
    if found := _LEAVES.fullmatch(rest):
        year = _century(found["year"])
        return EntryYear(_entered_before(year, stage, school), stage, otherwise=frozenset({year}))
    if found := _MONTH.fullmatch(rest):
        return EntryYear(frozenset({int(found["year"])}), stage, explicit=True)
    if found := _BARE.fullmatch(rest):
        year = int(found["year"])
        return EntryYear(frozenset({year}), stage, otherwise=_entered_before(year, stage, school))
    found = _GRADE.fullmatch(rest)
    if found and (prefix or found["word"]):
        number = _NUMERALS.get(found["number"]) or int(found["number"])
        if school.known:
            return _of_known_grade(number, stage if prefix else None, school, today)
        if stage == "junior_secondary" and 6 <= number <= 9:
            number -= 5 if four_junior_years else 6
        return _of_grade(number, stage, today, within_stage=prefix is not None)
    return None


def _both(text: str, aside: str, read: Callable[[str], EntryYear | None]) -> EntryYear | None:
    """2025级(高一), 高三(2023级), 2025级(高中): both are read; the years of either where they differ, which is a question."""
    if aside in STAGE_TITLES.values():
        return read(aside + text)
    one, other = read(text), read(aside)
    if one is None or other is None:
        return None
    years = one.years & other.years or one.years | other.years
    return EntryYear(years, one.stage or other.stage, one.explicit or other.explicit, one.otherwise | other.otherwise)


def _compact(text: str) -> str:
    return re.sub(r"\s", "", unicodedata.normalize("NFKC", text))


def school_years(today: date) -> tuple[int, ...]:
    """The years in which the present school year began: two in July and August, when people mean the old or the new one."""
    if today.month in (7, 8):
        return today.year - 1, today.year
    return (today.year if today.month > 8 else today.year - 1,)


def _century(year: str) -> int:
    return int(year) if len(year) == 4 else 2000 + int(year)


def _named(prefix: str, school: SchoolStages) -> Stage:
    """The stage that 小, 初, 高 or 中 names: vocational schools call their grades 高一, 高二, 高三 as well."""
    stage = _STAGES[prefix]
    other = stage == "senior_secondary" and school.has("vocational") and not school.has(stage)
    return "vocational" if other else stage


def _entered_before(leaves: int, stage: Stage | None, school: SchoolStages) -> frozenset[int]:
    anywhere: list[Stage] = ["primary", "junior_secondary", "senior_secondary"]
    stages = [stage] if stage else [one.stage for one in school.known] or anywhere
    return frozenset(leaves - length for one in stages for length in school.lengths(one))


def _of_known_grade(number: int, named: Stage | None, school: SchoolStages, today: date) -> EntryYear | None:
    """A grade at a school whose stages and lengths are known: within the stage that the text names (高一) or the only one
    (三年级 of a junior school), or counted from the first year of primary school (七年级). One of another stage is read, too,
    for the question about it."""
    if named is not None:
        stage, position = named, number if 0 < number <= max(school.lengths(named)) else 0
    else:
        found = next((one for one in school.known if number in one.grades), None)
        if found is not None:
            stage, position = found.stage, number - found.first_grade + 1
        else:
            stage, position = school.known[0].stage, number if len(school.known) == 1 and number <= school.known[0].years else 0
    if not position:
        return None if named is not None or number <= 5 else _of_grade(number, None, today, within_stage=False)
    years = frozenset(year - position + 1 for year in school_years(today))
    return EntryYear(years, stage, explicit=len(years) == 1)


def _of_grade(number: int, stage: Stage | None, today: date, *, within_stage: bool) -> EntryYear | None:
    """Grade `number` of the stage (高一), or counted from the first year of primary school (七年级)."""
    positions = _positions(number, stage, within_stage=within_stage)
    if not positions and stage is not None and not within_stage and 6 <= number <= 12:
        return _of_grade(number, None, today, within_stage=False)  # a grade of another stage
    if not positions:
        return None
    found_stage = next(iter(positions.values())) if len(set(positions.values())) == 1 else None
    years = frozenset(year - position + 1 for year in school_years(today) for position in positions)
    return EntryYear(years, stage or found_stage, explicit=len(years) == 1)


def _positions(number: int, stage: Stage | None, *, within_stage: bool) -> dict[int, Stage]:
    """The school years of the stage that a grade may be, from 1."""
    if stage is not None and 0 < number <= max(LENGTHS[stage]):
        return {number: stage}
    found: dict[int, Stage] = {}
    if not within_stage and stage is None and number <= 5:
        found[number] = "primary"
    if not within_stage and stage is None and number == 6:
        found[6], found[1] = "primary", "junior_secondary"
    if 7 <= number <= 9 and stage is None:
        found[number - 6] = found[number - 5] = "junior_secondary"
    if 10 <= number <= 12 and stage in (None, "senior_secondary"):
        found[number - 9] = "senior_secondary"
    return found
