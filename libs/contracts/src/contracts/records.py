"""Events that the records service publishes."""

from datetime import date
from typing import ClassVar
from uuid import UUID

from pydantic import AwareDatetime

from contracts.base import (
    BatchApplied,
    BatchChecked,
    BatchReverted,
    Event,
    EventPart,
    OrgPath,
    RecordSnapshot,
    StudentStatement,
    StudentsUsed,
    Window,
)


class TermEvent(Event):
    """Base of the events about a school's term: its complete timetable and its scheme version.

    `stage` and `years`: the stage and length of the school as they count for this term (BJ-12); None: the scheme's usual ones.
    """

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
    stage: str | None = None
    years: int | None = None


class TermScheduledV1(TermEvent):
    """A term was created for a school (SH-01)."""

    subject: ClassVar[str] = "records.term.scheduled.v1"


class TermChangedV1(TermEvent):
    """A term's timetable changed; the event has the complete new one."""

    subject: ClassVar[str] = "records.term.changed.v1"
    reason: str


class ParticipationChangedV1(Event):
    """A student was marked as not taking part in a term, or put back (SH-03); the version counts the changes of both.

    `reason` is the scheme's title of why; None: put back.
    """

    subject: ClassVar[str] = "records.participation.changed.v1"
    key: ClassVar[str] = "student_id"
    term_id: UUID
    student_id: UUID
    student_name: str
    path: OrgPath
    participates: bool
    reason: str | None
    by_name: str
    at: AwareDatetime
    version: int


class RecordEvent(Event):
    """Base of the events about a record; the snapshot is its present state."""

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
    """A reviewer returned a record with a reason; the student may change it and submit it again (JX-04)."""

    subject: ClassVar[str] = "records.record.returned.v1"
    reason_code: str
    reason_title: str
    note: str | None


class RecordWithdrawnV1(RecordEvent):
    """The author withdrew a record before anybody reviewed it."""

    subject: ClassVar[str] = "records.record.withdrawn.v1"


class RecordApprovedV1(RecordEvent):
    """A record passed its last review step and is eligible for publicity (JX-03). Published once per version."""

    subject: ClassVar[str] = "records.record.approved.v1"
    approved_by: str


class Asked(EventPart):
    """A case that allowed an amendment, and its turn (see `AmendmentRequestedV1`)."""

    case_id: UUID
    turn: int


class RecordEscalatedV1(RecordEvent):
    """Its student refused a record, and nobody corrected it in time: publicity opens a case of type `case_type` (SH-10).

    The record was never eligible for publicity; the snapshot is what the case is about. `reason`: why it was refused.
    """

    subject: ClassVar[str] = "records.record.escalated.v1"
    case_type: str
    reason: str


class RecordAmendedV1(RecordEvent):
    """The author amended an approved record because a case allowed it (JX-09); its version increased."""

    subject: ClassVar[str] = "records.record.amended.v1"
    case_id: UUID
    asked: tuple[Asked, ...] = ()
    """All cases that allowed it at that time; if none of them still does in that turn, the change came too late."""
    restores: int | None = None
    """Not an amendment: a change that came too late was reverted to the content of this version."""


class RecordVoidedV1(RecordEvent):
    """A record was voided and no longer counts."""

    subject: ClassVar[str] = "records.record.voided.v1"
    reason: str


class MisconductReleasedV1(RecordEvent):
    """The school administrator released a misconduct record; that is final (JX-14)."""

    subject: ClassVar[str] = "records.misconduct.released.v1"
    released_on: date
    reason: str
    released_by: str


class FinalSubmissionEvent(Event):
    """Base of the events about a student's final submission in the last term of a stage (CS-01, CS-08)."""

    key: ClassVar[str] = "submission_id"
    submission_id: UUID
    term_id: UUID
    """The last term; the records may be of all terms of the stage."""
    student_id: UUID
    student_name: str
    path: OrgPath
    title: str
    """What the scheme calls it."""
    records: int
    """How many records were submitted."""
    version: int
    at: AwareDatetime


class FinalSubmissionSubmittedV1(FinalSubmissionEvent):
    """A student submitted the chosen material; it waits for the school's review."""

    subject: ClassVar[str] = "records.final_submission.submitted.v1"
    reviewer_role: str


class FinalSubmissionWithdrawnV1(FinalSubmissionEvent):
    """A student took a final submission back before the school reviewed it."""

    subject: ClassVar[str] = "records.final_submission.withdrawn.v1"


class FinalSubmissionReturnedV1(FinalSubmissionEvent):
    """The school returned a final submission with a reason; the student may change it and submit it again."""

    subject: ClassVar[str] = "records.final_submission.returned.v1"
    reason_title: str
    note: str | None


class FinalSubmissionApprovedV1(FinalSubmissionEvent):
    """The school let a final submission pass: these records are publicised in the last term, `refused` others are not.

    Sent once per student and last term, because an approved submission does not change any more.
    """

    subject: ClassVar[str] = "records.final_submission.approved.v1"
    record_ids: tuple[UUID, ...]
    refused: int


class PositionEvent(Event):
    """Base of the events about a student's position (职务, JX-11)."""

    key: ClassVar[str] = "position_id"
    position_id: UUID
    term_id: UUID
    student_id: UUID
    student_name: str
    path: OrgPath
    title: str
    level: str | None
    """The level of the position in Chinese (班级, 校级)."""
    starts_on: date
    ends_on: date | None
    duties: str | None
    version: int


class PositionSubmittedV1(PositionEvent):
    """A student declared a position; it waits for the class teacher."""

    subject: ClassVar[str] = "records.position.submitted.v1"


class PositionReturnedV1(PositionEvent):
    """The class teacher returned a position with a reason."""

    subject: ClassVar[str] = "records.position.returned.v1"
    reason_code: str
    reason_title: str
    note: str | None


class PositionApprovedV1(PositionEvent):
    """The class teacher approved a position; it will be in the archive."""

    subject: ClassVar[str] = "records.position.approved.v1"


class RecordsBatchAppliedV1(BatchApplied):
    """records applied one chunk of imported rows (JX-06)."""

    subject: ClassVar[str] = "records.batch.applied.v1"


class RecordsBatchCheckedV1(BatchChecked):
    """records says what committing one chunk of imported rows would do (L-10)."""

    subject: ClassVar[str] = "records.batch.checked.v1"


class RecordsBatchRevertedV1(BatchReverted):
    """records undid an import; the `kept` rows were used already and stay (X-12)."""

    subject: ClassVar[str] = "records.batch.reverted.v1"


class RecordsStudentsUsedV1(StudentsUsed):
    """records has data of these students of a roster that is to be undone (L-10)."""

    subject: ClassVar[str] = "records.students.used.v1"


class RecordsStatementV1(StudentStatement):
    """What records has of a student whose enrolment is to change (BJ-04)."""

    subject: ClassVar[str] = "records.student.stated.v1"
