"""Webhooks, what they are to be told, and how each delivery went."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from servicekit.db import Tx, wake

from notify.domain.webhooks import Webhook

WAKE = "webhooks"


def _webhook(row: Any) -> Webhook:
    return Webhook(**{**dict(row), "types": tuple(row["types"])})


async def add(tx: Tx, one: Webhook) -> None:
    """A new subscription."""
    await tx.execute(
        "INSERT INTO webhooks (id, path, title, url, types, made_by, secret, made_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        one.id, one.path, one.title, one.url, list(one.types), one.made_by, one.secret, one.made_at,
    )  # fmt: skip


async def count_at(tx: Tx, path: str) -> int:
    """How many an organisation has; whoever adds one there waits for the other to end."""
    await tx.execute("SELECT pg_advisory_xact_lock(hashtextextended('webhooks:' || $1, 0))", path)
    found: int = await tx.fetchval("SELECT count(*) FROM webhooks WHERE path = $1", path)
    return found


async def find(tx: Tx, webhook_id: UUID) -> Webhook | None:
    """One subscription."""
    row = await tx.fetchrow(
        "SELECT id, path, title, url, types, active, failures, disabled_reason, made_by, secret, old_secret, old_until, "
        "made_at, version FROM webhooks WHERE id = $1",
        webhook_id,
    )
    return None if row is None else _webhook(row)


async def lock(tx: Tx, webhook_id: UUID) -> Webhook | None:
    """One subscription, for this transaction alone."""
    row = await tx.fetchrow(
        "SELECT id, path, title, url, types, active, failures, disabled_reason, made_by, secret, old_secret, old_until, "
        "made_at, version FROM webhooks WHERE id = $1 FOR NO KEY UPDATE",
        webhook_id,
    )
    return None if row is None else _webhook(row)


async def page(
    tx: Tx, path: str, under: str | None, only: Sequence[str] | None, after: UUID | None, limit: int
) -> list[Webhook]:
    """Subscriptions at or below a path, newest first; `only` those to nothing but these types."""
    rows = await tx.fetch(
        "SELECT id, path, title, url, types, active, failures, disabled_reason, made_by, secret, old_secret, old_until, "
        "made_at, version FROM webhooks WHERE path <@ $1::ltree AND ($2::ltree IS NULL OR path <@ $2) "
        "AND ($3::text[] IS NULL OR types <@ $3) AND ($4::uuid IS NULL OR id < $4) ORDER BY id DESC LIMIT $5",
        path,
        under,
        only,
        after,
        limit,
    )
    return [_webhook(row) for row in rows]


async def save(tx: Tx, one: Webhook) -> None:
    """Write a locked subscription back; its version goes up."""
    await tx.execute(
        "UPDATE webhooks SET title = $2, url = $3, types = $4, active = $5, failures = $6, disabled_reason = $7, secret = $8, "
        "old_secret = $9, old_until = $10, version = version + 1 WHERE id = $1",
        one.id, one.title, one.url, list(one.types), one.active, one.failures, one.disabled_reason, one.secret,
        one.old_secret, one.old_until,
    )  # fmt: skip


async def remove(tx: Tx, webhook_id: UUID) -> None:
    """The subscription and its deliveries go away."""
    await tx.execute("DELETE FROM webhooks WHERE id = $1", webhook_id)


async def post(tx: Tx, event_id: UUID, name: str, path: str, body: bytes, now: datetime) -> None:
    """Have every subscription to this type, at the path or above, told. One statement, also where there is none."""
    told = await tx.fetchval(
        """
        WITH wanted AS (
            SELECT id FROM webhooks WHERE active AND $3::ltree <@ path AND $2::text = ANY(types)),
        event AS (
            INSERT INTO webhook_events (id, type, body, made_at) SELECT $1, $2, $4, $5 WHERE EXISTS (SELECT FROM wanted)),
        told AS (
            INSERT INTO deliveries (id, webhook_id, event_id, made_at) SELECT uuidv7(), id, $1, $5 FROM wanted RETURNING id)
        SELECT EXISTS (SELECT FROM told)
        """,
        event_id,
        name,
        path,
        body,
        now,
    )
    if told:
        await wake(tx, WAKE)


async def post_to(tx: Tx, delivery_id: UUID, webhook_id: UUID, event_id: UUID, name: str, body: bytes, now: datetime) -> None:
    """Have one subscription told, whatever its types."""
    await tx.execute(
        "WITH event AS (INSERT INTO webhook_events (id, type, body, made_at) VALUES ($3, $4, $5, $6)) "
        "INSERT INTO deliveries (id, webhook_id, event_id, made_at) VALUES ($1, $2, $3, $6)",
        delivery_id, webhook_id, event_id, name, body, now,
    )  # fmt: skip
    await wake(tx, WAKE)


async def claim(tx: Tx, limit: int, per_webhook: int, lease: int) -> list[Any]:
    """Take some ready deliveries for `lease` seconds; so many at once go to one address, so that a slow one holds up none.

    What was claimed by a process that died is free again after its lease.
    """
    rows: list[Any] = await tx.fetch(
        """
        WITH free AS (
            SELECT d.id FROM webhooks w CROSS JOIN LATERAL (
                SELECT id FROM deliveries
                 WHERE webhook_id = w.id AND state = 'ready' AND (claimed_until IS NULL OR claimed_until <= now())
                 ORDER BY id
                 LIMIT greatest(0, $2 - (SELECT count(*) FROM deliveries b WHERE b.webhook_id = w.id AND b.state = 'ready'
                                            AND b.claimed_until > now()))) d),
        mine AS (
            SELECT d.id FROM deliveries d JOIN free f ON f.id = d.id
             WHERE d.state = 'ready' AND (d.claimed_until IS NULL OR d.claimed_until <= now())
             ORDER BY d.id LIMIT $1 FOR UPDATE OF d SKIP LOCKED)
        UPDATE deliveries d SET claimed_until = now() + make_interval(secs => $3), tries = tries + 1
          FROM mine, webhook_events e, webhooks w
         WHERE d.id = mine.id AND e.id = d.event_id AND w.id = d.webhook_id
        RETURNING d.id, d.tries, d.event_id, e.body, w.id AS webhook_id, w.url, w.secret, w.old_secret, w.old_until
        """,
        limit,
        per_webhook,
        lease,
    )
    return rows


async def delivered(tx: Tx, delivery_id: UUID, status: int, now: datetime) -> None:
    """It arrived."""
    await tx.execute(
        "UPDATE deliveries SET state = 'delivered', status = $2, error = NULL, done_at = $3, next_at = NULL, "
        "claimed_until = NULL WHERE id = $1",
        delivery_id,
        status,
        now,
    )


async def failed(tx: Tx, delivery_id: UUID, status: int | None, error: str, next_at: datetime | None, now: datetime) -> None:
    """It did not arrive; `next_at` is the next try, None: given up."""
    await tx.execute(
        "UPDATE deliveries SET state = CASE WHEN $4::timestamptz IS NULL THEN 'failed' ELSE 'waiting' END, status = $2, "
        "error = $3, next_at = $4, done_at = CASE WHEN $4::timestamptz IS NULL THEN $5::timestamptz END, claimed_until = NULL "
        "WHERE id = $1 AND state = 'ready'",
        delivery_id,
        status,
        error,
        next_at,
        now,
    )


async def count_failures(tx: Tx, webhook_id: UUID, failures: int) -> None:
    """So many tries failed in a row. The version stays: it is no change that somebody else's could be stale for."""
    await tx.execute("UPDATE webhooks SET failures = $2 WHERE id = $1 AND failures <> $2", webhook_id, failures)


