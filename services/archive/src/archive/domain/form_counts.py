"""Counters of signed forms: what changes when students come, move, leave or upload (NR-04). Pure."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from servicekit.counters import Key


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


STUDENTS, UPLOADED = "students", "uploaded"
"""What is counted."""


def changes(before: Iterable[Counted], after: Iterable[Counted]) -> dict[Key, int]:
    """What is added to the counters of classes. Rows that are the same before and after cancel out."""
    found = Counter[Key]()
    for sign, rows in ((-1, before), (1, after)):
        for row in rows:
            found[Key(row.school_year, row.path, STUDENTS)] += sign
            found[Key(row.school_year, row.path, UPLOADED)] += sign * row.uploaded
    return {key: change for key, change in found.items() if change}
