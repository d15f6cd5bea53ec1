"""`Idempotency-Key`: the same write sent twice happens once and gets the same answer.

The key's row is written in the use case's own transaction, so that it is there exactly when the effect is.
"""

import asyncio
from typing import TYPE_CHECKING, Any

from servicekit.context import Claim
from servicekit.refusals import Refusal

if TYPE_CHECKING:
    from servicekit.db import Database, Tx

KEEP = "24 hours"


class Replayed(Exception):  # noqa: N818  an answer, not a fault
    """This write was made before."""


async def take(tx: "Tx", claim: Claim) -> None:
    """Claim the key in this transaction; a second sender waits for the first one's commit and is then turned away."""
    taken = await tx.fetchval(
        "INSERT INTO idempotency (account_id, key, route, digest) VALUES ($1, $2, $3, $4) "
        "ON CONFLICT DO NOTHING RETURNING true",
        claim.account_id,
        claim.key,
        claim.route,
        claim.digest,
    )
    if not taken:
        raise Replayed
    claim.claimed = True


async def keep(db: "Database", claim: Claim, status: int, body: bytes, headers: dict[str, str]) -> None:
    """Keep the answer for those who ask again."""
    async with db.reading() as connection:
        await connection.execute(
            "UPDATE idempotency SET status = $3, body = $4, headers = $5 WHERE account_id = $1 AND key = $2",
            claim.account_id,
            claim.key,
            status,
            body,
            headers,
        )


async def recall(db: "Database", claim: Claim) -> tuple[int, bytes, dict[str, str]]:
    """The answer given before. Refuses another content under the same key, and an answer lost in a crash."""
    for _ in range(20):
        async with db.reading() as connection:
            row: Any = await connection.fetchrow(
                "SELECT route, digest, status, body, headers FROM idempotency WHERE account_id = $1 AND key = $2",
                claim.account_id,
                claim.key,
            )
        if row is None:
            raise Refusal("in_progress")
        if row["route"] != claim.route or row["digest"] != claim.digest:
            raise Refusal("idempotency_mismatch")
        if row["status"] is not None:
            return row["status"], row["body"], row["headers"]
        await asyncio.sleep(0.05)
    raise Refusal("already_applied")
