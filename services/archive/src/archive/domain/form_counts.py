"""Counters of signed forms: what changes at which level when students come, move, leave or upload (NR-04). Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, order=True)
class Counted:
    """As what a student counts in a school year."""

    student_id: UUID
    school_year: str
    path: str
    uploaded: bool


@dataclass(frozen=True)
class Completion:
    """How many students of an organisation have to hand in a form, and how many forms are uploaded."""

    path: str
    title: str
    students: int
    uploaded: int


@dataclass(frozen=True)
class Level:
    """An organisation and those directly below it in a school year; `years`: all there are."""

    years: Sequence[str]
    school_year: str | None
    own: Completion
    below: Sequence[Completion]


type Deltas = dict[tuple[str, str], tuple[int, int]]
"""By school year and path: students and uploaded forms that are added or taken off."""


def levels(path: str) -> list[str]:
    """The organisations in which a student of this class counts, from the province down."""
    labels = path.split(".")
    return [".".join(labels[:depth]) for depth in range(1, len(labels) + 1)]


def deltas(before: Iterable[Counted], after: Iterable[Counted]) -> Deltas:
    """What the counters change by. Rows that are the same before and after cancel out."""
    found: Deltas = {}
    for sign, rows in ((-1, before), (1, after)):
        for row in rows:
            for path in levels(row.path):
                students, uploaded = found.get((row.school_year, path), (0, 0))
                found[row.school_year, path] = students + sign, uploaded + sign * row.uploaded
    return {key: change for key, change in found.items() if change != (0, 0)}


def sums(rows: Iterable[Counted]) -> Mapping[tuple[str, str], tuple[int, int]]:
    """The counters as they have to be."""
    return deltas((), rows)
