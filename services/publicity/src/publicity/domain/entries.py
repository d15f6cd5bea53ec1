"""Entries: approved records on their way through publicity. The whole state machine is one table.

`published` is not a state that is stored: it is `selected` while the publicity window is open.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from contracts.base import RecordSnapshot
from contracts.publicity import EntryEvent
from scheme import Kind, Scheme
from servicekit.refusals import Refusal


class State(StrEnum):
    """Where an entry stands. `excluded`: a case ended against it, an appeal may bring it back (CS-11)."""

    ELIGIBLE = "eligible"
    SELECTED = "selected"
    CLEARED = "cleared"
    EXCLUDED = "excluded"
    VOIDED = "voided"


MOVES: dict[tuple[State, str], State] = {
    (State.ELIGIBLE, "select"): State.SELECTED,
    (State.SELECTED, "unselect"): State.ELIGIBLE,
    (State.SELECTED, "clear"): State.CLEARED,
    (State.SELECTED, "exclude"): State.EXCLUDED,
    (State.EXCLUDED, "restore"): State.SELECTED,
    (State.ELIGIBLE, "void"): State.VOIDED,
    (State.SELECTED, "void"): State.VOIDED,
    (State.CLEARED, "void"): State.VOIDED,
    (State.EXCLUDED, "void"): State.VOIDED,
}


@dataclass(frozen=True)
class Entry:
    """One record on its way. `snapshot` is what is shown and, at the end, archived; times are aware UTC."""

    id: UUID
    snapshot: RecordSnapshot
    state: State
    automatic: bool
    path: str
    """The class the student is in now; the snapshot tells where they were."""
    open_cases: int = 0
    selected_at: datetime | None = None
    ended_at: datetime | None = None
    version: int = 1

    @property
    def record_id(self) -> UUID:
        """The record this is an entry of."""
        return self.snapshot.record_id

    @property
    def term_id(self) -> UUID:
        """Its term."""
        return self.snapshot.term_id

    @property
    def student_id(self) -> UUID:
        """Whose it is."""
        return self.snapshot.student_id

    @property
    def kind(self) -> str:
        """Kind of the scheme."""
        return self.snapshot.kind


def a_new_entry(
    entry_id: UUID, record: RecordSnapshot, kind: Kind, now: datetime, *, still_open: bool, path: str | None = None
) -> Entry | None:
    """The entry of a record just approved; None for a kind that is never publicised.

    What the scheme publicises automatically selects itself, unless the term's publicity is over (`still_open`).
    `path`: the class the student is in by now, where that is another than the record says (BJ-04).
    """
    if kind.publicity.trigger == "none":
        return None
    entry = Entry(entry_id, record, State.ELIGIBLE, kind.publicity.trigger == "automatic", path or record.path)
    return move(entry, "select", now) if entry.automatic and still_open else entry


def move(entry: Entry, what: str, now: datetime, rule: str | None = None) -> Entry:
    """The entry after a move of the table, else `wrong_state`, which cites `rule`."""
    after = MOVES.get((entry.state, what))
    if after is None:
        raise Refusal("wrong_state", rule=rule, state=entry.state.value, entry_id=str(entry.id))
    return replace(
        entry,
        state=after,
        selected_at=now if what == "select" else None if what == "unselect" else entry.selected_at,
        ended_at=now if after in (State.CLEARED, State.EXCLUDED, State.VOIDED) else None,
        version=entry.version + 1,
    )


def clears(entry: Entry, publicity_over: bool) -> bool:
    """Whether nothing stands between the entry and the archive any more (JX-09, JX-13)."""
    return entry.state is State.SELECTED and entry.open_cases == 0 and publicity_over


def may_unselect(entry: Entry, scheme: Scheme) -> None:
    """What the scheme selects by itself nobody can take back."""
    if entry.automatic:
        detail = "本类记录自动公示，不能取消"
        raise Refusal("wrong_state", rule=scheme.rule("select.automatic"), detail=detail, entry_id=str(entry.id))


def event_of[F: EntryEvent](kind: type[F], entry: Entry, **more: object) -> F:
    """An event about this entry."""
    return kind.model_validate(
        {
            "entry_id": entry.id,
            "record_id": entry.record_id,
            "student_id": entry.student_id,
            "term_id": entry.term_id,
            "path": entry.path,
            "kind": entry.kind,
            "title": entry.snapshot.title,
            **more,
        }
    )
