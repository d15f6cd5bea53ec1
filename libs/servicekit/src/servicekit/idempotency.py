"""`Idempotency-Key`: the same write sent twice happens once and gets the same answer.

The key's row is written in the use case's own transaction, so that it is there exactly when the effect is.
"""

import asyncio
from typing import TYPE_CHECKING, Any
from uuid import UUID

import asyncpg

from servicekit import log
from servicekit.context import Claim
from servicekit.refusals import Refusal

if TYPE_CHECKING:
    from servicekit.db import Database, Tx

_log = log.get(__name__)


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


_KEEP = """
UPDATE idempotency i SET status = k.status, body = k.body, headers = k.headers
  FROM unnest($1::uuid[], $2::text[], $3::int[], $4::bytea[], $5::jsonb[]) AS k (account_id, key, status, body, headers)
 WHERE i.account_id = k.account_id AND i.key = k.key
"""

type _Answer = tuple[UUID, str, int, bytes, dict[str, str]]


class Answers:
    """Keeps answers for those who ask again: behind the caller's back, as many as came meanwhile in one statement.

    An answer lost in a crash is told as `already_applied`: the effect is there, and happens once.
    """

    def __init__(self, pool: "asyncpg.Pool[asyncpg.Record]") -> None:
        self._pool = pool
        self._waiting: list[_Answer] = []
        self._task: asyncio.Task[None] | None = None

    def keep(self, claim: Claim, status: int, body: bytes, headers: dict[str, str]) -> None:
        """Have the answer kept soon."""
        self._waiting.append((claim.account_id, claim.key, status, body, headers))
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._write())

    async def written(self) -> None:
        """Wait until all are kept."""
        if self._task is not None:
            await self._task

    async def _write(self) -> None:
        while self._waiting:
            taken, self._waiting = self._waiting, []
            try:
                await self._pool.execute(_KEEP, *map(list, zip(*taken, strict=True)))
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as fault:
                _log.warning("answers_not_kept", count=len(taken), error=repr(fault))


async def recall(db: "Database", claim: Claim) -> tuple[int, bytes, dict[str, str]]:
    """The answer given before. Refuses another content under the same key, and an answer lost in a crash."""
    for turn in range(25):
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
        await asyncio.sleep(min(0.05, 0.005 * 2**turn))
    raise Refusal("already_applied")
