"""A record: one reported event about one student (写实记录), and the one way it moves. Reasons to refuse live elsewhere."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Self
from uuid import UUID

from contracts.base import DataLevel, Event, EvidenceRef, Origin, RecordSnapshot
from servicekit.auth import Actor
from servicekit.refusals import Refusal

from records.domain.state import MOVES, Move, State, moves_from


@dataclass(frozen=True, slots=True)
class Hand:
    """Who did it: a card, or the clock."""

    id: UUID | None
    name: str
    role: str

    @classmethod
    def of(cls, actor: Actor) -> Self:
        """The hand of the card in use."""
        return cls(actor.account_id, actor.name, actor.role)


CLOCK = Hand(None, "系统", "clock")


@dataclass(frozen=True, slots=True)
class Record:
    """One record. `data` holds clean values by field id as JSON has them; of a draft, what was typed so far.

    `step` is the review step that waits, since `waits_since` (submitted), or that returned it (returned). `cases` are
    the open cases that ask for an amendment. `import_key` says which row of later workbooks is the same one (X-12).
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

    @property
    def from_home(self) -> bool:
        """Did the student or a guardian write it?"""
        return self.author_role in ("student", "guardian")

    def snapshot(self) -> RecordSnapshot:
        """The record as events tell it."""
        return RecordSnapshot(
            record_id=self.id,
            term_id=self.term_id,
            student_id=self.student_id,
            student_name=self.student_name,
            path=self.path,
            dimension=self.dimension,
            kind=self.kind,
            title=self.title,
            data=self.data,
            evidence=self.evidence,
            origin=self.origin,
            level=self.level,
            author_name=self.author_name,
            author_id=self.author_id,
            author_role=self.author_role,
            version=self.version,
        )


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a record's history."""

    record_id: UUID
    at: datetime
    by: Hand
    action: str
    from_state: State | None
    to_state: State
    step: str | None
    reason_code: str | None
    note: str | None
    version: int


@dataclass(frozen=True, slots=True)
class Change:
    """What a rule decided: the record as it is now, its new lines of history, and the events to say."""

    record: Record
    lines: tuple[Line, ...]
    events: tuple[Event, ...] = ()

    def saying(self, *events: Event) -> "Change":
        """The same change with events."""
        return replace(self, events=self.events + events)

    def then(self, later: "Change") -> "Change":
        """This change and the next one of the same record, as one."""
        return Change(later.record, self.lines + later.lines, self.events + later.events)


def begin(record: Record, by: Hand, action: str = "create") -> Change:
    """A new record, in the state it begins in."""
    line = Line(record.id, record.created_at, by, action, None, record.state, record.step, None, None, record.version)
    return Change(record, (line,))


def need_move(record: Record, move: Move) -> State:
    """The state that a move of the table leads to, or `wrong_state`."""
    after = MOVES.get((record.state, move))
    if after is None:
        raise Refusal("wrong_state", state=record.state.value, move=move.value, possible=moves_from(record.state))
    return after


def moved(
    record: Record,
    move: Move,
    by: Hand,
    now: datetime,
    *,
    because: tuple[str | None, str | None] = (None, None),
    **changed: Any,
) -> Change:
    """Make a move of the table, or refuse with `wrong_state`. Every change makes the version one higher.

    `because` is the reason's code and the note that belong to the move; a return's stay on the record to be read.
    """
    after = need_move(record, move)
    if move is Move.RETURN:
        changed |= {"reason_code": because[0], "note": because[1]}
    now_is = replace(record, **(changed | {"state": after, "version": record.version + 1}))
    line = Line(record.id, now, by, move.value, record.state, after, record.step or now_is.step, *because, now_is.version)
    return Change(now_is, (line,))


def need_version(record: Record, seen: int | None) -> None:
    """Refuse with `stale_version` when the caller decided on an older version; None: the caller does not mind."""
    if seen is not None and seen != record.version:
        raise Refusal("stale_version", seen=seen, version=record.version)
