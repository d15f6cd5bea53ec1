"""Events that the identity service publishes."""

from datetime import date
from typing import ClassVar, Literal
from uuid import UUID

from pydantic import AwareDatetime

from contracts.base import BatchApplied, BatchChecked, BatchReverted, Event, EventPart, OrgPath

type EnrolmentStatus = Literal["enrolled", "borrowed", "suspended", "left"]


class OrganisationCreatedV1(Event):
    """An organisation was created, or its title, scheme, length or position changed (version + 1).

    `years`: of a school that has not the usual length of its scheme, how many years its stage lasts (BJ-12).
    `more_stages`: of a school with several, those besides `stage`; their classes lie in grades such as `g2026_primary` (BJ-03).
    `position`: of a class, from 1, where its school has an order of its own; none: by its title (L-07).
    """

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
    years: int | None = None
    more_stages: tuple[str, ...] = ()
    position: int | None = None


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
    home: OrgPath | None = None
    """Of a student who has borrowed a place at another school of the platform: the class at the home school, where results and
    archives are filed (BJ-04)."""
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
    """Access tokens of a card issued before `at` are revoked; if `card_id` is an account's id, those of all its cards; if
    it is a session's id, those of the session (L-19).

    Either the card itself is revoked, or only its tokens because they are outdated (`student_moved`).
    """

    subject: ClassVar[str] = "identity.card.revoked.v1"
    key: ClassVar[str] = "card_id"
    card_id: UUID
    account_id: UUID
    at: AwareDatetime
    reason: str


type AccountChange = Literal[
    "password_reset",
    "reset_code_given",
    "slip_printed",
    "disabled",
    "enabled",
    "card_offered",
    "card_activated",
    "card_suspended",
    "card_revoked",
    "card_renamed",
    "card_retired",
    "guardian_removed",
    "login_name_changed",
    "number_reassigned",
    "refresh_token_reused",
    "signed_in_by_qr",
    "sso_linked",
    "login_name_shown",
]
"""What was done to an account, other than by its holder's own password (L-01)."""


class AccountChangedV1(Event):
    """Somebody else changed what an account can do, or who can sign in to it; the holder is notified (L-01).

    `by_title`: the organisation that did it; None: the platform itself. Nothing about other people.
    """

    subject: ClassVar[str] = "identity.account.changed.v1"
    key: ClassVar[str] = "account_id"
    account_id: UUID
    what: AccountChange
    at: AwareDatetime
    by_title: str | None = None


class IdentityBatchAppliedV1(BatchApplied):
    """identity applied one chunk of a roster import."""

    subject: ClassVar[str] = "identity.batch.applied.v1"


class IdentityBatchCheckedV1(BatchChecked):
    """identity says what committing one chunk of a roster would do (L-10)."""

    subject: ClassVar[str] = "identity.batch.checked.v1"


class IdentityBatchRevertedV1(BatchReverted):
    """identity undid a roster import (L-10)."""

    subject: ClassVar[str] = "identity.batch.reverted.v1"


class StudentsRemovalAskedV1(Event):
    """identity is about to undo a roster and asks who has data of the students that it enrolled (L-10). records and archive
    answer with `StudentsUsed`; students with data stay. Parts of some thousand students, from 1."""

    subject: ClassVar[str] = "identity.students.removal_asked.v1"
    key: ClassVar[str] = "batch_id"
    batch_id: UUID
    part: int
    students: tuple[UUID, ...]


class SchemeAdoptedV1(Event):
    """A version of a scheme was adopted for an organisation and those below it from a day on, was taken back before it, or is
    in force: all of them follow it (X-01). `version` counts these states.

    running: what terms under way do with it; besides: the terms that do the contrary.
    """

    subject: ClassVar[str] = "identity.scheme.adopted.v1"
    key: ClassVar[str] = "adoption_id"
    adoption_id: UUID
    path: OrgPath
    scheme_id: str
    from_version: str
    scheme_version: str
    starts_on: date
    running: Literal["stay", "move"]
    besides: tuple[UUID, ...] = ()
    state: Literal["planned", "withdrawn", "in_force"]
    at: AwareDatetime
    version: int


