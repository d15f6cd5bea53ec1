"""How far students, classes and schools are in a term: who has records in every dimension, who lacks what (JX-18, NR-04)."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Self
from uuid import UUID

from scheme import Scheme

from records.domain.quotas import COUNTED

LONG = timedelta(days=7)
"""A record that waits for its review longer than this is counted as waiting long."""
NOT_COUNTED = ("left", "suspended")
"""Enrolment statuses of students who need not report anything."""


def core_dimensions(scheme: Scheme) -> tuple[str, ...]:
    """The dimensions in which every student is to have a record: all but extras such as 特色项目 (JX-02)."""
    return tuple(dimension.id for dimension in scheme.dimensions if dimension.core)


def expected_kinds(scheme: Scheme, grade: int | None) -> tuple[str, ...]:
    """The kinds that the school enters for every student: those whose workbook lists all students (JX-05)."""
    return tuple(
        dict.fromkeys(
            one.kind for one in scheme.imports if one.kind and one.prefilled and scheme.kind(one.kind).fits_grade(grade)
        )
    )


@dataclass(frozen=True, slots=True)
class StudentProgress:
    """One student's term in numbers. `dimensions`, `kinds`: in which there is a record that is submitted and not voided."""

    id: UUID
    name: str
    path: str
    class_title: str
    drafts: int
    waiting: int
    waiting_long: int
    returned: int
    confirmed: int
    dimensions: frozenset[str]
    kinds: frozenset[str]
    last_submitted_at: datetime | None

    @property
    def reported(self) -> int:
        """Records that are submitted and not voided."""
        return self.waiting + self.returned + self.confirmed


@dataclass(frozen=True, slots=True)
class Progress:
    """An organisation's students in numbers: `complete` have a record in every core dimension, `partial` in some of them.

    `dimensions`: how many students have a record there.
    """

    path: str
    students: int = 0
    complete: int = 0
    partial: int = 0
    waiting: int = 0
    waiting_long: int = 0
    returned: int = 0
    confirmed: int = 0
    dimensions: dict[str, int] = field(default_factory=dict)

    @property
    def nothing(self) -> int:
        """Students without any record in a core dimension."""
        return self.students - self.complete - self.partial

    @property
    def reported(self) -> int:
        """Records that are submitted and not voided."""
        return self.waiting + self.returned + self.confirmed

    def items(self) -> dict[str, int]:
        """The numbers by name, as counters keep them."""
        of_dimensions = {f"{_DIMENSION}{name}": count for name, count in self.dimensions.items()}
        return {**{name: getattr(self, name) for name in _NUMBERS}, **of_dimensions}

    @classmethod
    def of_items(cls, path: str, items: Mapping[str, int]) -> Self:
        """The same back."""
        of_dimensions = {name.removeprefix(_DIMENSION): n for name, n in items.items() if name.startswith(_DIMENSION) and n}
        return cls(path=path, dimensions=of_dimensions, **{name: items.get(name, 0) for name in _NUMBERS})

    @classmethod
    def of(cls, path: str, students: Iterable[StudentProgress], core: Sequence[str]) -> Self:
        """The students of a class together."""
        found = list(students)
        have = [len(one.dimensions.intersection(core)) for one in found]
        return cls(
            path=path,
            students=len(found),
            complete=sum(n == len(core) for n in have),
            partial=sum(0 < n < len(core) for n in have),
            waiting=sum(one.waiting for one in found),
            waiting_long=sum(one.waiting_long for one in found),
            returned=sum(one.returned for one in found),
            confirmed=sum(one.confirmed for one in found),
            dimensions=dict(Counter(name for one in found for name in one.dimensions)),
        )

    @classmethod
    def sum(cls, path: str, parts: Iterable[Self]) -> Self:
        """Organisations together."""
        numbers: Counter[str] = Counter()
        dimensions: Counter[str] = Counter()
        for part in parts:
            numbers.update({name: getattr(part, name) for name in _NUMBERS})
            dimensions.update(part.dimensions)
        return cls(path=path, dimensions=dict(dimensions), **{name: numbers[name] for name in _NUMBERS})


_NUMBERS = ("students", "complete", "partial", "waiting", "waiting_long", "returned", "confirmed")
_DIMENSION = "dimension|"


@dataclass(frozen=True, slots=True)
class Child:
    """An organisation directly below another one, by its own title."""

    path: str
    title: str
    level: str


@dataclass(frozen=True, slots=True)
class TrendPoint:
    """How many students had a record in every core dimension on a day."""

    day: date
    students: int
    complete: int


@dataclass(frozen=True, slots=True)
class Overview:
    """An organisation's progress with that of the organisations below it, or with each student of a class."""

    path: str
    title: str
    level: str
    school_year: str
    number: int
    scheme: Scheme
    total: Progress
    counted_at: datetime
    children: Sequence[tuple[Child, Progress]] = ()
    students: Sequence[StudentProgress] = ()
    trend: Sequence[TrendPoint] = ()
    grade: int | None = None


def by_class(students: Iterable[StudentProgress], core: Sequence[str]) -> list[Progress]:
    """The progress of each class."""
    classes: dict[str, list[StudentProgress]] = {}
    for one in students:
        classes.setdefault(one.path, []).append(one)
    return [Progress.of(path, members, core) for path, members in sorted(classes.items())]


def below(parts: Iterable[Progress], path: str) -> dict[str, Progress]:
    """The progress of each organisation directly below `path`, from that of classes."""
    depth = len(path.split(".")) + 1 if path else 1
    groups: dict[str, list[Progress]] = {}
    for part in parts:
        groups.setdefault(".".join(part.path.split(".")[:depth]), []).append(part)
    return {child: Progress.sum(child, members) for child, members in groups.items()}


def lacking(one: StudentProgress, scheme: Scheme, grade: int | None) -> tuple[list[str], list[str]]:
    """The core dimensions and the kinds of the school in which this student has nothing yet, in the scheme's order."""
    dimensions = [name for name in core_dimensions(scheme) if name not in one.dimensions]
    return dimensions, [name for name in expected_kinds(scheme, grade) if name not in one.kinds]


def counted_states() -> list[str]:
    """The states in which a record counts."""
    return [state.value for state in COUNTED]


def lowest_first(children: Iterable[tuple[Child, Progress]]) -> list[tuple[Child, Progress]]:
    """Those with the smallest share of complete students first, equal ones as they come; without students last."""

    def share(item: tuple[Child, Progress]) -> tuple[bool, float]:
        progress: Any = item[1]
        return not progress.students, progress.complete / (progress.students or 1)

    return sorted(children, key=share)
