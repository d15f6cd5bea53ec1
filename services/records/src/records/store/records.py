"""Records and their history. Saving takes many records at once, with their events and jobs."""

from collections.abc import Collection, Iterable, Sequence
from typing import Any
from uuid import UUID

from contracts.base import EvidenceRef
from pydantic_core import to_json
from scheme.quotas import QuotaEntry
from servicekit.db import Tx
from servicekit.ids import new_id
from servicekit.jobs import JobRows
from servicekit.outbox import OutboxRows

from records.domain.quotas import PERIODS
from records.domain.record import ChangedBy, HistoryLine, Record
from records.domain.state import State

_NAMES = tuple(Record.__dataclass_fields__)


def record_of(row: Any) -> Record:
    """The record of a row of `records`; other columns of the row are ignored."""
    values = {name: row[name] for name in _NAMES}
    evidence = tuple(EvidenceRef.model_validate(file) for file in row["evidence"])
    return Record(**(values | {"evidence": evidence, "state": State(row["state"]), "cases": tuple(row["cases"])}))


_SAVE = """
WITH saved AS (
    INSERT INTO records AS r (id, term_id, student_id, student_name, path, dimension, kind, title, data, evidence, state,
           step, reviewer_role, origin, level, visibility, author_id, author_name, author_role, version, created_at,
           submitted_at, waits_since, reason_code, note, cases, released_on, release_reason, released_by, batch_id,
           batch_row, import_key, before_batch, scheme_version)
    SELECT id, term_id, student_id, student_name, path, dimension, kind, title, data, evidence, state,
           step, reviewer_role, origin, level, visibility, author_id, author_name, author_role, version, created_at,
           submitted_at, waits_since, reason_code, note, cases, released_on, release_reason, released_by, batch_id,
           batch_row, import_key, before_batch, scheme_version
      FROM json_populate_recordset(NULL::records, $1::text::json)
        ON CONFLICT (id) DO UPDATE
       SET kind = excluded.kind, dimension = excluded.dimension, level = excluded.level, title = excluded.title,
           data = excluded.data, evidence = excluded.evidence, state = excluded.state, step = excluded.step,
           reviewer_role = excluded.reviewer_role, visibility = excluded.visibility, version = excluded.version,
           submitted_at = excluded.submitted_at, waits_since = excluded.waits_since,
           reason_code = excluded.reason_code, note = excluded.note, cases = excluded.cases,
           released_on = excluded.released_on, release_reason = excluded.release_reason,
           released_by = excluded.released_by, batch_id = excluded.batch_id, batch_row = excluded.batch_row,
           before_batch = excluded.before_batch, scheme_version = excluded.scheme_version
), history AS (
    INSERT INTO record_history (id, record_id, at, by_id, by_name, by_role, action, from_state, to_state, step,
           reason_code, note, version)
    SELECT id, record_id, at, by_id, by_name, by_role, action, from_state, to_state, step, reason_code, note, version
      FROM json_populate_recordset(NULL::record_history, $2::text::json)
), events AS (
    INSERT INTO outbox (event_id, subject, aggregate, body, request_id, occurred_at)
    SELECT e.event_id, e.subject, e.aggregate, e.body, $7, $8
      FROM unnest($3::uuid[], $4::text[], $5::text[], $6::bytea[])
           WITH ORDINALITY AS e (event_id, subject, aggregate, body, position)
     ORDER BY e.position
)
INSERT INTO jobs (id, at, what, key, payload)
SELECT j.id, j.at, $9, j.key, '{}' FROM unnest($10::uuid[], $11::timestamptz[], $12::text[]) AS j (id, at, key)
    ON CONFLICT (what, key) DO UPDATE SET at = excluded.at, payload = '{}', done_at = NULL, tries = 0, error = NULL
"""
"""Rows come as one JSON array: asyncpg encodes that in a third of the time that an array per column takes."""


def _history(lines: Iterable[HistoryLine]) -> str:
    return to_json(
        [
            {
                "id": new_id(), "record_id": x.record_id, "at": x.at, "by_id": x.by.id, "by_name": x.by.name,
                "by_role": x.by.role, "action": x.action, "from_state": x.from_state, "to_state": x.to_state,
                "step": x.step, "reason_code": x.reason_code, "note": x.note, "version": x.version,
            }
            for x in lines
        ]
    ).decode()  # fmt: skip


async def save(tx: Tx, records: Sequence[Record], lines: Iterable[HistoryLine], events: OutboxRows, jobs: JobRows) -> None:
    """Insert new records or update locked ones, with their history, events and jobs, in one round trip."""
    await tx.execute(_SAVE, to_json(records).decode(), _history(lines), *events, *jobs)


async def get(tx: Tx, record_id: UUID) -> Record | None:
    """One record."""
    row = await tx.fetchrow("SELECT * FROM records WHERE id = $1", record_id)
    return None if row is None else record_of(row)


async def lock(tx: Tx, ids: Sequence[UUID]) -> dict[UUID, Record]:
    """Records, locked in the order of their ids, so that two transactions never wait for each other."""
    rows = await tx.fetch("SELECT * FROM records WHERE id = ANY($1) ORDER BY id FOR UPDATE", ids)
    return {row["id"]: record_of(row) for row in rows}


async def remove(tx: Tx, record_id: UUID) -> None:
    """Delete a draft with its history."""
    await tx.execute("DELETE FROM records WHERE id = $1 AND state = 'draft'", record_id)


