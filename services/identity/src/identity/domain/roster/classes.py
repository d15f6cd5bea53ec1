"""Class titles: which two are the same class, and the label of a new class in the organisation tree (L-07)."""

import re
import unicodedata
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal

from people import han_number, name_key

from identity.domain.organisations import Organisation, class_of, grade_of

type Stage = Literal["primary", "junior", "senior"]

_HAN = r"[一二三四五六七八九十]"
_COHORT = re.compile(r"(?:小学?|初中?|高中?)?(?P<year>20\d\d(?=\D)|\d\d(?=[级届]))(?P<word>[级年届])?[-·]?")
_GRADE = re.compile(
    rf"(?:(?P<stage>小学|初中|高中|小|初|高)(?P<of>{_HAN}{{1,2}}|\d(?=年级|级|[(-])|)|(?P<plain>{_HAN}{{1,3}}|\d{{1,2}}))(?P<word>年级|级)?[-·]?"
)
_NUMBER = re.compile(rf"第?\(?(?:0*(?P<digits>\d{{1,4}})|(?P<han>{_HAN}{{1,3}}))\)?")
_BRACKETS = str.maketrans({**dict.fromkeys("([{【〔〖「『<《", "("), **dict.fromkeys(")]}】〕〗」』>》", ")")})


@dataclass(frozen=True)
class TitleKey:
    """What a class title says: a number (5班, (5)班, 高一(5)班 are one), or else the words (实验5班). `stage`: the stage that
    a grade before the number names; a school with two stages has two classes 5 of one year of entry."""

    number: int | None
    words: str
    stage: Stage | None = None

    def same(self, other: "TitleKey") -> bool:
        """Is it the same class of one grade?"""
        stages = self.stage is None or other.stage is None or self.stage == other.stage
        return (self.number, self.words) == (other.number, other.words) and stages


@lru_cache(4096)
def title_key(title: str, entry_year: int) -> TitleKey:
    """The key of a title as entered, in the grade that entered in this year."""
    text = unicodedata.normalize("NFKC", name_key(title).translate(_BRACKETS)).translate(_BRACKETS)
    text = re.sub(r"班级?$", "", text)
    cohort = _COHORT.match(text)
    if cohort and int(cohort["year"][-2:]) + 2000 - entry_year in (range(1, 10) if cohort["word"] == "届" else (0,)):
        text = text[cohort.end() :]
    whole = _NUMBER.fullmatch(text)
    if whole:
        return TitleKey(_value(whole), "")
    grade, stage = _GRADE.match(text), None
    if grade:
        rest = _NUMBER.fullmatch(text, grade.end())
        if rest and (grade["stage"] or grade["word"] or _apart(grade, rest)):
            return TitleKey(_value(rest), "", _stage(grade))
        if grade["of"] or grade["word"] == "年级":  # 高一实验班 is called 高二实验班 a year later
            text, stage = text[grade.end() :], _stage(grade)
    return TitleKey(None, re.sub(r"(?<!\d)0+(?=\d)", "", re.sub(r"\((\d+)\)", r"\1", text)), stage)


def _apart(grade: re.Match[str], number: re.Match[str]) -> bool:
    """Does something separate a grade without 年级 from the number: 七(3), 七3, 7-3; but not 73, and not 十一?"""
    plain = grade["plain"]
    separated = number[0].startswith("(") or grade[0][-1] in "-·"
    return separated or (not plain.isdigit() and number["digits"] is not None)


def _value(found: re.Match[str]) -> int:
    return int(found["digits"]) if found["digits"] else han_number(found["han"])


def _stage(grade: re.Match[str]) -> Stage | None:
    if grade["stage"]:
        return {"小": "primary", "初": "junior", "高": "senior"}[grade["stage"][0]]  # type: ignore[return-value]
    plain = grade["plain"]
    number = int(plain) if plain.isdigit() else han_number(plain)
    if number <= 5:
        return "primary"
    if number == 6:  # the last of six years of primary school, or the first of four years of junior school
        return None
    return "junior" if number <= 9 else "senior"


@dataclass
class Classes:
    """The classes of a school while a roster is read: those that exist, and those that its rows add."""

    school: Organisation
    grades: dict[int, Organisation] = field(default_factory=dict)
    """By year of entry; those that exist."""
    known: dict[int, list[Organisation]] = field(default_factory=dict)
    """By year of entry; new ones are added."""
    added: list[Organisation] = field(default_factory=list)
    """New grades and classes, a grade before its classes."""
    positions: dict[str, int] = field(default_factory=dict)
    """The order of classes that had none, by path."""
    stage: str | None = None
    """Of a school with several stages: theirs; None: the first one."""

    def _same(self, entry_year: int, title: str) -> list[Organisation]:
        """The classes of the grade that the title may mean: one, none, or several that it does not tell apart."""
        key = title_key(title, entry_year)
        same = [c for c in self.known.get(entry_year, ()) if title_key(c.title, entry_year).same(key)]
        exact = [c for c in same if title_key(c.title, entry_year) == key]
        return exact if len(exact) == 1 else same

    def ambiguous(self, entry_year: int, title: str) -> bool:
        """Does the title fit more than one class of the grade?"""
        return len(self._same(entry_year, title)) > 1

    def find(self, entry_year: int, title: str, order: int | None) -> Organisation:
        """The class with this title, a new one if there is none; ask `ambiguous` first. `order` is its position in the
        workbook, for classes that have none yet."""
        same = self._same(entry_year, title)
        found = same[0] if same else self._add(entry_year, title)
        if order is not None and found.position is None and found.path not in self.positions:
            self.positions[found.path] = self._position(entry_year, order, new=not same)
        return found

    def grade(self, entry_year: int) -> Organisation:
        """The grade that entered in this year, a new one if there is none."""
        if entry_year not in self.grades:
            self.grades[entry_year] = grade_of(self.school, entry_year, self.stage)
            self.added.append(self.grades[entry_year])
        return self.grades[entry_year]

    def _add(self, entry_year: int, title: str) -> Organisation:
        here = self.known.setdefault(entry_year, [])
        code = _label(title_key(title, entry_year), {c.path.rpartition(".")[2] for c in here})
        made = class_of(self.grade(entry_year), code, title)
        here.append(made)
        self.added.append(made)
        return made

    def _position(self, entry_year: int, order: int, *, new: bool) -> int:
        """The order in the workbook; after the ordered classes that were there before."""
        taken = [c.position for c in self.known[entry_year] if c.position is not None]
        return min(9999, order + (max(taken) if new and taken else 0))

    def by_path(self) -> dict[str, Organisation]:
        """School, grades and classes, existing and new, by path."""
        everything = [self.school, *self.grades.values(), *(c for classes in self.known.values() for c in classes)]
        return {o.path: o for o in everything}


def _label(key: TitleKey, taken: set[str]) -> str:
    if key.number is not None and (label := f"c{key.number:02d}") not in taken:
        return label
    return next(label for n in range(1, 10_000) if (label := f"x{n:02d}") not in taken)
