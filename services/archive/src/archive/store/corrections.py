"""Corrections, and which archive replaced which."""

from typing import Any
from uuid import UUID

from servicekit.db import Tx
from servicekit.mapping import from_row

from archive.domain.corrections import Correcting, Correction, ListedCorrection


def _correction(row: Any) -> Correction:
    return from_row(Correction, row, state=Correcting(row["state"]))


async def add(tx: Tx, c: Correction) -> bool:
    """Save a correction; False where this archive is being corrected already."""
    done = await tx.fetchval(
        """
        INSERT INTO corrections (id, archive_id, student_id, path, reason, state, second_by, asked_by, asked_by_name,
                                 asked_at, seal_id)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
        ON CONFLICT (archive_id) WHERE state IN ('waiting', 'making') DO NOTHING RETURNING true
        """,
        c.id, c.archive_id, c.student_id, c.path, c.reason, c.state, c.second_by, c.asked_by, c.asked_by_name, c.asked_at,
        c.seal_id,
    )  # fmt: skip
    return done is True


async def save(tx: Tx, c: Correction) -> None:
    """Save its state, the answer and the seal."""
    await tx.execute(
        "UPDATE corrections SET state = $2, answered_by = $3, answered_by_name = $4, answered_at = $5, note = $6, "
        "seal_id = $7, version = $8 WHERE id = $1",
        c.id, c.state, c.answered_by, c.answered_by_name, c.answered_at, c.note, c.seal_id, c.version,
    )  # fmt: skip


async def lock(tx: Tx, correction_id: UUID) -> Correction | None:
    """One correction, locked."""
    row = await tx.fetchrow("SELECT * FROM corrections WHERE id = $1 FOR UPDATE", correction_id)
    return _correction(row) if row else None


async def get(tx: Tx, correction_id: UUID) -> Correction | None:
    """One correction."""
    row = await tx.fetchrow("SELECT * FROM corrections WHERE id = $1", correction_id)
    return _correction(row) if row else None


async def of_seal(tx: Tx, seal_id: UUID) -> Correction | None:
    """The correction that a seal is made for; None for a first version."""
    row = await tx.fetchrow("SELECT * FROM corrections WHERE seal_id = $1", seal_id)
    return _correction(row) if row else None


async def page(
    tx: Tx, path: str, state: Correcting | None, archive_id: UUID | None, after: UUID | None, limit: int
) -> list[ListedCorrection]:
    """Corrections below a path, newest first; `after` is the last id of the page before."""
    rows = await tx.fetch(
        """
        SELECT c.*, a.student_name, a.term_title, a.version AS replaced_version, a.superseded_by AS newer
          FROM corrections c JOIN archives a ON a.id = c.archive_id
         WHERE c.path <@ $1::ltree AND ($2::text IS NULL OR c.state = $2)
           AND ($3::uuid IS NULL OR c.archive_id = $3) AND ($4::uuid IS NULL OR c.id < $4) ORDER BY c.id DESC LIMIT $5
        """,
        path, state, archive_id, after, limit,
    )  # fmt: skip
    return [from_row(ListedCorrection, row, correction=_correction(row)) for row in rows]


async def supersede(tx: Tx, old: UUID, new: UUID) -> None:
    """Mark the old version as replaced by the new one."""
    await tx.execute("UPDATE archives SET superseded_by = $2 WHERE id = $1 AND superseded_by IS NULL", old, new)
