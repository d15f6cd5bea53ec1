"""Events that the publicity service publishes."""

from typing import ClassVar, Literal
from uuid import UUID

from pydantic import AwareDatetime

from contracts.base import Event, OrgPath, RecordSnapshot, Role, StudentStatement

type Outcome = Literal["keep", "amend", "exclude", "void"]
type CaseType = str
"""A case type of the scheme, e.g. `complaint` or `appeal`."""


class EntryEvent(Event):
    """Base of the events about one record in publicity."""

    key: ClassVar[str] = "entry_id"
    entry_id: UUID
    record_id: UUID
    student_id: UUID
    term_id: UUID
    path: OrgPath
    kind: str
    title: str


class EntrySelectedV1(EntryEvent):
    """The student selected an approved record for publicity (JX-03)."""

    subject: ClassVar[str] = "publicity.entry.selected.v1"


class EntryUnselectedV1(EntryEvent):
    """The student cancelled a selection before publicity opened."""

    subject: ClassVar[str] = "publicity.entry.unselected.v1"


class EntryVoidedV1(EntryEvent):
    """A case was decided against the entry: its record no longer counts (JX-09, CS-10)."""

    subject: ClassVar[str] = "publicity.entry.voided.v1"
    case_id: UUID
    outcome: Literal["exclude", "void"]
    reason: str


class EntryRestoredV1(EntryEvent):
    """An appeal was decided in favour of an excluded entry: it counts again (CS-11)."""

    subject: ClassVar[str] = "publicity.entry.restored.v1"
    case_id: UUID
    reason: str | None


class EntrySettledV1(EntryEvent):
    """The case about a record that its student had refused ended in its favour: it is part of the report (SH-10)."""

    subject: ClassVar[str] = "publicity.entry.settled.v1"
    case_id: UUID


class EntriesClearedV1(Event):
    """Entries passed publicity; the snapshots are what was shown. At most 100 an event, of one class and term (JX-13)."""

    subject: ClassVar[str] = "publicity.entries.cleared.v1"
    key: ClassVar[str] = "path"
    term_id: UUID
    path: OrgPath
    entries: tuple[RecordSnapshot, ...]
    at: AwareDatetime


class PublicityClosedV1(Event):
    """A school's publicity window closed: `entries` were cleared, `in_dispute` wait for their cases."""

    subject: ClassVar[str] = "publicity.term.closed.v1"
    key: ClassVar[str] = "term_id"
    term_id: UUID
    path: OrgPath
    entries: int
    in_dispute: int
    at: AwareDatetime


class PublicityOpenedV1(Event):
    """A school's publicity window opened with `entries` entries on the board (JX-07)."""

    subject: ClassVar[str] = "publicity.term.opened.v1"
    key: ClassVar[str] = "term_id"
    term_id: UUID
    path: OrgPath
    entries: int
    ends: AwareDatetime


class CaseEvent(Event):
    """Base of the events about a complaint or appeal. Who complained is secret (X-08): `complainant` is a pseudonym of the
    account, for the delivery of notifications only; None if a scheduled job opened the case. about: a `result` has no record;
    `entry_id` and `record_id` are then the id under which it is published."""

    key: ClassVar[str] = "case_id"
    case_id: UUID
    case_type: CaseType
    entry_id: UUID
    record_id: UUID
    student_id: UUID
    term_id: UUID
    path: OrgPath
    title: str
    complainant: str | None
    at: AwareDatetime
    about: Literal["record", "result"] = "record"


class CaseOpenedV2(CaseEvent):
    """A complaint or appeal was filed (JX-08)."""

    subject: ClassVar[str] = "publicity.case.opened.v2"
    complaint_type: str | None
    text: str
    attachments: int


