"""Imported records: what a batch made, and which rows of later workbooks are the same ones (X-12)."""

from collections.abc import Sequence
from uuid import UUID

from servicekit.db import Tx

from records.domain.record import Record
from records.store.records import record_of


async def of_batch(tx: Tx, batch_id: UUID) -> list[Record]:
    """Records that a batch made or changed last, held until the transaction ends."""
    rows = await tx.fetch("SELECT * FROM records WHERE batch_id = $1 AND state <> 'voided' ORDER BY id FOR UPDATE", batch_id)
    return [record_of(row) for row in rows]


async def imported(tx: Tx, term_id: UUID, kind: str, students: Sequence[UUID]) -> list[Record]:
    """What these students have of an imported kind; nobody else imports this kind into this term meanwhile."""
    await tx.execute("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", f"import:{term_id}:{kind}")
    rows = await tx.fetch(
        "SELECT * FROM records WHERE term_id = $1 AND kind = $2 AND student_id = ANY($3) AND import_key IS NOT NULL "
        "AND state <> 'voided' ORDER BY id FOR UPDATE",
        term_id, kind, students,
    )  # fmt: skip
    return [record_of(row) for row in rows]


async def note_undone(tx: Tx, batch_id: UUID, reason: str) -> None:
    """A chunk of this batch that comes later is not taken in."""
    await tx.execute("INSERT INTO undone_batches (batch_id, reason) VALUES ($1, $2) ON CONFLICT DO NOTHING", batch_id, reason)


async def is_undone(tx: Tx, batch_id: UUID) -> bool:
    """Was this batch taken back?"""
    return bool(await tx.fetchval("SELECT EXISTS (SELECT FROM undone_batches WHERE batch_id = $1)", batch_id))
