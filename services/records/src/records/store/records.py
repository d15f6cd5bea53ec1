"""Records and their history: one by one, or many in one statement."""

from collections.abc import Iterable, Sequence
from operator import attrgetter
from typing import Any
from uuid import UUID

from contracts.base import EvidenceRef
from pydantic_core import to_json
from servicekit.db import Tx, Write, together
from servicekit.ids import new_id

from records.domain.record import Hand, Line, Record
from records.domain.state import State

_NAMES = tuple(Record.__dataclass_fields__)


def record_of(row: Any) -> Record:
    """A row of `records`; what a list shows besides is left aside."""
    given = {name: row[name] for name in _NAMES}
    evidence = tuple(EvidenceRef.model_validate(file) for file in row["evidence"])
    return Record(**(given | {"evidence": evidence, "state": State(row["state"]), "cases": tuple(row["cases"])}))


_RECORD = {
    "id": "uuid", "term_id": "uuid", "student_id": "uuid", "student_name": "text", "path": "ltree", "dimension": "text",
    "kind": "text", "title": "text", "data": "jsonb", "evidence": "jsonb", "state": "text", "step": "text",
    "reviewer_role": "text", "origin": "text", "level": "text", "visibility": "text", "author_id": "uuid",
    "author_name": "text", "author_role": "text", "version": "integer", "created_at": "timestamptz",
    "submitted_at": "timestamptz", "batch_id": "uuid", "batch_row": "integer", "import_key": "text",
    "waits_since": "timestamptz",
}  # fmt: skip
"""What a new record has."""
_LINE = {
    "id": "uuid", "record_id": "uuid", "at": "timestamptz", "by_id": "uuid", "by_name": "text", "by_role": "text",
    "action": "text", "from_state": "text", "to_state": "text", "step": "text", "reason_code": "text", "note": "text",
    "version": "integer",
}  # fmt: skip


def _insert(table: str, columns: dict[str, str]) -> str:
    """INSERT of rows that come as one JSON array: asyncpg packs that in a third of the time of an array per column."""
    typed = ", ".join(f"{name} {kind}" for name, kind in columns.items())
    return f"INSERT INTO {table} ({', '.join(columns)}) SELECT * FROM json_to_recordset($1::text::json) AS n ({typed})"  # noqa: S608


_INSERT, _LINES = _insert("records", _RECORD), _insert("record_history", _LINE)
_UPDATE = """
UPDATE records SET title = $2, data = $3, evidence = $4, state = $5, step = $6, reviewer_role = $7, visibility = $8,
    version = $9, submitted_at = $10, reason_code = $11, note = $12, cases = $13, released_on = $14, release_reason = $15,
    released_by = $16, batch_id = $17, batch_row = $18, before_batch = $19, waits_since = $20
 WHERE id = $1
"""


def _rows(columns: dict[str, str], rows: Iterable[tuple[Any, ...]]) -> tuple[str]:
    return (to_json([dict(zip(columns, row, strict=True)) for row in rows]).decode(),)


_added = attrgetter(*_RECORD)


def _saved(r: Record) -> tuple[Any, ...]:
    return (
        r.id, r.title, r.data, r.evidence, r.state, r.step, r.reviewer_role, r.visibility, r.version, r.submitted_at,
        r.reason_code, r.note, r.cases, r.released_on, r.release_reason, r.released_by, r.batch_id, r.batch_row,
        r.before_batch, r.waits_since,
    )  # fmt: skip


def _lined(x: Line) -> tuple[Any, ...]:
    return (
        new_id(), x.record_id, x.at, x.by.id, x.by.name, x.by.role, x.action, x.from_state, x.to_state, x.step,
        x.reason_code, x.note, x.version,
    )  # fmt: skip


def added(records: Sequence[Record]) -> list[Write]:
    """New records, to be made together with their history."""
    return [Write(_INSERT, _rows(_RECORD, map(_added, records)))] if records else []


def saved(record: Record) -> Write:
    """A record as it is now, its row locked, to be made together with its history."""
    return Write(_UPDATE, _saved(record))


def lined(lines: Sequence[Line]) -> list[Write]:
    """Lines of history, to be written together with what they tell of."""
    return [Write(_LINES, _rows(_LINE, map(_lined, lines)))] if lines else []


async def save(tx: Tx, records: Sequence[Record]) -> None:
    """Records as they are now; their rows are locked."""
    await tx.executemany(_UPDATE, [_saved(record) for record in records])


async def write_down(tx: Tx, lines: Sequence[Line]) -> None:
    """Lines of history."""
    await together(tx, *lined(lines))


async def get(tx: Tx, record_id: UUID) -> Record | None:
    """One record."""
    row = await tx.fetchrow("SELECT * FROM records WHERE id = $1", record_id)
    return None if row is None else record_of(row)


async def lock(tx: Tx, ids: Sequence[UUID]) -> dict[UUID, Record]:
    """Records held until the transaction ends, always taken in the order of their ids."""
    rows = await tx.fetch("SELECT * FROM records WHERE id = ANY($1) ORDER BY id FOR UPDATE", ids)
    return {row["id"]: record_of(row) for row in rows}


async def remove(tx: Tx, record_id: UUID) -> None:
    """A draft goes, with its history."""
    await tx.execute("DELETE FROM records WHERE id = $1 AND state = 'draft'", record_id)


async def history(tx: Tx, record_id: UUID) -> list[Line]:
    """What happened to a record, oldest first."""
    rows = await tx.fetch("SELECT * FROM record_history WHERE record_id = $1 ORDER BY id", record_id)
    return [_line(row) for row in rows]


def _line(row: Any) -> Line:
    by = Hand(row["by_id"], row["by_name"], row["by_role"])
    before = State(row["from_state"]) if row["from_state"] else None
    return Line(
        row["record_id"], row["at"], by, row["action"], before, State(row["to_state"]), row["step"], row["reason_code"],
        row["note"], row["version"],
    )  # fmt: skip


async def used(tx: Tx, record: Record, school_year: str, counted: Sequence[State]) -> dict[str, int]:
    """How many other records of its kind the student has handed in per term, year and stage.

    Whoever asks holds (student, kind) until the transaction ends, so that two cannot take the last place.
    """
    row: Any = await tx.fetchrow(
        "SELECT * FROM handed_in($1, $2, $3, $4, $5, $6)",
        record.student_id, record.kind, record.term_id, school_year, record.id, [s.value for s in counted],
    )  # fmt: skip
    return dict(row)


async def waiting(tx: Tx, term_id: UUID, kinds: Sequence[str]) -> list[Record]:
    """Records of these kinds that wait for review in a term."""
    rows = await tx.fetch("SELECT * FROM records WHERE term_id = $1 AND state = 'submitted' AND kind = ANY($2)", term_id, kinds)
    return [record_of(row) for row in rows]
