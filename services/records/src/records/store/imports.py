"""Imported records and undone imports (X-12)."""

from collections.abc import Collection
from uuid import UUID

from servicekit.db import Tx

from records.domain.record import Record
from records.store.records import record_of


async def lock_batch(tx: Tx, batch_id: UUID) -> list[Record]:
    """The records that an import created or was the last to change, locked."""
    rows = await tx.fetch("SELECT * FROM records WHERE batch_id = $1 AND state <> 'voided' ORDER BY id FOR UPDATE", batch_id)
    return [record_of(row) for row in rows]


_LOCK_IMPORTED = """
SELECT r.* FROM unnest($3::uuid[], $4::text[]) AS p (student_id, import_key) CROSS JOIN LATERAL (
    SELECT * FROM records WHERE term_id = $1 AND kind = $2 AND student_id = p.student_id AND import_key = p.import_key
       AND import_key IS NOT NULL AND state <> 'voided' FOR UPDATE) r
"""
"""Looks every row up in an index; a plain join would compare each one with every record of the term."""


async def lock_imported(tx: Tx, term_id: UUID, kind: str, identities: Collection[tuple[UUID, str]]) -> list[Record]:
    """The records of an imported kind with these identities (student, import key), locked.

    If two chunks create the same record, the unique index refuses the second; its event is redelivered and finds the record.
    """
    ordered = sorted(identities)
    rows = await tx.fetch(_LOCK_IMPORTED, term_id, kind, [student for student, _ in ordered], [key for _, key in ordered])
    return [record_of(row) for row in rows]


_FIND_IMPORTED = """
SELECT r.* FROM unnest($3::uuid[], $4::text[]) AS p (student_id, import_key) CROSS JOIN LATERAL (
    SELECT * FROM records WHERE term_id = $1 AND kind = $2 AND student_id = p.student_id AND import_key = p.import_key
       AND import_key IS NOT NULL AND state <> 'voided') r
"""


async def find_imported(tx: Tx, term_id: UUID, kind: str, identities: Collection[tuple[UUID, str]]) -> list[Record]:
    """As `lock_imported`, without locking: for a check, which changes nothing."""
    rows = await tx.fetch(_FIND_IMPORTED, term_id, kind, [student for student, _ in identities], [key for _, key in identities])
    return [record_of(row) for row in rows]


async def undone_batches(tx: Tx, batches: Collection[UUID]) -> set[UUID]:
    """Those of these imports that were undone."""
    rows = await tx.fetch("SELECT batch_id FROM undone_batches WHERE batch_id = ANY($1)", batches)
    return {row["batch_id"] for row in rows}


async def is_undone(tx: Tx, batch_id: UUID) -> bool:
    """Was this import undone?"""
    return bool(await undone_batches(tx, [batch_id]))


async def add_undone(tx: Tx, batch_id: UUID, reason: str) -> None:
    """Mark an import as undone: chunks of it that arrive later are not applied."""
    await tx.execute("INSERT INTO undone_batches (batch_id, reason) VALUES ($1, $2) ON CONFLICT DO NOTHING", batch_id, reason)
