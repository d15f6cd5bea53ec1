"""Entries: added one by one, selected by the student, cleared by the thousand in one statement."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from contracts.base import RecordSnapshot
from servicekit.db import Tx

from publicity.domain.entries import Entry, State
from publicity.domain.quotas import SelectedCount

_ENTRY_FIELDS = tuple(name for name in Entry.__dataclass_fields__ if name != "board_term_id")


def entry_of(row: Any) -> Entry:
    """The entry of a row."""
    snapshot = RecordSnapshot.model_validate(row["snapshot"])
    moved = row["term_id"] if row["term_id"] != snapshot.term_id else None
    parsed = {"snapshot": snapshot, "state": State(row["state"]), "board_term_id": moved}
    return Entry(**({name: row[name] for name in _ENTRY_FIELDS} | parsed))


async def add(tx: Tx, entry: Entry) -> bool:
    """Add a new entry; False if the record has one already."""
    record = entry.snapshot
    added = await tx.fetchval(
        """
        INSERT INTO entries (id, record_id, term_id, student_id, student_name, path, dimension, kind, title, record_version,
                             snapshot, state, automatic, open_cases, selected_at, ended_at, version)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)
        ON CONFLICT (record_id) DO NOTHING RETURNING true
        """,
        entry.id, record.record_id, record.term_id, record.student_id, record.student_name, entry.path, record.dimension,
        record.kind, record.title, record.version, record, entry.state.value, entry.automatic, entry.open_cases,
        entry.selected_at, entry.ended_at, entry.version,
    )  # fmt: skip
    return bool(added)


async def save(tx: Tx, entries: Iterable[Entry]) -> None:
    """Save locked entries."""
    await tx.executemany(
        """
        UPDATE entries SET student_name = $2, path = $3, dimension = $4, kind = $5, title = $6, record_version = $7,
               snapshot = $8, state = $9, open_cases = $10, selected_at = $11, ended_at = $12, version = $13
         WHERE id = $1
        """,
        [
            (
                e.id, e.snapshot.student_name, e.path, e.snapshot.dimension, e.kind, e.snapshot.title, e.snapshot.version,
                e.snapshot, e.state.value, e.open_cases, e.selected_at, e.ended_at, e.version,
            )
            for e in entries
        ],
    )  # fmt: skip


async def lock_by_record(tx: Tx, record_id: UUID) -> Entry | None:
    """Lock the entry of a record."""
    row = await tx.fetchrow("SELECT * FROM entries WHERE record_id = $1 FOR UPDATE", record_id)
    return None if row is None else entry_of(row)


async def id_by_record(tx: Tx, record_id: UUID) -> UUID | None:
    """The id of a record's entry."""
    found: UUID | None = await tx.fetchval("SELECT id FROM entries WHERE record_id = $1", record_id)
    return found


async def lock(tx: Tx, entry_ids: Collection[UUID]) -> dict[UUID, Entry]:
    """Lock these entries, in the order of their ids."""
    rows = await tx.fetch("SELECT * FROM entries WHERE id = ANY($1) ORDER BY id FOR UPDATE", list(entry_ids))
    return {row["id"]: entry_of(row) for row in rows}


async def find(tx: Tx, entry_id: UUID) -> Entry | None:
    """One entry."""
    row = await tx.fetchrow("SELECT * FROM entries WHERE id = $1", entry_id)
    return None if row is None else entry_of(row)


async def find_all(tx: Tx, entry_ids: Collection[UUID]) -> list[Entry]:
    """These entries, as far as they exist."""
    return [entry_of(row) for row in await tx.fetch("SELECT * FROM entries WHERE id = ANY($1)", list(entry_ids))]


async def terms_of(tx: Tx, entry_ids: Collection[UUID]) -> set[UUID]:
    """The ids of the terms of these entries."""
    rows = await tx.fetch("SELECT DISTINCT term_id FROM entries WHERE id = ANY($1)", list(entry_ids))
    return {row["term_id"] for row in rows}


async def lock_students(tx: Tx, student_ids: Collection[UUID]) -> None:
    """Lock these students, so that requests that select for the same student wait for each other."""
    await tx.execute(
        "SELECT pg_advisory_xact_lock(hashtextextended(s::text, 0)) FROM unnest($1::uuid[]) AS s", sorted(set(student_ids))
    )


async def selected_counts(tx: Tx, student_ids: Collection[UUID], kinds: Collection[str]) -> list[SelectedCount]:
    """How many entries of these kinds the students have selected, by term."""
    rows = await tx.fetch(
        """
        SELECT e.student_id, e.kind, e.term_id, t.school_year, count(*)
          FROM entries e JOIN directory_terms t ON t.id = e.term_id
         WHERE e.student_id = ANY($1) AND e.kind = ANY($2) AND e.state IN ('selected', 'cleared')
         GROUP BY e.student_id, e.kind, e.term_id, t.school_year
        """,
        student_ids,
        kinds,
    )
    return [SelectedCount(**row) for row in rows]


async def page(
    tx: Tx,
    *,
    term_id: UUID | None,
    state: str | None,
    student_id: UUID | None,
    students: Collection[UUID] | None,
    path: str | None,
    after: UUID | None,
    limit: int,
) -> list[Entry]:
    """Entries, newest first: of these `students` (own), or below `path` (staff)."""
    rows = await tx.fetch(
        """
        SELECT * FROM entries
         WHERE ($1::uuid IS NULL OR term_id = $1) AND ($2::text IS NULL OR state = $2)
           AND ($3::uuid IS NULL OR student_id = $3) AND ($4::uuid[] IS NULL OR student_id = ANY($4))
           AND ($5::ltree IS NULL OR path <@ $5) AND ($6::uuid IS NULL OR id < $6) AND record_version > 0
         ORDER BY id DESC LIMIT $7
        """,
        term_id, state, student_id, students, path, after, limit,
    )  # fmt: skip
    return [entry_of(row) for row in rows]