async def history(tx: Tx, record_id: UUID) -> list[HistoryLine]:
    """The history of a record, oldest line first."""
    rows = await tx.fetch("SELECT * FROM record_history WHERE record_id = $1 ORDER BY id", record_id)
    return [_line(row) for row in rows]


def _line(row: Any) -> HistoryLine:
    by = ChangedBy(row["by_id"], row["by_name"], row["by_role"])
    before = State(row["from_state"]) if row["from_state"] else None
    return HistoryLine(
        row["record_id"], row["at"], by, row["action"], before, State(row["to_state"]), row["step"], row["reason_code"],
        row["note"], row["version"],
    )  # fmt: skip


async def used(tx: Tx, record: Record, school_year: str, counted: Sequence[State]) -> dict[str, int]:
    """How many other records of its kind the student has submitted per term, year and stage; see `used_of`."""
    return await used_of(tx, record.student_id, record.kind, record.term_id, school_year, counted, besides=record.id)


async def used_of(
    tx: Tx, student_id: UUID, kind: str, term_id: UUID, school_year: str, counted: Sequence[State], besides: UUID = UUID(int=0)
) -> dict[str, int]:
    """How many records of a kind the student has submitted per term, year and stage, `besides` one of them.

    Locks (student, kind) until the transaction ends, so that two requests cannot both use the last one of a quota.
    """
    row: Any = await tx.fetchrow(
        "SELECT * FROM handed_in($1, $2, $3, $4, $5, $6)",
        student_id, kind, term_id, school_year, besides, [s.value for s in counted],
    )  # fmt: skip
    return dict(row)


async def used_of_many(
    tx: Tx, students: Collection[UUID], kind: str, term_id: UUID, school_year: str, counted: Sequence[State]
) -> dict[UUID, dict[str, int]]:
    """As `used_of` for many students. Locks them in the order of their ids, so that no two transactions wait for each other."""
    rows: list[Any] = await tx.fetch(
        "SELECT s.id, u.* FROM unnest($1::uuid[]) AS s (id) CROSS JOIN LATERAL handed_in(s.id, $2, $3, $4, $5, $6) u",
        sorted(students), kind, term_id, school_year, UUID(int=0), [state.value for state in counted],
    )  # fmt: skip
    return {row["id"]: {per: row[per] for per in PERIODS} for row in rows}


_ENTRIES = """
SELECT r.student_id, r.id, r.kind, r.data, r.term_id, t.school_year
  FROM records r JOIN directory_terms t ON t.id = r.term_id
 WHERE r.student_id = ANY($1) AND r.kind = ANY($2) AND r.state = ANY($3)
 ORDER BY r.submitted_at, r.id
"""


async def quota_entries(
    tx: Tx, students: Collection[UUID], kinds: Collection[str], counted: Sequence[State], *, lock: bool = False
) -> dict[UUID, list[QuotaEntry]]:
    """By student, their submitted records of these kinds in the order in which they were handed in.

    lock: until the transaction ends, so that two requests cannot both use the rest of a quota; in the order of the ids. The
    records are read by a later statement, which sees what whoever held the lock has committed.
    """
    if lock:
        await tx.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended('shared quota:' || s.id, 0)) "
            "FROM (SELECT unnest($1::text[]) AS id) s",
            sorted(map(str, students)),
        )
    rows: list[Any] = await tx.fetch(_ENTRIES, list(students), list(kinds), [state.value for state in counted])
    found: dict[UUID, list[QuotaEntry]] = {student: [] for student in students}
    for row in rows:
        entry = QuotaEntry(row["id"], row["kind"], row["data"], row["term_id"], row["school_year"])
        found[row["student_id"]].append(entry)
    return found


_USED = """
SELECT r.kind, count(*) FILTER (WHERE r.term_id = $2) AS term, count(*) FILTER (WHERE t.school_year = $3) AS year,
       count(*) AS stage
  FROM records r JOIN directory_terms t ON t.id = r.term_id
 WHERE r.student_id = $1 AND r.state = ANY($4)
 GROUP BY r.kind
"""


async def used_by_kind(
    tx: Tx, student_id: UUID, term_id: UUID, school_year: str, counted: Sequence[State]
) -> dict[str, dict[str, int]]:
    """By kind, how many records the student has submitted per term, year and stage; without a lock, for display."""
    rows: list[Any] = await tx.fetch(_USED, student_id, term_id, school_year, [state.value for state in counted])
    return {row["kind"]: {per: row[per] for per in PERIODS} for row in rows}


async def lock_unsettled(tx: Tx, term_id: UUID, state: State, after: UUID, limit: int) -> list[Record]:
    """The records of a term in this state with a later id, locked, in the order of their ids."""
    rows = await tx.fetch(
        "SELECT * FROM records WHERE term_id = $1 AND state = $2 AND id > $3 ORDER BY id LIMIT $4 FOR UPDATE",
        term_id, state.value, after, limit,
    )  # fmt: skip
    return [record_of(row) for row in rows]


async def lock_waiting(tx: Tx, term_id: UUID, student_id: UUID) -> list[Record]:
    """The records of a student in a term on which somebody has to act, locked in the order of their ids."""
    rows = await tx.fetch(
        "SELECT * FROM records WHERE student_id = $2 AND term_id = $1 AND state IN ('submitted', 'returned') "
        "ORDER BY id FOR UPDATE",
        term_id,
        student_id,
    )
    return [record_of(row) for row in rows]
