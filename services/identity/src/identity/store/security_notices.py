"""SQL for security notices: what others did to an account, until its holder has seen it (L-01)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from servicekit.db import Tx
from servicekit.ids import new_id
from servicekit.mapping import from_row


@dataclass(frozen=True)
class SecurityNotice:
    """One notice. `by_title`: the organisation that acted; None: nobody but the platform."""

    id: UUID
    what: str
    at: datetime
    by_title: str | None


async def add(tx: Tx, account_ids: Sequence[UUID], what: str, at: datetime, by_title: str | None) -> None:
    """Insert the same notice for several accounts."""
    await tx.execute(
        "INSERT INTO security_notices (id, account_id, what, at, by_title) "
        "SELECT n.id, n.account_id, $3, $4, $5 FROM unnest($1::uuid[], $2::uuid[]) AS n (id, account_id)",
        [new_id() for _ in account_ids],
        list(account_ids),
        what,
        at,
        by_title,
    )


async def unseen(tx: Tx, account_id: UUID, limit: int) -> list[SecurityNotice]:
    """The notices that the holder has not seen, newest first."""
    rows = await tx.fetch(
        "SELECT id, what, at, by_title FROM security_notices WHERE account_id = $1 AND seen_at IS NULL "
        "ORDER BY id DESC LIMIT $2",
        account_id,
        limit,
    )
    return [from_row(SecurityNotice, row) for row in rows]


async def mark_seen(tx: Tx, account_id: UUID, up_to: UUID, now: datetime) -> None:
    """The holder has seen this notice and all before it."""
    await tx.execute(
        "UPDATE security_notices SET seen_at = $3 WHERE account_id = $1 AND id <= $2 AND seen_at IS NULL",
        account_id,
        up_to,
        now,
    )


async def delete_before(tx: Tx, before: datetime) -> None:
    """Delete notices seen before this time."""
    await tx.execute("DELETE FROM security_notices WHERE seen_at < $1", before)
