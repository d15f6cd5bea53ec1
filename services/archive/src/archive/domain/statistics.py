"""How many students of an organisation have which grade or verdict, and how that changes with a class (BJ-08, BJ-12). Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from scheme import STAGE_TITLES, Scheme, ScoredResult, VerdictResult

WHOLE = ""
"""The dimension of a grade on the whole, and of a verdict."""


class CountKey(NamedTuple):
    """What is counted: students below a path with a grade in a dimension."""

    path: str
    dimension: str
    band: str


@dataclass(frozen=True)
class Period:
    """The term of a school year in which the schools of a scheme give their results; `version`: of the scheme; `stage`: only of
    its schools, "" of all (BJ-03)."""

    scheme_id: str
    school_year: str
    number: int
    version: str = ""
    stage: str = ""

    @property
    def title(self) -> str:
        """As people say it."""
        stages: Mapping[str, str] = {str(stage): title for stage, title in STAGE_TITLES.items()}
        return f"{self.school_year.replace('-', '—')}学年第{'一二三四'[self.number - 1]}学期{stages.get(self.stage, '')}"


def same_period(one: Period, other: Period) -> bool:
    """Whether both are the same term of the same scheme, in whatever version."""
    return (one.scheme_id, one.school_year, one.number) == (other.scheme_id, other.school_year, other.number)


@dataclass(frozen=True)
class Total:
    """How many students below a path have a result in force, and in how many classes."""

    path: str
    title: str
    classes: int = 0
    students: int = 0


@dataclass(frozen=True)
class Statistics:
    """The results of an organisation and of the ones directly below it. expected: how many students take part; None above
    schools."""

    scheme: Scheme
    period: Period
    total: Total
    children: Sequence[Total]
    counts: Mapping[CountKey, int]
    expected: int | None = None

    def students(self, path: str, dimension: str, band: str) -> int:
        """How many students below a path have the grade."""
        return self.counts.get(CountKey(path, dimension, band), 0)


class Named(NamedTuple):
    """An id with the title that people read."""

    id: str
    title: str


def bands_of(scheme: Scheme) -> list[Named]:
    """The grades of a scheme from the highest, or the choices of its verdict."""
    result = scheme.result
    if isinstance(result, ScoredResult):
        return [Named(b.id, b.id if b.title == b.id else f"{b.id}（{b.title}）") for b in result.bands]
    if isinstance(result, VerdictResult):
        return [Named(choice.id, choice.title) for choice in result.choices]
    return []


def dimensions_of(scheme: Scheme) -> list[Named]:
    """What is graded: the dimensions where each has a grade of its own, then the whole."""
    result = scheme.result
    each = isinstance(result, ScoredResult) and result.per_dimension
    whole = "总评" if isinstance(result, ScoredResult) else "评价结果"
    return [*(Named(d.id, d.title) for d in scheme.dimensions if each), Named(WHOLE, whole)]


def changes(old: Mapping[CountKey, int], new: Mapping[CountKey, int]) -> dict[CountKey, int]:
    """What is to be added to the counters of classes, so that they have the new counts; nothing that stays."""
    keys = sorted(old.keys() | new.keys())
    return {key: new.get(key, 0) - old.get(key, 0) for key in keys if new.get(key, 0) != old.get(key, 0)}


def totals(counts: Mapping[CountKey, int], paths: Iterable[str]) -> dict[str, int]:
    """How many students of each class have a result."""
    found = dict.fromkeys(paths, 0)
    for key, count in counts.items():
        if key.dimension == WHOLE:
            found[key.path] += count
    return found


def total_changes(old: Mapping[str, int], new: Mapping[str, int]) -> dict[str, tuple[int, int]]:
    """What is to be added to classes with results and to their students, by class. old, new: students with a result."""
    return {path: (bool(count) - bool(old.get(path, 0)), count - old.get(path, 0)) for path, count in sorted(new.items())}
