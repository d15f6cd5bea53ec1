"""SQL for what rosters changed, by batch (L-10)."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from servicekit.db import Tx
from servicekit.mapping import columns, from_row

from identity.domain.roster.changes import Change


async def add(tx: Tx, batch_id: UUID, changes: Sequence[Change], now: datetime) -> None:
    """Note changes, in their order."""
    await tx.execute(
        "INSERT INTO roster_changes (batch_id, row, what, student_id, account_id, path, before, after, at) "
        "SELECT $1, n.row, n.what, n.student_id, n.account_id, n.path::ltree, n.before, n.after, $2 "
        "FROM unnest($3::integer[], $4::text[], $5::uuid[], $6::uuid[], $7::text[], $8::jsonb[], $9::jsonb[]) "
        "WITH ORDINALITY AS n (row, what, student_id, account_id, path, before, after, number) ORDER BY n.number",
        batch_id,
        now,
        *columns(changes, "row", "what", "student_id", "account_id", "path", "before", "after"),
    )


async def of_batch(tx: Tx, batch_id: UUID) -> list[Change]:
    """The changes of a batch that are not undone, newest first."""
    rows = await tx.fetch(
        "SELECT row, what, student_id, account_id, path::text, before, after, number FROM roster_changes "
        "WHERE batch_id = $1 AND undone_at IS NULL ORDER BY number DESC",
        batch_id,
    )
    return [from_row(Change, row) for row in rows]


async def delete_before(tx: Tx, before: datetime) -> None:
    """Delete what rosters before this time changed: they can no longer be undone."""
    await tx.execute("DELETE FROM roster_changes WHERE at < $1", before)
