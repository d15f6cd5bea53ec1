"""Events of identity: who, where, in which role."""

from typing import ClassVar, Literal
from uuid import UUID

from pydantic import AwareDatetime

from contracts.base import BatchApplied, Event, OrgPath, Part

type EnrolmentStatus = Literal["enrolled", "borrowed", "suspended", "left"]


class OrganisationCreatedV1(Event):
    """An organisation joined the tree, or its titles or scheme changed (version + 1)."""

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


class Enrolment(Part):
    """One student's place. Titles are resolved, so that readers need no tree.

    The registry number holds an ID number (ADR 5): `registry_number` is masked; `registry_sealed` is all of it, under
    the key of travelling numbers, about `registry:<student_id>` (`servicekit.seal.Sealer`). Events written before that
    have it whole in `registry_number`, and nothing sealed.
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
    """Students were enrolled or their particulars changed; at most 200 an event, all of one school."""

    subject: ClassVar[str] = "identity.students.enrolled.v1"
    key: ClassVar[str] = "school"
    school: OrgPath
    students: tuple[Enrolment, ...]


class StudentMovedV1(Event):
    """A student changed class or school at `at`; open work goes along from `from_path` to `enrolment.path` (BJ-04).

    `enrolment.version` orders it among all events about this student.
    """

    subject: ClassVar[str] = "identity.student.moved.v1"
    key: ClassVar[str] = "student_id"
    student_id: UUID
    from_path: OrgPath
    at: AwareDatetime | None = None
    enrolment: Enrolment


class StudentStatusChangedV1(Event):
    """A student was suspended, resumed or left at `at`: from `from_status` to `enrolment.status`."""

    subject: ClassVar[str] = "identity.student.status_changed.v1"
    key: ClassVar[str] = "student_id"
    student_id: UUID
    from_status: EnrolmentStatus | None = None
    at: AwareDatetime | None = None
    enrolment: Enrolment


class CardRevokedV1(Event):
    """Tokens of a card (or, where `card_id` is the account's, of all its cards) signed before `at` count nowhere.

    Either the card is over (revoked, moved), or it goes on and only what was signed is out of date (`student_moved`).
    """

    subject: ClassVar[str] = "identity.card.revoked.v1"
    key: ClassVar[str] = "card_id"
    card_id: UUID
    account_id: UUID
    at: AwareDatetime
    reason: str


class IdentityBatchAppliedV1(BatchApplied):
    """identity took in one chunk of a roster."""

    subject: ClassVar[str] = "identity.batch.applied.v1"
