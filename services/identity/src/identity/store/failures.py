"""Failures counted, and pictures to read."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from servicekit.db import Tx

from identity.domain.throttle import Failures

type Bucket = tuple[bytes, str]
"""(what was tried, from where): '' is everywhere."""


async def look(tx: Tx, own: Bucket, others: Sequence[Bucket] = ()) -> dict[Bucket, Failures]:
    """What is counted in these buckets. Who asks for the same own one takes turns until the transaction ends."""
    await tx.execute("SELECT pg_advisory_xact_lock(hashtextextended(encode($1, 'hex') || $2, 0))", *own)
    asked = [own, *others]
    rows = await tx.fetch(
        "SELECT f.target, f.client, f.count, f.last_at FROM failures f "
        "JOIN unnest($1::bytea[], $2::text[]) AS n (target, client) USING (target, client)",
        [target for target, _ in asked],
        [client for _, client in asked],
    )
    return {(row["target"], row["client"]): Failures(row["count"], row["last_at"]) for row in rows}


async def count(tx: Tx, buckets: Sequence[Bucket], at: datetime, forget: datetime) -> None:
    """A try counts as failed until it succeeds, so that many at once do not slip through; old counts begin anew."""
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


async def forgive(tx: Tx, own: Bucket, others: Sequence[Bucket] = ()) -> None:
    """The try succeeded: its own bucket is emptied, the others count one less."""
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
    """Failures long ago and pictures out of date are forgotten."""
    await tx.execute("DELETE FROM failures WHERE last_at < $1", before)
    await tx.execute("DELETE FROM captchas WHERE until < $1", now)


async def add_captcha(tx: Tx, captcha_id: UUID, answer: bytes, until: datetime) -> None:
    """A picture that somebody was shown; `answer` is a keyed fingerprint."""
    await tx.execute("INSERT INTO captchas (id, answer, until) VALUES ($1, $2, $3)", captcha_id, answer, until)


async def use_captcha(tx: Tx, captcha_id: UUID, now: datetime) -> bytes | None:
    """The picture's answer; it is gone afterwards, right or wrong. None: there is no such picture (any more)."""
    found: bytes | None = await tx.fetchval(
        "DELETE FROM captchas WHERE id = $1 AND until > $2 RETURNING answer", captcha_id, now
    )
    return found
