"""The base class of all events, and the types that they share. No I/O; imports no other package of this project."""

import hashlib
import json
from typing import Annotated, Any, ClassVar, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

type OrgPath = Annotated[str, StringConstraints(pattern=r"^([A-Za-z0-9_]+(\.[A-Za-z0-9_]+)*)?$", max_length=250)]
"""Path in the organisation tree: province.city.district.school.grade.class. Empty: the whole country."""

type Role = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$", max_length=60)]
"""The id of the role of an identity card: one of the platform's, or one that a scheme adds, such as a panel of a school.
The level (school, district, ...) follows from the card's path."""

type DataLevel = Literal["student", "school", "district", "city", "province"]
type Origin = Literal["reported", "imported", "entered"]

LEVELS = ("country", "province", "city", "district", "school", "grade", "class")


def level_of(path: str) -> str:
    """The level of an organisation path: `jx.nc.dh.s1` is a school."""
    return LEVELS[min(len(path.split(".")) if path else 0, len(LEVELS) - 1)]


def ancestor(path: str, level: str) -> str:
    """The ancestor of `path` at `level`; the whole path if it is not that deep."""
    return ".".join(path.split(".")[: LEVELS.index(level)])


def within(path: str, scope: str) -> bool:
    """Is `path` the organisation `scope` or below it?"""
    return not scope or path == scope or path.startswith(scope + ".")


class EventPart(BaseModel):
    """Base of everything inside an event: immutable, unknown fields are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class Event(EventPart):
    """An event. A subclass sets its `subject`, and `key`: events with the same value of this field stay in order."""

    subject: ClassVar[str]
    key: ClassVar[str]

    @property
    def aggregate(self) -> str:
        """The ordering key: events with the same aggregate are published in the order in which they were written."""
        return f"{self.subject.split('.')[1]}:{getattr(self, self.key)}"


class EvidenceRef(EventPart):
    """A checked evidence file of a record; `public_key` is the object key of its clean copy.

    Both it and `preview_key`, a small JPEG (None: there is none), are in the public bucket. `width` and `height`: pixels of a
    picture, or of the first of the `pages` of a PDF as it is drawn; None: an earlier release stored the file.
    """

    evidence_id: UUID
    name: str
    media_type: str
    size: int
    sha256: str
    public_key: str
    preview_key: str | None = None
    width: int | None = None
    height: int | None = None
    pages: int | None = None


class RecordSnapshot(EventPart):
    """A record as it was when the event was written. `data` has the validated values of the form by field id.

    `author_id` is the account that entered it, in the role `author_role`: it is asked to amend records that a school or
    district entered (SH-10). The role `importer` means that the account imported it with a workbook. `scheme_version` is the
    version of the term's scheme under which it was written, by which it is read ever after; null: of an older release (X-01).
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
    scheme_version: str | None = None


class RowProblem(EventPart):
    """Why one row of an import is not applied, or what to know about it. `row` is the row number in the workbook, from 1;
    `sheet` the id of the sheet (None: the import has one); `field` the key of the row's data that it is about."""

    row: int
    field: str | None = None
    code: str
    message: str
    sheet: str | None = None


class BatchApplied(Event):
    """A service applied one chunk of an import."""

    key: ClassVar[str] = "batch_id"
    batch_id: UUID
    chunk: int
    chunks: int
    created: int
    changed: int
    unchanged: int
    problems: tuple[RowProblem, ...] = ()


type RowOutcome = Literal["created", "changed", "unchanged", "problem", "question"]


class RowPlan(EventPart):
    """What applying a row would do. `fingerprint` is equal for two plans that do the same (`fingerprint`)."""

    outcome: RowOutcome
    fingerprint: str


def fingerprint(*parts: object) -> str:
    """A short hash of what a plan would do. The parts are values that JSON has, or whose `str` says it all. Personal data
    of low entropy does not belong into it: whoever sees the hash could guess the value."""
    text = json.dumps(parts, ensure_ascii=False, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


class BatchChecked(Event):
    """A service's answer to a check: what committing this chunk would do now (L-10). It is computed by the code that commits.

    problems: rows that would not be applied. questions: rows that are not applied until the school answers in the workbook.
    warnings: rows that are applied, and what to know about them. counts: effects that are announced before a commit, see
    `contracts.importer.COUNTS`. rows: the plan of every row, in the order of the chunk. fingerprint: of the whole chunk's plan;
    the same plan has the same one.
    """

    key: ClassVar[str] = "batch_id"
    batch_id: UUID
    attempt: int
    chunk: int
    chunks: int
    created: int
    changed: int
    unchanged: int
    problems: tuple[RowProblem, ...] = ()
    questions: tuple[RowProblem, ...] = ()
    warnings: tuple[RowProblem, ...] = ()
    counts: dict[str, int] = Field(default_factory=dict)
    rows: tuple[RowPlan, ...] = ()
    fingerprint: str


class BatchReverted(Event):
    """A service undid an import; the `kept` rows are in use and stay, each with its reason (X-12, L-10)."""

    key: ClassVar[str] = "batch_id"
    batch_id: UUID
    removed: int
    restored: int
    kept: tuple[RowProblem, ...]


class StudentsUsed(Event):
    """A service's answer to `StudentsRemovalAskedV1`: of which of these students it has data (L-10)."""

    key: ClassVar[str] = "batch_id"
    batch_id: UUID
    part: int
    students: tuple[UUID, ...]


class StatementLine(EventPart):
    """One line of a statement of a student's evaluation data: how many of what, never what they say (BJ-04).

    `term`: the term's title; None: of no term. `running`: still open, and so follows the student. `school`: the org_path of the
    term's school, empty where it is of none.
    """

    term: str | None
    school: OrgPath = ""
    title: str
    count: int
    running: bool = False


class StudentStatement(Event):
    """A service's answer to `EnrolmentStatementAskedV1`: what evaluation data it has of the student now (BJ-04)."""

    key: ClassVar[str] = "application_id"
    application_id: UUID
    attempt: int
    lines: tuple[StatementLine, ...]


class Window(EventPart):
    """A time window: who may do which operation from when to when. Empty `roles` or `grades`: all of the scheme."""

    operation: str
    starts: AwareDatetime
    ends: AwareDatetime
    roles: tuple[str, ...] = ()
    grades: tuple[str, ...] = ()