async def give_up_all(tx: Tx, webhook_id: UUID, error: str, now: datetime) -> None:
    """What the subscription still was to be told is given up; it stays in the log and can be sent again."""
    await tx.execute(
        "UPDATE deliveries SET state = 'failed', error = $2, done_at = $3, next_at = NULL, claimed_until = NULL "
        "WHERE webhook_id = $1 AND state IN ('ready', 'waiting')",
        webhook_id,
        error,
        now,
    )


async def make_ready(tx: Tx, delivery_id: UUID, states: Sequence[str], fresh: bool) -> bool:
    """Send it (again); `fresh` begins to count its tries anew. False where it is not in one of these states."""
    done = await tx.fetchval(
        "UPDATE deliveries SET state = 'ready', next_at = NULL, done_at = NULL, claimed_until = NULL, "
        "tries = CASE WHEN $3 THEN 0 ELSE tries END WHERE id = $1 AND state = ANY($2) RETURNING true",
        delivery_id,
        list(states),
        fresh,
    )
    if done:
        await wake(tx, WAKE)
    return bool(done)


async def delivery(tx: Tx, webhook_id: UUID, delivery_id: UUID) -> Any:
    """One delivery of this subscription, or None."""
    return await tx.fetchrow(
        "SELECT d.id, d.event_id, e.type, d.state, d.tries, d.status, d.error, d.made_at, d.next_at, d.done_at "
        "FROM deliveries d JOIN webhook_events e ON e.id = d.event_id WHERE d.webhook_id = $1 AND d.id = $2",
        webhook_id,
        delivery_id,
    )


async def log(tx: Tx, webhook_id: UUID, state: str | None, after: UUID | None, limit: int) -> list[Any]:
    """Deliveries of a subscription, newest first."""
    rows: list[Any] = await tx.fetch(
        "SELECT d.id, d.event_id, e.type, d.state, d.tries, d.status, d.error, d.made_at, d.next_at, d.done_at "
        "FROM deliveries d JOIN webhook_events e ON e.id = d.event_id WHERE d.webhook_id = $1 "
        "AND ($2::text IS NULL OR d.state = $2) AND ($3::uuid IS NULL OR d.id < $3) ORDER BY d.id DESC LIMIT $4",
        webhook_id,
        state,
        after,
        limit,
    )
    return rows


async def purge(tx: Tx, older: datetime, limit: int) -> None:
    """Forget events made before, with their deliveries."""
    await tx.execute(
        "DELETE FROM webhook_events WHERE id IN "
        "(SELECT id FROM webhook_events WHERE made_at < $1 ORDER BY made_at LIMIT $2 FOR UPDATE SKIP LOCKED)",
        older,
        limit,
    )