class MovedCards(EventPart):
    """Cards of a role that a version of a scheme no longer has. `before`, `after`: the roles' titles; None: they ended."""

    before: str
    after: str | None
    cards: int


class CardsChangedV1(Event):
    """Cards of a school, or of a unit above schools, follow an adopted version of its scheme (X-01).

    Those of renamed roles go on as the new one, those of roles that are gone ended. Its administrators are notified; holders
    get `identity.account.changed`. A unit with very many cards has several."""

    subject: ClassVar[str] = "identity.cards.changed.v1"
    key: ClassVar[str] = "path"
    adoption_id: UUID
    path: OrgPath
    scheme_title: str
    scheme_version: str
    roles: tuple[MovedCards, ...]
    at: AwareDatetime


class OrganisationRemovedV1(Event):
    """A class or grade that only an undone roster made was removed; nobody is in it (L-10)."""

    subject: ClassVar[str] = "identity.organisation.removed.v1"
    key: ClassVar[str] = "path"
    path: OrgPath


class UploadCode(EventPart):
    """The upload code on a student's form (NR-02). `digest`: SHA-256 of it (`servicekit.form_codes.digest`); it has 69 random
    bits. `serial` grows with every reset."""

    student_id: UUID
    digest: str
    serial: int


class UploadCodesIssuedV1(Event):
    """Students of a school got upload codes for their confirmation forms, or new ones after a reset (NR-02); at most 200 an
    event."""

    subject: ClassVar[str] = "identity.upload_codes.issued.v1"
    key: ClassVar[str] = "school"
    school: OrgPath
    codes: tuple[UploadCode, ...]


class ClaimEvent(Event):
    """A school's roster names a student of another school (L-10). `school` claims the student, `held_by` is the present
    school; `decides` is the lowest organisation above both."""

    key: ClassVar[str] = "claim_id"
    claim_id: UUID
    student_id: UUID
    student_name: str
    school: OrgPath
    school_title: str
    held_by: OrgPath
    held_by_title: str
    decides: OrgPath
    at: AwareDatetime


class ClaimOpenedV1(ClaimEvent):
    """A student is claimed by two schools; the organisation above both decides (L-10)."""

    subject: ClassVar[str] = "identity.claim.opened.v1"


class ClaimResolvedV1(ClaimEvent):
    """The claim ended: the student moved to `school`, stays at `held_by`, or `school` withdrew it by undoing its roster."""

    subject: ClassVar[str] = "identity.claim.resolved.v1"
    outcome: Literal["moved", "stays", "withdrawn"]
    reason: str


class EnrolmentStatementAskedV1(Event):
    """identity asks who has evaluation data of a student whose enrolment is to change (BJ-04). records, publicity and archive
    answer with `StudentStatement`, with the same `attempt`."""

    subject: ClassVar[str] = "identity.enrolment_application.statement_asked.v1"
    key: ClassVar[str] = "application_id"
    application_id: UUID
    attempt: int
    student_id: UUID


type ApplicationStep = Literal["applied", "approved", "escalated", "rejected", "withdrawn", "lapsed", "done"]
"""What happened to an application; `approved`: one of its approvals was given."""


class EnrolmentApplicationMovedV1(Event):
    """An application for a change of enrolment was made, or came a step further (BJ-04). `version` counts
    the steps.

    `school` is the student's school, `other` the one that receives the student (None: no other school). `waits_for`: the
    organisation that decides next, `step_title` what it decides; None: none does. `decides`: the lowest organisation above
    both schools, empty where there is none.
    """

    subject: ClassVar[str] = "identity.enrolment_application.moved.v1"
    key: ClassVar[str] = "application_id"
    application_id: UUID
    student_id: UUID
    student_name: str
    change_title: str
    what: ApplicationStep
    school: OrgPath
    school_title: str
    other: OrgPath | None
    other_title: str | None
    waits_for: OrgPath | None
    step_title: str | None
    decides: OrgPath
    reason: str
    at: AwareDatetime
    version: int
