"""The audit trail of archive: append-only."""

from datetime import datetime
from typing import Any
from uuid import UUID

from servicekit.auth import Actor
from servicekit.db import Tx
from servicekit.ids import new_id

from archive.domain.evaluations import Author


async def write(
    tx: Tx, now: datetime, actor: Actor | Author, what: str, path: str, subject: UUID | None = None, **detail: Any
) -> None:
    """Record who did what, in the transaction that does it. Never a text of an archive."""
    await tx.execute(
        "INSERT INTO audit (id, at, what, account_id, name, path, subject, detail) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        new_id(), now, what, actor.account_id, actor.name, path, subject, detail,
    )  # fmt: skip
