"""SQL for failure counts and captchas."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from servicekit.db import Tx

from identity.domain.throttle import Failures

type Bucket = tuple[bytes, str]
"""(target, source): the source '' counts failures from everywhere."""


async def read(tx: Tx, own: Bucket, others: Sequence[Bucket] = ()) -> dict[Bucket, Failures]:
    """The counts of these buckets. Locks `own` (advisory) until the transaction ends."""
    await tx.execute("SELECT pg_advisory_xact_lock(hashtextextended(encode($1, 'hex') || $2, 0))", *own)
    buckets = [own, *others]
    rows = await tx.fetch(
        "SELECT f.target, f.client, f.count, f.last_at FROM failures f "
        "JOIN unnest($1::bytea[], $2::text[]) AS n (target, client) USING (target, client)",
        [target for target, _ in buckets],
        [client for _, client in buckets],
    )
    return {(row["target"], row["client"]): Failures(row["count"], row["last_at"]) for row in rows}


async def count(tx: Tx, buckets: Sequence[Bucket], at: datetime, forget: datetime) -> None:
    """Add one to each bucket before the attempt is checked, so that parallel attempts are counted too. Counts last raised
    before `forget` start again at one."""
    await tx.execute(
        "INSERT INTO failures (target, client, count, last_at) SELECT n.target, n.client, 1, $3 "
        "FROM unnest($1::bytea[], $2::text[]) AS n (target, client) ORDER BY 1, 2 "
        "ON CONFLICT (target, client) DO UPDATE SET last_at = $3, "
        "count = CASE WHEN failures.last_at < $4 THEN 1 ELSE failures.count + 1 END",
        [target for target, _ in buckets],
        [client for _, client in buckets],
        at,
        forget,
    )


async def clear(tx: Tx, own: Bucket, others: Sequence[Bucket] = ()) -> None:
    """The attempt succeeded: set its own bucket to zero and lower the others by one."""
    await tx.execute(
        "WITH held AS (SELECT target, client FROM failures JOIN unnest($1::bytea[], $2::text[]) AS n (target, client) "
        "USING (target, client) ORDER BY 1, 2 FOR UPDATE) "
        "UPDATE failures f SET count = CASE WHEN f.target = $3 AND f.client = $4 THEN 0 ELSE greatest(0, f.count - 1) END "
        "FROM held WHERE f.target = held.target AND f.client = held.client",
        [own[0], *(target for target, _ in others)],
        [own[1], *(client for _, client in others)],
        *own,
    )


async def sweep(tx: Tx, before: datetime, now: datetime) -> None:
    """Delete old failures and expired captchas."""
    await tx.execute("DELETE FROM failures WHERE last_at < $1", before)
    await tx.execute("DELETE FROM captchas WHERE until < $1", now)


async def add_captcha(tx: Tx, captcha_id: UUID, answer: bytes, until: datetime) -> None:
    """Insert a captcha; `answer` is a keyed hash."""
    await tx.execute("INSERT INTO captchas (id, answer, until) VALUES ($1, $2, $3)", captcha_id, answer, until)


async def take_captcha(tx: Tx, captcha_id: UUID, now: datetime) -> bytes | None:
    """Delete a captcha and return the keyed hash of its answer; None if it does not exist or has expired."""
    found: bytes | None = await tx.fetchval(
        "DELETE FROM captchas WHERE id = $1 AND until > $2 RETURNING answer", captcha_id, now
    )
    return found