class CaseMovedV2(CaseEvent):
    """A case reached a stage in which `actor` (a role of the scheme) within `path` has to act (JX-09).

    actors: all roles that may, e.g. student and recorder where both may enter what is missing; `actor` is the first of them.
    Empty: only that one (older events).
    """

    subject: ClassVar[str] = "publicity.case.moved.v2"
    stage: str
    stage_title: str
    actor: str
    actors: tuple[Role, ...] = ()
    action_title: str | None
    reason: str | None
    due_at: AwareDatetime | None


class CaseDecidedV1(CaseEvent):
    """Whoever acts at the present stage has decided; what, is told and takes effect at a later time (CS-11)."""

    subject: ClassVar[str] = "publicity.case.decided.v1"


class CaseMarkedV1(CaseEvent):
    """A rejected complaint was marked as malicious, or (`lifted`) the mark was taken back (SH-08). For the complainant only.

    blocked: after this the complainant cannot complain about others' records until the term ends.
    """

    subject: ClassVar[str] = "publicity.case.marked.v1"
    reason: str
    blocked: bool
    lifted: bool


class CaseClosedV2(CaseEvent):
    """A case was closed with an outcome and a reason, of which both sides are notified (X-08)."""

    subject: ClassVar[str] = "publicity.case.closed.v2"
    outcome: Outcome
    reason: str | None


class CaseLapsedV1(CaseEvent):
    """Nobody acted before a stage's deadline (X-08). `action_title` is the automatic action; None: the case is only marked."""

    subject: ClassVar[str] = "publicity.case.lapsed.v1"
    stage: str
    stage_title: str
    actor: str
    action_title: str | None
    due_at: AwareDatetime | None


class CaseUnsealedV1(CaseEvent):
    """Somebody revealed who complained, for a reason that is in the audit trail (X-08)."""

    subject: ClassVar[str] = "publicity.case.unsealed.v1"
    role: str
    reason: str


class AmendmentRequestedV1(Event):
    """A case allows the owner of a record to amend it, or no longer allows it (JX-09)."""

    subject: ClassVar[str] = "publicity.amendment.requested.v1"
    key: ClassVar[str] = "record_id"
    case_id: UUID
    record_id: UUID
    student_id: UUID
    term_id: UUID
    path: OrgPath
    open: bool
    """True: the record may be amended because of this case; False: no longer."""
    turn: int = 0
    """Counts the stages of the case in which an amendment was possible. Events of a later turn take precedence, in whatever
    order they arrive. 0: not counted (older events)."""
    version: int | None = None
    """Only with `open=False`: the version of the record that publicity knew then. It is reviewed and counts; later changes in
    this turn do not."""
    roles: tuple[Role, ...] = ()
    """Who acts at the stage and so may amend: a student does not amend what the case asks of its recorder (SH-10). Empty: not
    told (older events)."""
    missing: RecordSnapshot | None = None
    """There is no such record yet: the case found that it is missing, and this is what it is about, with version 0 and without
    data. Whoever may enter the kind enters it under `record_id` (SH-08)."""


class PublicityStatementV1(StudentStatement):
    """What publicity has of a student whose enrolment is to change (BJ-04)."""

    subject: ClassVar[str] = "publicity.student.stated.v1"


class ResultEvent(Event):
    """Base of the events about published results; those of a term stay in order."""

    key: ClassVar[str] = "term_id"
    term_id: UUID
    path: OrgPath
    at: AwareDatetime


class ResultAmendedV1(ResultEvent):
    """A case against a published result was decided for a correction: `grades` has the new band of each changed dimension
    (X-15). It stays in force however often the class is unlocked and locked again."""

    subject: ClassVar[str] = "publicity.result.amended.v1"
    case_id: UUID
    student_id: UUID
    grades: dict[str, str]
    reason: str


class ResultsSettledV1(ResultEvent):
    """The publicity of a class's results is over, no case about them is open, and none can be opened any more (X-15).

    version: of the lock that was published. amended: how many corrections of the class's results were decided until now.
    """

    subject: ClassVar[str] = "publicity.result.settled.v1"
    version: int
    amended: int
