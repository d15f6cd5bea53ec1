"""The audit trail: only ever added to; a trigger refuses everything else."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from servicekit.db import Tx
from servicekit.ids import new_id


@dataclass(frozen=True)
class Note:
    """What was done, by whom, to whom. No secret and no ID number goes in here."""

    what: str
    account_id: UUID | None
    card_id: UUID | None = None
    subject: str | None = None
    client: str | None = None
    detail: dict[str, Any] = field(default_factory=dict)


async def write(tx: Tx, now: datetime, notes: Sequence[Note]) -> None:
    """Write down what was done, in the transaction that does it."""
    await tx.executemany(
        "INSERT INTO audit (id, at, what, account_id, card_id, subject, client, detail) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        [(new_id(), now, n.what, n.account_id, n.card_id, n.subject, n.client, n.detail) for n in notes],
    )
