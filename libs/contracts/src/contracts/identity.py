"""Events that the identity service publishes."""

from typing import ClassVar, Literal
from uuid import UUID

from pydantic import AwareDatetime

from contracts.base import BatchApplied, Event, EventPart, OrgPath

type EnrolmentStatus = Literal["enrolled", "borrowed", "suspended", "left"]


class OrganisationCreatedV1(Event):
    """An organisation was created, or its title or scheme changed (version + 1)."""

    subject: ClassVar[str] = "identity.organisation.created.v1"
    key: ClassVar[str] = "path"
    path: OrgPath
    level: str
    title: str
    stage: str | None
    scheme_id: str | None
    scheme_version: str | None
    time_zone: str
    version: int


class Enrolment(EventPart):
    """A student's enrolment. It has the titles of school, grade and class, so that consumers need no organisation tree.

    A registry number contains an ID number (ADR 5), so `registry_number` is masked and `registry_sealed` is the complete
    number, encrypted with `ZP_SEAL_KEY` and the context `registry:<student_id>` (`servicekit.encryption.Sealer`).
    Events older than ADR 5 have the complete number in `registry_number` and no `registry_sealed`.
    """

    student_id: UUID
    person_id: UUID
    name: str
    sex: Literal["male", "female"]
    registry_number: str
    registry_sealed: str | None = None
    path: OrgPath
    school_title: str
    grade_title: str
    class_title: str
    status: EnrolmentStatus
    version: int


class StudentsEnrolledV1(Event):
    """Students were enrolled or their personal data changed; at most 200 students of one school an event."""

    subject: ClassVar[str] = "identity.students.enrolled.v1"
    key: ClassVar[str] = "school"
    school: OrgPath
    students: tuple[Enrolment, ...]


class StudentMovedV1(Event):
    """A student changed class or school at `at`; open tasks move from `from_path` to `enrolment.path` (BJ-04).

    `enrolment.version` orders all events about a student.
    """

    subject: ClassVar[str] = "identity.student.moved.v1"
    key: ClassVar[str] = "student_id"
    student_id: UUID
    from_path: OrgPath
    at: AwareDatetime | None = None
    enrolment: Enrolment


class StudentStatusChangedV1(Event):
    """A student's enrolment status changed at `at` from `from_status` to `enrolment.status`."""

    subject: ClassVar[str] = "identity.student.status_changed.v1"
    key: ClassVar[str] = "student_id"
    student_id: UUID
    from_status: EnrolmentStatus | None = None
    at: AwareDatetime | None = None
    enrolment: Enrolment


class CardRevokedV1(Event):
    """Access tokens of a card issued before `at` are revoked; if `card_id` is an account's id, those of all its cards.

    Either the card itself is revoked, or only its tokens because they are outdated (`student_moved`).
    """

    subject: ClassVar[str] = "identity.card.revoked.v1"
    key: ClassVar[str] = "card_id"
    card_id: UUID
    account_id: UUID
    at: AwareDatetime
    reason: str


class IdentityBatchAppliedV1(BatchApplied):
    """identity applied one chunk of a roster import."""

    subject: ClassVar[str] = "identity.batch.applied.v1"
