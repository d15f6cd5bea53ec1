"""The state of a running demo: schools, users with their sessions, and counters."""

import random
from collections import Counter
from collections.abc import Awaitable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from demo.client import Gateway, Refused, User
from demo.deployments import JIANGXI, Deployment
from demo.people import SchoolData, StudentData, TeacherData

PASSWORD = "Zongping-2026"  # noqa: S105
"""The password of all users of the demo."""


@dataclass
class Pupil:
    """A student with their guardian, both signed in."""

    plan: StudentData
    path: str
    user: User
    guardian: User | None = None
    student_id: str = ""


@dataclass
class SchoolClass:
    """A class, its teacher and its pupils."""

    path: str
    title: str
    teacher: User
    pupils: list[Pupil] = field(default_factory=list)


@dataclass
class Campus:
    """A school with its users."""

    plan: SchoolData
    path: str
    administrator: User
    school_classes: list[SchoolClass] = field(default_factory=list)
    staff: dict[str, User] = field(default_factory=dict)
    term: dict[str, Any] = field(default_factory=dict)
    earlier: dict[str, Any] = field(default_factory=dict)
    """The term before, where a deployment has one."""
    sealed: dict[str, Any] = field(default_factory=dict)

    @property
    def pupils(self) -> list[Pupil]:
        """All pupils of the school."""
        return [pupil for school_class in self.school_classes for pupil in school_class.pupils]

    def class_of(self, teacher: TeacherData) -> SchoolClass:
        """The class of a class teacher."""
        return next(school_class for school_class in self.school_classes if school_class.title == teacher.class_name)


@dataclass
class World:
    """The whole demo. `counts` is printed at the end; `problems` are failed expectations."""

    gateway: Gateway
    run: int
    seed: int
    operator: User
    operator_password: str
    deployment: Deployment = JIANGXI
    again: int = 0
    """How often the deployment ran on this platform before."""
    scheme: dict[str, Any] = field(default_factory=dict)
    province: str = ""
    regional: dict[str, User] = field(default_factory=dict)
    campuses: list[Campus] = field(default_factory=list)
    begun: dict[str, datetime] = field(default_factory=dict)
    """When the phases of the timetable began."""
    refused: dict[str, str] = field(default_factory=dict)
    """By code: what people read of a refusal that was expected."""
    cases: dict[str, str] = field(default_factory=dict)
    """By case type: the id of a case."""
    counts: Counter[str] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)

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

    @property
    def members(self) -> list[tuple[Campus, Pupil]]:
        """All pupils, each with the school."""
        return [(campus, pupil) for campus in self.campuses for pupil in campus.pupils]

    @property
    def school_classes(self) -> list[tuple[Campus, SchoolClass]]:
        """All classes, each with the school."""
        return [(campus, school_class) for campus in self.campuses for school_class in campus.school_classes]

    async def expect_refusal(self, call: Awaitable[object], what: str, *expected: int | str) -> None:
        """Record a problem unless the call is refused with one of the expected statuses or codes."""
        try:
            await call
        except Refused as refused:
            self.expect(refused.status in expected or refused.code in expected, f"{what}: {refused}")
        else:
            self.expect(False, f"{what}: it was not refused")

    def expect(self, condition: bool, what: str) -> None:
        """Record a problem if `condition` is false; problems are reported at the end."""
        if not condition:
            self.problems.append(what)


def now() -> datetime:
    """Now, in UTC."""
    return datetime.now(UTC)


def window(operation: str, starts: datetime, ends: datetime) -> dict[str, Any]:
    """A window of a timetable, open to all roles that the scheme names."""
    return {"operation": operation, "starts": starts.isoformat(), "ends": ends.isoformat()}


def hours(count: float) -> timedelta:
    """`count` hours."""
    return timedelta(hours=count)
