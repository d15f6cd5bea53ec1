"""Final submissions (CS-01, CS-08)."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from servicekit.db import Tx

from records.domain.final import COUNTS, Final, FinalState, Refused
from records.domain.record import Record
from records.store.records import record_of


def _final(row: Any) -> Final:
    refused = tuple(Refused(UUID(one["record_id"]), one["reason_code"], one["note"]) for one in row["refused"])
    return Final(
        **(dict(row) | {"state": FinalState(row["state"]), "record_ids": tuple(row["record_ids"]), "refused": refused})
    )


async def save(tx: Tx, f: Final) -> None:
    """Insert a new submission, or update a locked one."""
    await tx.execute(
        """
        INSERT INTO final_submissions (id, term_id, student_id, student_name, path, state, record_ids, refused, version,
                                       submitted_at, submitted_by, reviewed_at, reviewed_by, reason_code, note)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
        ON CONFLICT (id) DO UPDATE SET student_name = $4, path = $5, state = $6, record_ids = $7, refused = $8,
            version = $9, submitted_at = $10, submitted_by = $11, reviewed_at = $12, reviewed_by = $13, reason_code = $14,
            note = $15
        """,
        f.id, f.term_id, f.student_id, f.student_name, f.path, f.state.value, list(f.record_ids),
        list(f.refused), f.version, f.submitted_at, f.submitted_by, f.reviewed_at, f.reviewed_by,
        f.reason_code, f.note,
    )  # fmt: skip


async def of_student(tx: Tx, term_id: UUID, student_id: UUID) -> Final | None:
    """A student's submission in a term."""
    row = await tx.fetchrow("SELECT * FROM final_submissions WHERE term_id = $1 AND student_id = $2", term_id, student_id)
    return None if row is None else _final(row)


async def lock_of_student(tx: Tx, term_id: UUID, student_id: UUID) -> Final | None:
    """The same, locked; without one, the student is locked until the transaction ends, so that there is never a second."""
    await tx.execute("SELECT pg_advisory_xact_lock(hashtextextended('final:' || $1::text, 0))", str(student_id))
    row = await tx.fetchrow(
        "SELECT * FROM final_submissions WHERE term_id = $1 AND student_id = $2 FOR UPDATE", term_id, student_id
    )
    return None if row is None else _final(row)


async def get(tx: Tx, final_id: UUID) -> Final | None:
    """One submission."""
    row = await tx.fetchrow("SELECT * FROM final_submissions WHERE id = $1", final_id)
    return None if row is None else _final(row)


async def lock(tx: Tx, final_id: UUID) -> Final | None:
    """One submission, locked."""
    row = await tx.fetchrow("SELECT * FROM final_submissions WHERE id = $1 FOR UPDATE", final_id)
    return None if row is None else _final(row)


async def page(
    tx: Tx, path: str, term_id: UUID | None, state: str | None, before: UUID | None, limit: int
) -> list[tuple[Final, str | None]]:
    """Submitted ones below an organisation, newest first, each with the title of the student's class."""
    rows: list[Any] = await tx.fetch(
        "SELECT f.*, s.class_title AS title_of_class FROM final_submissions f "
        "LEFT JOIN directory_students s ON s.id = f.student_id "
        "WHERE f.path <@ $1::ltree AND f.submitted_at IS NOT NULL AND ($2::uuid IS NULL OR f.term_id = $2) "
        "AND ($3::text IS NULL OR f.state = $3) AND ($4::uuid IS NULL OR f.id < $4) ORDER BY f.id DESC LIMIT $5",
        path, term_id, state, before, limit,
    )  # fmt: skip
    return [(_final({k: v for k, v in row.items() if k != "title_of_class"}), row["title_of_class"]) for row in rows]


async def waiting(tx: Tx, path: str, terms: list[UUID]) -> dict[UUID, int]:
    """How many wait for the review below an organisation, by term."""
    rows: list[Any] = await tx.fetch(
        "SELECT term_id, count(*) AS n FROM final_submissions WHERE path <@ $1::ltree AND state = 'submitted' "
        "AND term_id = ANY($2) GROUP BY term_id",
        path,
        terms,
    )
    return {row["term_id"]: row["n"] for row in rows}


async def material(tx: Tx, student_id: UUID) -> list[Record]:
    """A student's records that count, of all terms, newest first."""
    rows: list[Any] = await tx.fetch(
        "SELECT * FROM records WHERE student_id = $1 AND state = ANY($2) ORDER BY id DESC",
        student_id,
        [state.value for state in COUNTS],
    )
    return [record_of(row) for row in rows]


async def records_of(tx: Tx, record_ids: Sequence[UUID]) -> list[Record]:
    """These records, newest first, in any state."""
    rows: list[Any] = await tx.fetch("SELECT * FROM records WHERE id = ANY($1) ORDER BY id DESC", record_ids)
    return [record_of(row) for row in rows]


async def move(tx: Tx, student_ids: list[UUID]) -> None:
    """Submissions that still can change follow their student to another class of the school (BJ-04)."""
    await tx.execute(
        "UPDATE final_submissions f SET path = s.path FROM directory_students s, directory_terms t "
        "WHERE f.student_id = ANY($1) AND s.id = f.student_id AND t.id = f.term_id AND s.path <@ t.path "
        "AND f.path <> s.path AND f.state <> 'approved'",
        student_ids,
    )
