"""Events of records: what happened."""

from datetime import date
from typing import ClassVar
from uuid import UUID

from pydantic import AwareDatetime

from contracts.base import BatchApplied, Event, OrgPath, Part, RecordSnapshot, RowProblem, Window


class TermEvent(Event):
    """A school's term with its whole timetable and the scheme version it runs under."""

    key: ClassVar[str] = "term_id"
    term_id: UUID
    path: OrgPath
    title: str
    school_year: str
    number: int
    scheme_id: str
    scheme_version: str
    time_zone: str
    starts_on: date
    ends_on: date
    windows: tuple[Window, ...]
    version: int


class TermScheduledV1(TermEvent):
    """A term was opened for a school (SH-01)."""

    subject: ClassVar[str] = "records.term.scheduled.v1"


class TermChangedV1(TermEvent):
    """A term's timetable changed; the whole new one is in here."""

    subject: ClassVar[str] = "records.term.changed.v1"
    reason: str


class RecordEvent(Event):
    """A record moved; the snapshot says what it is now."""

    key: ClassVar[str] = "record_id"
    record_id: UUID
    record: RecordSnapshot
    at: AwareDatetime


class RecordSubmittedV1(RecordEvent):
    """A record waits for review step `step` by `reviewer_role` (JX-04)."""

    subject: ClassVar[str] = "records.record.submitted.v1"
    step: int
    reviewer_role: str


class RecordReturnedV1(RecordEvent):
    """A reviewer returned a record with a reason; its student mends and submits again (JX-04)."""

    subject: ClassVar[str] = "records.record.returned.v1"
    reason_code: str
    reason_title: str
    note: str | None


class RecordWithdrawnV1(RecordEvent):
    """Its author took a record back before anybody reviewed it; it waits for no reviewer any more."""

    subject: ClassVar[str] = "records.record.withdrawn.v1"


class RecordApprovedV1(RecordEvent):
    """A record passed its last review step and is eligible for publicity (JX-03). Once per version."""

    subject: ClassVar[str] = "records.record.approved.v1"
    approved_by: str


class Asked(Part):
    """A case that asked for an amendment, and in which of its turns."""

    case_id: UUID
    turn: int


class RecordAmendedV1(RecordEvent):
    """The author mended an approved record because a case asked for it (JX-09); its version went up."""

    subject: ClassVar[str] = "records.record.amended.v1"
    case_id: UUID
    asked: tuple[Asked, ...] = ()
    """Every case that asked then; where none of them asks any more in that turn, the change came too late."""
    restores: int | None = None
    """Nobody mended it: a change that came too late was taken back, the content is that of this version again."""


class RecordVoidedV1(RecordEvent):
    """A record counts no longer."""

    subject: ClassVar[str] = "records.record.voided.v1"
    reason: str


class MisconductReleasedV1(RecordEvent):
    """The school administrator released a misconduct record; it cannot be taken back (JX-14)."""

    subject: ClassVar[str] = "records.misconduct.released.v1"
    released_on: date
    reason: str
    released_by: str


class PositionEvent(Event):
    """A student's position (JX-11)."""

    key: ClassVar[str] = "position_id"
    position_id: UUID
    term_id: UUID
    student_id: UUID
    student_name: str
    path: OrgPath
    title: str
    level: str | None
    """Where it is held, as people read it (班级, 校级)."""
    starts_on: date
    ends_on: date | None
    duties: str | None
    version: int


class PositionSubmittedV1(PositionEvent):
    """A student declared a position; the class teacher is to pass or return it."""

    subject: ClassVar[str] = "records.position.submitted.v1"


class PositionReturnedV1(PositionEvent):
    """The class teacher returned a position with a reason."""

    subject: ClassVar[str] = "records.position.returned.v1"
    reason_code: str
    reason_title: str
    note: str | None


class PositionApprovedV1(PositionEvent):
    """The class teacher passed a position; it goes into the archive."""

    subject: ClassVar[str] = "records.position.approved.v1"


class RecordsBatchAppliedV1(BatchApplied):
    """records took in one chunk of imported rows (JX-06)."""

    subject: ClassVar[str] = "records.batch.applied.v1"


class RecordsBatchRevertedV1(Event):
    """records took back a batch that was undone: `kept` rows were built upon already and stay (X-12)."""

    subject: ClassVar[str] = "records.batch.reverted.v1"
    key: ClassVar[str] = "batch_id"
    batch_id: UUID
    removed: int
    restored: int
    kept: tuple[RowProblem, ...]
