"""A record (写实记录) and the one function that changes it. Who may change it, and when, is decided elsewhere."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Literal, Self
from uuid import UUID

from contracts.base import DataLevel, Event, EvidenceRef, Origin, RecordSnapshot
from servicekit.auth import Actor
from servicekit.refusals import Refusal

from records.domain.state import MOVES, Move, State, moves_from


@dataclass(frozen=True, slots=True)
class ChangedBy:
    """Who changed a record: an account with the role of its card, or the system."""

    id: UUID | None
    name: str
    role: str

    @classmethod
    def of(cls, actor: Actor) -> Self:
        """The account and card of a request."""
        return cls(actor.account_id, actor.name, actor.role)


SYSTEM = ChangedBy(None, "系统", "clock")
_IN_EVENTS = RecordSnapshot.model_fields.keys() - {"record_id"}

Visibility = Literal["private", "class", "school"]
"""Who sees a record besides those who may review it: nobody else, the class, or the school (CS-04)."""


@dataclass(frozen=True, slots=True)
class RecordContent[File]:
    """What a form holds. `evidence`: file ids as a request names them, or (`EvidenceRef`) the checked files.

    `title` None: the title is made from the data. `visibility` None: private; of a new record, the scheme's default.
    """

    title: str | None
    data: Mapping[str, Any]
    evidence: tuple[File, ...]
    visibility: Visibility | None = None


@dataclass(frozen=True, slots=True)
class Record:
    """One record. `data` holds validated values by field id as JSON has them; of a draft, what was typed so far.

    `step` is the review step that waits since `waits_since` (submitted), or that returned the record (returned). `cases`
    are the open cases that ask for an amendment. `import_key` identifies the same row in later workbooks (X-12), and
    `before_batch` holds the content before the last import.
    """

    id: UUID
    term_id: UUID
    student_id: UUID
    student_name: str
    path: str
    dimension: str
    kind: str
    title: str
    data: dict[str, Any]
    evidence: tuple[EvidenceRef, ...]
    state: State
    origin: Origin
    level: DataLevel
    visibility: str
    author_id: UUID
    author_name: str
    author_role: str
    version: int
    created_at: datetime
    step: str | None = None
    reviewer_role: str | None = None
    submitted_at: datetime | None = None
    waits_since: datetime | None = None
    reason_code: str | None = None
    note: str | None = None
    cases: tuple[UUID, ...] = ()
    released_on: date | None = None
    release_reason: str | None = None
    released_by: str | None = None
    batch_id: UUID | None = None
    batch_row: int | None = None
    import_key: str | None = None
    before_batch: dict[str, Any] | None = None
    scheme_version: str | None = None
    """Under which it was written; None: by an older release (X-01)."""

    @property
    def by_family(self) -> bool:
        """Was it written by the student or a guardian?"""
        return self.author_role in ("student", "guardian")

    @property
    def content(self) -> RecordContent[EvidenceRef]:
        """The part of the record that its author writes."""
        return RecordContent(self.title, self.data, self.evidence)

    def snapshot(self) -> RecordSnapshot:
        """The record as events contain it."""
        return RecordSnapshot(record_id=self.id, **{name: getattr(self, name) for name in _IN_EVENTS})


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """One line of a record's history."""

    record_id: UUID
    at: datetime
    by: ChangedBy
    action: str
    from_state: State | None
    to_state: State
    step: str | None
    reason_code: str | None
    note: str | None
    version: int


@dataclass(frozen=True, slots=True)
class Change:
    """The result of a rule: the record after it, the new lines of its history, and the events to publish."""

    record: Record
    history: tuple[HistoryLine, ...]
    events: tuple[Event, ...] = ()

    def with_events(self, *events: Event) -> "Change":
        """The same change, with more events."""
        return replace(self, events=self.events + events)

    def followed_by(self, later: "Change") -> "Change":
        """This change and the next one of the same record as one change."""
        return Change(later.record, self.history + later.history, self.events + later.events)


def new_record(record: Record, by: ChangedBy, action: str = "create") -> Change:
    """The change that creates a record, with the first line of its history."""
    line = HistoryLine(record.id, record.created_at, by, action, None, record.state, record.step, None, None, record.version)
    return Change(record, (line,))


def need_move(record: Record, move: Move) -> State:
    """The state that a move of the table leads to, or `wrong_state`."""
    after = MOVES.get((record.state, move))
    if after is None:
        raise Refusal("wrong_state", state=record.state.value, move=move.value, possible=moves_from(record.state))
    return after


def apply_move(
    record: Record,
    move: Move,
    by: ChangedBy,
    now: datetime,
    *,
    because: tuple[str | None, str | None] = (None, None),
    **changed: Any,
) -> Change:
    """Make a move of the table and set the `changed` fields, or refuse with `wrong_state`; increases the version by one.

    `because`: the reason code and note of the move for the history; those of a return are stored in the record too.
    """
    state = need_move(record, move)
    if move is Move.RETURN:
        changed |= {"reason_code": because[0], "note": because[1]}
    after = replace(record, **(changed | {"state": state, "version": record.version + 1}))
    line = HistoryLine(record.id, now, by, move.value, record.state, state, record.step or after.step, *because, after.version)
    return Change(after, (line,))


def need_version(record: Record, seen: int | None) -> None:
    """Refuse with `stale_version` if the caller saw another version; None: the caller names none. `record`: as the caller may
    read it."""
    if seen is not None and seen != record.version:
        raise Refusal("stale_version", seen=seen, version=record.version, current=present_content(record))


def present_content(record: Record) -> dict[str, Any]:
    """What a record says now, for somebody who wrote on another version of it: the differences can be shown to them."""
    return {
        "title": record.title, "data": record.data, "state": record.state.value,
        "evidence": [{"evidence_id": file.evidence_id, "media_type": file.media_type} for file in record.evidence],
    }  # fmt: skip