async def select_automatic(
    tx: Tx, term_id: UUID, at: datetime, waiting: Collection[str], student_id: UUID | None = None
) -> None:
    """Select the eligible entries (of one student) of kinds that are publicised automatically.

    `waiting`: paths below which only what was submitted finally is selected (`gather`).
    """
    await tx.execute(
        "UPDATE entries e SET state = 'selected', selected_at = $2, version = version + 1 "
        "WHERE term_id = $1 AND automatic AND state = 'eligible' AND ($3::uuid IS NULL OR student_id = $3) "
        "AND NOT path <@ ANY ($4::text[]::ltree[]) "
        "AND NOT EXISTS (SELECT FROM directory_opt_outs o "
        "WHERE o.term_id = $1 AND o.student_id = e.student_id AND NOT o.participates)",
        term_id,
        at,
        student_id,
        waiting,
    )


async def mark_final(tx: Tx, term_id: UUID, record_ids: Collection[UUID]) -> int:
    """Remember that these records passed the final submission of a term; returns how many of them have entries."""
    rows = await tx.fetch(
        "UPDATE entries SET final_term_id = $1 WHERE id IN (SELECT id FROM entries WHERE record_id = ANY($2) ORDER BY id "
        "FOR UPDATE) RETURNING id",
        term_id,
        list(record_ids),
    )
    return len(rows)


async def gather(tx: Tx, term_id: UUID, at: datetime) -> list[Entry]:
    """Select what passed the final submission of a term for its board, also entries of earlier terms; returns those.

    An entry that is still published or in dispute in its own term stays there until that is over. It is shown with the present
    class of its student.
    """
    rows = await tx.fetch(
        """
        UPDATE entries e SET term_id = $1, state = 'selected', selected_at = $2, ended_at = NULL, version = e.version + 1,
               path = coalesce((SELECT s.path FROM directory_students s, directory_terms t
                                 WHERE s.id = e.student_id AND t.id = $1 AND s.path <@ t.path), e.path)
         WHERE e.id IN (SELECT id FROM entries
                         WHERE final_term_id = $1 AND (state = 'eligible' OR state = 'cleared' AND term_id <> $1)
                           AND NOT EXISTS (SELECT FROM directory_opt_outs o WHERE o.term_id = $1
                                              AND o.student_id = entries.student_id AND NOT o.participates)
                         ORDER BY id FOR UPDATE)
        RETURNING e.*
        """,
        term_id,
        at,
    )
    return [entry_of(row) for row in rows]


async def unselect_all(tx: Tx, term_id: UUID, student_id: UUID) -> None:
    """Take what a student selected in a term off the board, except what a case is open about."""
    await tx.execute(
        "UPDATE entries SET state = 'eligible', selected_at = NULL, version = version + 1 "
        "WHERE term_id = $1 AND student_id = $2 AND state = 'selected' AND open_cases = 0",
        term_id,
        student_id,
    )


async def count(tx: Tx, term_id: UUID, state: State, student_id: UUID | None = None) -> int:
    """How many entries of a term (of one student) are in this state."""
    found: int = await tx.fetchval(
        "SELECT count(*) FROM entries WHERE term_id = $1 AND state = $2 AND ($3::uuid IS NULL OR student_id = $3)",
        term_id,
        state.value,
        student_id,
    )
    return found


async def grades(tx: Tx, term_id: UUID) -> list[str]:
    """The paths of the grades that have selected entries."""
    rows = await tx.fetch(
        "SELECT DISTINCT subpath(path, 0, 5) AS grade FROM entries "
        "WHERE term_id = $1 AND state = 'selected' AND nlevel(path) >= 5",
        term_id,
    )
    return [row["grade"] for row in rows]


async def classes_to_clear(tx: Tx, term_id: UUID, paths: Collection[str], limit: int) -> list[str]:
    """The first classes below these paths that have selected entries without an open case."""
    rows = await tx.fetch(
        "SELECT DISTINCT path FROM entries WHERE term_id = $1 AND state = 'selected' AND open_cases = 0 "
        "AND path <@ ANY ($2::text[]::ltree[]) ORDER BY path LIMIT $3",
        term_id,
        paths,
        limit,
    )
    return [row["path"] for row in rows]


async def clear(tx: Tx, term_id: UUID, paths: Collection[str], at: datetime) -> list[str]:
    """Clear the selected entries below these paths that have no open case; returns the paths of their classes."""
    rows = await tx.fetch(
        """
        WITH cleared AS (
            UPDATE entries SET state = 'cleared', ended_at = $2, version = version + 1
             WHERE id IN (SELECT id FROM entries
                           WHERE term_id = $1 AND state = 'selected' AND open_cases = 0
                             AND path <@ ANY ($3::text[]::ltree[]) ORDER BY id FOR UPDATE)
            RETURNING path
        )
        SELECT DISTINCT path FROM cleared ORDER BY path
        """,
        term_id,
        at,
        paths,
    )
    return [row["path"] for row in rows]


async def cleared_in(tx: Tx, term_id: UUID, path: str, at: datetime) -> list[tuple[RecordSnapshot, int]]:
    """The records of one class that were cleared at `at`, with their sizes in bytes."""
    rows = await tx.fetch(
        "SELECT snapshot::text AS body FROM entries "
        "WHERE term_id = $1 AND path = $2 AND state = 'cleared' AND ended_at = $3 ORDER BY student_id, id",
        term_id,
        path,
        at,
    )
    return [(RecordSnapshot.model_validate_json(row["body"]), len(row["body"].encode())) for row in rows]
