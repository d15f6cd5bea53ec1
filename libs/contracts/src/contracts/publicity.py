"""Events of publicity: may everyone see it, does anyone object."""

from typing import ClassVar, Literal
from uuid import UUID

from pydantic import AwareDatetime

from contracts.base import Event, OrgPath, RecordSnapshot

type Outcome = Literal["keep", "amend", "exclude", "void"]
type CaseType = str
"""A case type of the scheme: `complaint`, `appeal` ..."""


class EntryEvent(Event):
    """One record on its way through publicity."""

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
    """The student took a selection back before publicity opened."""

    subject: ClassVar[str] = "publicity.entry.unselected.v1"


class EntryVoidedV1(EntryEvent):
    """A case ended against the entry: its record counts no longer (JX-09, CS-10)."""

    subject: ClassVar[str] = "publicity.entry.voided.v1"
    case_id: UUID
    outcome: Literal["exclude", "void"]
    reason: str


class EntryRestoredV1(EntryEvent):
    """An appeal ended in favour of an excluded entry: it counts again (CS-11)."""

    subject: ClassVar[str] = "publicity.entry.restored.v1"
    case_id: UUID
    reason: str | None


class EntriesClearedV1(Event):
    """Entries passed publicity, with what was shown; at most 100 an event, all of one class and term (JX-13)."""

    subject: ClassVar[str] = "publicity.entries.cleared.v1"
    key: ClassVar[str] = "path"
    term_id: UUID
    path: OrgPath
    entries: tuple[RecordSnapshot, ...]
    at: AwareDatetime


class PublicityClosedV1(Event):
    """A school's publicity window closed; `entries` cleared at once, `in_dispute` wait for their cases."""

    subject: ClassVar[str] = "publicity.term.closed.v1"
    key: ClassVar[str] = "term_id"
    term_id: UUID
    path: OrgPath
    entries: int
    in_dispute: int
    at: AwareDatetime


class PublicityOpenedV1(Event):
    """A school's publicity window opened with so many entries on the board (JX-07)."""

    subject: ClassVar[str] = "publicity.term.opened.v1"
    key: ClassVar[str] = "term_id"
    term_id: UUID
    path: OrgPath
    entries: int
    ends: AwareDatetime


class CaseEvent(Event):
    """A complaint or an appeal on its way. Who complained is not in it (X-08): `complainant` is a keyed fingerprint of the
    account, good for delivery and for nothing else; None where the clock opened the case."""

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


class CaseOpenedV2(CaseEvent):
    """Somebody objected while the board was open (JX-08)."""

    subject: ClassVar[str] = "publicity.case.opened.v2"
    complaint_type: str | None
    text: str
    attachments: int


class CaseMovedV2(CaseEvent):
    """A case reached a stage where `actor` (a role of the scheme) is to act within `path` (JX-09)."""

    subject: ClassVar[str] = "publicity.case.moved.v2"
    stage: str
    stage_title: str
    actor: str
    action_title: str | None
    reason: str | None
    due_at: AwareDatetime | None


class CaseClosedV2(CaseEvent):
    """A case ended; both sides are told the outcome and the reason (X-08)."""

    subject: ClassVar[str] = "publicity.case.closed.v2"
    outcome: Outcome
    reason: str | None


class CaseLapsedV1(CaseEvent):
    """A stage's deadline passed in silence (X-08). `action_title` is what the clock did then; None: it only marked it."""

    subject: ClassVar[str] = "publicity.case.lapsed.v1"
    stage: str
    stage_title: str
    actor: str
    action_title: str | None
    due_at: AwareDatetime | None


class CaseUnsealedV1(CaseEvent):
    """Somebody opened the seal of a case and saw who complained, for a reason that is on record (X-08)."""

    subject: ClassVar[str] = "publicity.case.unsealed.v1"
    role: str
    reason: str


class AmendmentRequestedV1(Event):
    """The owner of a record may mend it now, because a case asks for it (JX-09)."""

    subject: ClassVar[str] = "publicity.amendment.requested.v1"
    key: ClassVar[str] = "record_id"
    case_id: UUID
    record_id: UUID
    student_id: UUID
    term_id: UUID
    path: OrgPath
    open: bool
    """True: the record may be amended under this case; False: no longer."""
    turn: int = 0
    """Counts how often the case came to somebody: what is said of a later turn holds, in whatever order it is heard.
    0: not counted."""
    version: int | None = None
    """No longer open: the record's version that publicity had by then. It is what is reviewed and counts; a later change
    under this turn does not."""
