"""Imported records: what a batch made, and which rows of later workbooks are the same ones (X-12)."""

from collections.abc import Collection
from uuid import UUID

from servicekit.db import Tx

from records.domain.record import Record
from records.store.records import record_of


async def of_batch(tx: Tx, batch_id: UUID) -> list[Record]:
    """Records that a batch made or changed last, held until the transaction ends."""
    rows = await tx.fetch("SELECT * FROM records WHERE batch_id = $1 AND state <> 'voided' ORDER BY id FOR UPDATE", batch_id)
    return [record_of(row) for row in rows]


_AT_PLACES = """
SELECT r.* FROM unnest($3::uuid[], $4::text[]) AS p (student_id, import_key) CROSS JOIN LATERAL (
    SELECT * FROM records WHERE term_id = $1 AND kind = $2 AND student_id = p.student_id AND import_key = p.import_key
       AND import_key IS NOT NULL AND state <> 'voided' FOR UPDATE) r
"""
"""Place by place through an index: as a plain join, every place is compared with every record of the term."""


async def imported(tx: Tx, term_id: UUID, kind: str, places: Collection[tuple[UUID, str]]) -> list[Record]:
    """The records of an imported kind at these places (student, import key), held until the transaction ends.

    Two who make one at the same place meet at the table's own index; the later one is told its event again and finds it.
    """
    wanted = sorted(set(places))
    rows = await tx.fetch(_AT_PLACES, term_id, kind, [student for student, _ in wanted], [key for _, key in wanted])
    return [record_of(row) for row in rows]


async def undone(tx: Tx, batches: Collection[UUID]) -> set[UUID]:
    """Which of these batches were taken back."""
    rows = await tx.fetch("SELECT batch_id FROM undone_batches WHERE batch_id = ANY($1)", batches)
    return {row["batch_id"] for row in rows}


async def note_undone(tx: Tx, batch_id: UUID, reason: str) -> None:
    """A chunk of this batch that comes later is not taken in."""
    await tx.execute("INSERT INTO undone_batches (batch_id, reason) VALUES ($1, $2) ON CONFLICT DO NOTHING", batch_id, reason)


async def is_undone(tx: Tx, batch_id: UUID) -> bool:
    """Was this batch taken back?"""
    return bool(await tx.fetchval("SELECT EXISTS (SELECT FROM undone_batches WHERE batch_id = $1)", batch_id))
