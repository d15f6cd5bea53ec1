"""What a content is made from: the rows of one student, as values."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from uuid import UUID

from contracts.base import RecordSnapshot
from scheme import Scheme
from servicekit.directory import Student

from archive.domain.content import Replaced
from archive.domain.evaluations import Evaluation


@dataclass(frozen=True)
class Released:
    """A misconduct's release (JX-14)."""

    released_on: date
    reason: str


@dataclass(frozen=True)
class Collected:
    """A record that counts; `term` is the title of its term."""

    snapshot: RecordSnapshot
    term: str
    released: Released | None = None
    archived: bool = False
    """Part of a sealed term archive."""


@dataclass(frozen=True)
class Held:
    """A position that was passed (JX-11)."""

    title: str
    level: str | None
    starts_on: date
    ends_on: date | None
    duties: str | None


@dataclass(frozen=True)
class Material:
    """Everything of one student that goes into one archive."""

    student: Student
    records: tuple[Collected, ...] = ()
    positions: tuple[Held, ...] = ()
    evaluations: tuple[tuple[str, Evaluation], ...] = ()
    """With the title of the term."""


@dataclass(frozen=True)
class Frame:
    """What is the same for all archives of one seal and class: when, where, and how the class did on the mean."""

    made_at: datetime
    region: str
    verify_url: str
    """The address that a code is put behind."""
    means: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Planned:
    """An archive that has its number and code, and waits for its content."""

    id: UUID
    student_id: UUID
    code: str
    document_no: str
    version: int
    replaces: Replaced | None = None


def entering(scheme: Scheme, material: Material) -> Material:
    """Without records of kinds that the scheme never archives."""
    kept = tuple(r for r in material.records if scheme.kind(r.snapshot.kind).archive != "never")
    return replace(material, records=kept)


def counts(records: tuple[Collected, ...]) -> dict[str, int]:
    """Records per kind."""
    found: dict[str, int] = {}
    for record in records:
        found[record.snapshot.kind] = found.get(record.snapshot.kind, 0) + 1
    return found


def means(scheme: Scheme, all_records: list[tuple[Collected, ...]]) -> dict[str, float]:
    """The mean of each axis over a class, 0 to 100 with one digit."""
    pictures = [scheme.radar(counts(records)) for records in all_records]
    if not pictures:
        return {}
    return {name: round(float(sum(p[name] for p in pictures)) * 100 / len(pictures), 1) for name in pictures[0]}
