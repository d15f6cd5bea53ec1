"""`Idempotency-Key`: the same write sent twice has one effect and gets the same response.

The key's row is inserted in the use case's own transaction, so that it exists exactly if the effect does.
"""

import asyncio
from typing import TYPE_CHECKING, Any
from uuid import UUID

import asyncpg

from servicekit import context, log
from servicekit.context import Caller, Claim
from servicekit.refusals import Refusal

if TYPE_CHECKING:
    from servicekit.db import Database, Tx

_log = log.get(__name__)


class RepeatedRequest(Exception):  # noqa: N818  not a fault
    """The key was used before."""


async def insert(tx: "Tx", claim: Claim) -> None:
    """Insert the key. A second request waits for the first one's commit; then RepeatedRequest is raised."""
    inserted = await tx.fetchval(
        "INSERT INTO idempotency (account_id, key, route, digest, made_at) VALUES ($1, $2, $3, $4, coalesce($5, now())) "
        "ON CONFLICT DO NOTHING RETURNING true",
        claim.account_id,
        claim.key,
        claim.route,
        claim.digest,
        claim.made_at,
    )
    if not inserted:
        raise RepeatedRequest
    claim.inserted = True


_STORE = """
UPDATE idempotency i SET status = k.status, body = k.body, headers = k.headers
  FROM unnest($1::uuid[], $2::text[], $3::int[], $4::bytea[], $5::jsonb[]) AS k (account_id, key, status, body, headers)
 WHERE i.account_id = k.account_id AND i.key = k.key
"""

type _Row = tuple[UUID, str, int, bytes, dict[str, str]]


class Responses:
    """Stores responses for repeated requests: after they were sent, all that are queued in one statement.

    A response that is lost in a crash becomes `already_applied`.
    """

    def __init__(self, db: "Database") -> None:
        self._db = db
        self._waiting: list[_Row] = []
        self._task: asyncio.Task[None] | None = None

    def store(self, claim: Claim, status: int, body: bytes, headers: dict[str, str]) -> None:
        """Queue a response; a task stores it."""
        self._waiting.append((claim.account_id, claim.key, status, body, headers))
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._write())

    async def flush(self) -> None:
        """Wait until all are stored."""
        if self._task is not None:
            await self._task

    async def _write(self) -> None:
        context.caller.set(Caller.BACKGROUND)  # the task was started by a request
        while self._waiting:
            rows, self._waiting = self._waiting, []
            try:
                async with self._db.reading() as connection:
                    await connection.execute(_STORE, *map(list, zip(*rows, strict=True)))
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as fault:
                _log.warning("responses_not_stored", count=len(rows), error=repr(fault))


async def stored_response(db: "Database", claim: Claim) -> tuple[int, bytes, dict[str, str]]:
    """The first response, which may be stored a moment later. Refuses other content under the same key."""
    for attempt in range(25):
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
        await asyncio.sleep(min(0.05, 0.005 * 2**attempt))
    raise Refusal("already_applied")
