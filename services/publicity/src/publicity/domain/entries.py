"""Entries: approved records in publicity. `MOVES` is the whole state machine.

`published` is not stored: it is `selected` while the publicity window is open. What passed the final submission of a stage is
selected for the last term's board in one statement, also what was cleared in an earlier term (`store.entries.gather`).
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
    """State of an entry.

    `withheld`: not on the board, because its record is in review again (SH-06), was refused by its student, or is not entered
    yet; its review or a case decides (SH-08, SH-10). `excluded`: a case was decided against it; an appeal may restore it
    (CS-11).
    """

    ELIGIBLE = "eligible"
    SELECTED = "selected"
    WITHHELD = "withheld"
    CLEARED = "cleared"
    EXCLUDED = "excluded"
    VOIDED = "voided"


MOVES: dict[tuple[State, str], State] = {
    (State.ELIGIBLE, "select"): State.SELECTED,
    (State.SELECTED, "unselect"): State.ELIGIBLE,
    (State.SELECTED, "clear"): State.CLEARED,
    (State.SELECTED, "exclude"): State.EXCLUDED,
    (State.EXCLUDED, "restore"): State.SELECTED,
    (State.ELIGIBLE, "withhold"): State.WITHHELD,
    (State.SELECTED, "withhold"): State.WITHHELD,
    (State.WITHHELD, "release"): State.ELIGIBLE,
    (State.WITHHELD, "settle"): State.SELECTED,
    (State.WITHHELD, "exclude"): State.EXCLUDED,
    (State.WITHHELD, "void"): State.VOIDED,
    (State.ELIGIBLE, "void"): State.VOIDED,
    (State.SELECTED, "void"): State.VOIDED,
    (State.CLEARED, "void"): State.VOIDED,
    (State.EXCLUDED, "void"): State.VOIDED,
}


@dataclass(frozen=True)
class Entry:
    """One record in publicity. `snapshot` is shown and, when cleared, archived; times are aware, in UTC."""

    id: UUID
    snapshot: RecordSnapshot
    state: State
    automatic: bool
    path: str
    """The present class of the student; the snapshot has the class of that time."""
    open_cases: int = 0
    selected_at: datetime | None = None
    ended_at: datetime | None = None
    version: int = 1
    board_term_id: UUID | None = None
    """The term on whose board it is; None: the record's own."""

    @property
    def record_id(self) -> UUID:
        """Id of the record."""
        return self.snapshot.record_id

    @property
    def term_id(self) -> UUID:
        """Id of the term on whose board it is: the record's own, or the last one of the stage (CS-01)."""
        return self.board_term_id or self.snapshot.term_id

    @property
    def student_id(self) -> UUID:
        """Id of its student."""
        return self.snapshot.student_id

    @property
    def kind(self) -> str:
        """Kind of the scheme."""
        return self.snapshot.kind

    @property
    def missing(self) -> bool:
        """Is its record not entered yet? A case found that it is missing (SH-08)."""
        return self.snapshot.version == 0


def new_entry(
    entry_id: UUID, record: RecordSnapshot, kind: Kind, now: datetime, *, still_open: bool, path: str | None = None
) -> Entry | None:
    """The entry of an approved record; None for a kind that is never publicised.

    Kinds that the scheme publicises automatically are selected at once, unless the term's publicity is over (`still_open`).
    `path`: the present class of the student, if it is not the record's (BJ-04).
    """
    if kind.publicity.trigger == "none":
        return None
    entry = Entry(entry_id, record, State.ELIGIBLE, kind.publicity.trigger == "automatic", path or record.path)
    return move(entry, "select", now) if entry.automatic and still_open else entry


def move(entry: Entry, what: str, now: datetime, rule: str | None = None) -> Entry:
    """The entry after a move of `MOVES`; refuses every other with `wrong_state`, citing `rule`."""
    after = MOVES.get((entry.state, what))
    if after is None:
        raise Refusal("wrong_state", rule=rule, state=entry.state.value, entry_id=str(entry.id))
    return replace(
        entry,
        state=after,
        selected_at=now if what in ("select", "settle") else None if what in ("unselect", "withhold") else entry.selected_at,
        ended_at=now if after in (State.CLEARED, State.EXCLUDED, State.VOIDED) else None,
        version=entry.version + 1,
    )


def clears(entry: Entry, publicity_over: bool) -> bool:
    """Whether the entry may be archived: publicity is over and no case is open (JX-09, JX-13)."""
    return entry.state is State.SELECTED and entry.open_cases == 0 and publicity_over


def disputed(entry_id: UUID, record: RecordSnapshot, kind: Kind, path: str) -> Entry:
    """The entry of a record that its student refused and nobody corrected: a case decides whether it is published (SH-10)."""
    return Entry(entry_id, record, State.WITHHELD, kind.publicity.trigger == "automatic", path)


def lacking(
    entry_id: UUID, record_id: UUID, scheme: Scheme, kind: Kind, term_id: UUID, student_id: UUID, name: str, path: str
) -> Entry:
    """The entry of what is missing in a report, so that a case can be about it: without content, of version 0 (SH-08)."""
    record = RecordSnapshot(
        record_id=record_id, term_id=term_id, student_id=student_id, student_name=name, path=path,
        dimension=scheme.dimension_of(kind.id).id, kind=kind.id, title=kind.title, data={}, origin=kind.origin,
        level=kind.level, author_name="", version=0,
    )  # fmt: skip
    return disputed(entry_id, record, kind, path)


def may_unselect(entry: Entry, scheme: Scheme) -> None:
    """Refuse to unselect what the scheme publicises automatically."""
    if entry.automatic:
        detail = "本类记录自动公示，不能取消"
        raise Refusal("wrong_state", rule=scheme.rule("select.automatic"), detail=detail, entry_id=str(entry.id))


def event_of[F: EntryEvent](kind: type[F], entry: Entry, **details: object) -> F:
    """An event about this entry."""
    common = {name: getattr(entry.snapshot, name) for name in EntryEvent.model_fields if name != "entry_id"}
    here = {"entry_id": entry.id, "path": entry.path, "term_id": entry.term_id}
    return kind.model_validate({**common, **here, **details})
