"""The base of every event, and the small types that events share. No I/O, no other package of ours."""

from datetime import datetime
from typing import Annotated, Any, ClassVar, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, StringConstraints

type OrgPath = Annotated[str, StringConstraints(pattern=r"^([A-Za-z0-9_]+(\.[A-Za-z0-9_]+)*)?$", max_length=250)]
"""Place in the organisation tree, root first: province.city.district.school.grade.class. Empty: the whole country."""

type Role = Literal[
    "operator",
    "administrator",
    "recorder",
    "auditor",
    "principal",
    "class_teacher",
    "subject_teacher",
    "student",
    "guardian",
]
"""What an identity card lets its holder be. The level (school, district, ...) follows from the card's path."""

type DataLevel = Literal["student", "school", "district", "city", "province"]
type Origin = Literal["reported", "imported", "entered"]

LEVELS = ("country", "province", "city", "district", "school", "grade", "class")


def level_of(path: str) -> str:
    """The level of an organisation path: `jx.nc.dh.s1` is a school."""
    return LEVELS[min(len(path.split(".")) if path else 0, len(LEVELS) - 1)]


def ancestor(path: str, level: str) -> str:
    """The part of `path` that names its organisation at `level`; the whole path where it is not that deep."""
    return ".".join(path.split(".")[: LEVELS.index(level)])


def within(path: str, scope: str) -> bool:
    """Is `path` the organisation `scope` or below it?"""
    return not scope or path == scope or path.startswith(scope + ".")


class Part(BaseModel):
    """A piece of an event: frozen, nothing unknown accepted."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Event(Part):
    """One event. A subclass names its `subject` and the field whose value orders its events (`key`)."""

    subject: ClassVar[str]
    key: ClassVar[str]

    @property
    def aggregate(self) -> str:
        """What the event is about: events with the same aggregate are published in the order they were written."""
        return f"{self.subject.split('.')[1]}:{getattr(self, self.key)}"


class EvidenceRef(Part):
    """A checked file that proves a record; `public_key` names the copy without position data in the public bucket.

    `preview_key` names a small JPEG of it there; None: it has none.
    """

    evidence_id: UUID
    name: str
    media_type: str
    size: int
    sha256: str
    public_key: str
    preview_key: str | None = None


class RecordSnapshot(Part):
    """A record as it stood when the event was written. `data` holds the form's clean values by field id.

    `author_id` is the account that entered it, as `author_role`: who is asked to mend what school or district entered
    (SH-10). `importer`: it came with a workbook of that account.
    """

    record_id: UUID
    term_id: UUID
    student_id: UUID
    student_name: str
    path: OrgPath
    dimension: str
    kind: str
    title: str
    data: dict[str, Any]
    evidence: tuple[EvidenceRef, ...] = ()
    origin: Origin
    level: DataLevel
    author_name: str
    author_id: UUID | None = None
    author_role: str | None = None
    version: int


class RowProblem(Part):
    """Why one row of a batch was not taken in. `row` counts as the workbook's reader sees it."""

    row: int
    field: str | None = None
    code: str
    message: str


class BatchApplied(Event):
    """A service took in one chunk of an imported batch."""

    key: ClassVar[str] = "batch_id"
    batch_id: UUID
    chunk: int
    chunks: int
    created: int
    changed: int
    unchanged: int
    problems: tuple[RowProblem, ...] = ()


class Window(Part):
    """Who may do which operation from when to when; empty `roles` and `grades` mean all that the scheme names."""

    operation: str
    starts: AwareDatetime
    ends: AwareDatetime
    roles: tuple[str, ...] = ()
    grades: tuple[str, ...] = ()

    def open_at(self, now: datetime) -> bool:
        """The start belongs to the window, the end does not."""
        return self.starts <= now < self.ends
