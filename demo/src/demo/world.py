"""What the demo knows while it runs: the schools, their people with their sessions, and what was counted."""

import random
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from demo.client import Gateway, User
from demo.people import School, Student, Teacher

PASSWORD = "Zongping-2026"  # noqa: S105
"""What everybody in the demonstration sets as their own password."""


@dataclass
class Pupil:
    """A student with their guardian, both signed in."""

    plan: Student
    path: str
    user: User
    guardian: User | None = None
    student_id: str = ""


@dataclass
class Classroom:
    """A class, its teacher and its pupils."""

    path: str
    title: str
    teacher: User
    pupils: list[Pupil] = field(default_factory=list)


@dataclass
class Campus:
    """A school at work."""

    plan: School
    path: str
    administrator: User
    rooms: list[Classroom] = field(default_factory=list)
    staff: dict[str, User] = field(default_factory=dict)
    term: dict[str, Any] = field(default_factory=dict)
    sealed: dict[str, Any] = field(default_factory=dict)

    @property
    def pupils(self) -> list[Pupil]:
        """All pupils of the school."""
        return [pupil for room in self.rooms for pupil in room.pupils]

    def room_of(self, teacher: Teacher) -> Classroom:
        """The class that a class teacher keeps."""
        return next(room for room in self.rooms if room.title == teacher.class_name)


@dataclass
class World:
    """The whole demonstration. `counts` is what the last line tells."""

    gateway: Gateway
    run: int
    seed: int
    operator: User
    operator_password: str
    scheme: dict[str, Any] = field(default_factory=dict)
    province: str = ""
    campuses: list[Campus] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    notes: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.random = random.Random(self.seed)

    def kinds(self, origin: str) -> list[dict[str, Any]]:
        """The scheme's kinds of one origin, each with its dimension's id."""
        return [
            {**kind, "dimension": dimension["id"]}
            for dimension in self.scheme["dimensions"]
            for kind in dimension["kinds"]
            if kind["origin"] == origin
        ]

    def kind(self, kind_id: str) -> dict[str, Any]:
        """One kind of the scheme."""
        return next(k for d in self.scheme["dimensions"] for k in d["kinds"] if k["id"] == kind_id)

    @property
    def pupils(self) -> list[Pupil]:
        """All pupils."""
        return [pupil for campus in self.campuses for pupil in campus.pupils]

    def expect(self, event: bool, what: str) -> None:
        """The demonstration also checks: what is not so is an error at the end."""
        if not event:
            self.notes.append(what)


def now() -> datetime:
    """Now, in UTC."""
    return datetime.now(UTC)


def window(operation: str, starts: datetime, ends: datetime) -> dict[str, Any]:
    """A window of a timetable, open to all roles that the scheme names."""
    return {"operation": operation, "starts": starts.isoformat(), "ends": ends.isoformat()}


def hours(count: float) -> timedelta:
    """So many hours."""
    return timedelta(hours=count)
