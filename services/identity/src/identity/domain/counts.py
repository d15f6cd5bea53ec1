"""How many students an organisation has, and how many of them and of their guardians use the platform."""

from dataclasses import dataclass, fields
from datetime import datetime
from typing import Self
from uuid import UUID


@dataclass(frozen=True)
class Counts:
    """Students without those who left. An account is in use when its holder has a password or single sign-on."""

    students: int = 0
    students_in_use: int = 0
    """Students whose own account is in use."""
    with_guardian: int = 0
    """Students for whom the school registered a guardian."""
    guardians_in_use: int = 0
    """Students of whom a guardian has taken the card."""

    def __add__(self, other: Self) -> Self:
        """Both together."""
        return type(self)(*(getattr(self, one.name) + getattr(other, one.name) for one in fields(Counts)))


@dataclass(frozen=True)
class SchoolClass:
    """A class, in the school's order (L-07), with its counts and the names of its class teachers."""

    path: str
    title: str
    grade_path: str
    grade_title: str
    counts: Counts
    class_teachers: tuple[str, ...]


@dataclass(frozen=True)
class StudentAccount:
    """Whether a student has begun to use the account, and how many guardians are registered and have taken their card."""

    student_id: UUID
    name: str
    in_use: bool
    guardians: int
    guardians_in_use: int


@dataclass(frozen=True)
class OrganisationBelow:
    """An organisation directly below another one, with the counts of all schools in it."""

    path: str
    level: str
    title: str
    schools: int
    classes: int
    counts: Counts
    administrators: int
    """Active administrators' cards of the organisation itself."""
    counted_at: datetime | None
    """When the oldest of all counts of schools was made; None: just now, or not yet."""


@dataclass(frozen=True)
class Region:
    """A district, city or province: the organisations directly below, those of them with an administrator, and the sums."""

    organisations: int
    administered: int
    counts: Counts
