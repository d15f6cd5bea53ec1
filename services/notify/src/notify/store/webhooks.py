"""SQL for webhooks and their deliveries."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from servicekit.db import Tx

from notify.domain.webhooks import Webhook


def _webhook(row: Any) -> Webhook:
    return Webhook(**{**dict(row), "types": tuple(row["types"])})


async def add(tx: Tx, one: Webhook) -> None:
    """A new subscription."""
    await tx.execute(
        "INSERT INTO webhooks (id, path, title, url, types, made_by, secret, made_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        one.id, one.path, one.title, one.url, list(one.types), one.made_by, one.secret, one.made_at,
    )  # fmt: skip


async def answered_for(tx: Tx, webhook_id: UUID, card_id: UUID) -> None:
    """The card with which the subscription was made or switched on last."""
    await tx.execute("UPDATE webhooks SET made_by_card = $2 WHERE id = $1", webhook_id, card_id)


async def of_card(tx: Tx, card_id: UUID) -> list[UUID]:
    """Lock the active subscriptions that this card made or switched on last."""
    rows = await tx.fetch("SELECT id FROM webhooks WHERE active AND made_by_card = $1 ORDER BY id FOR UPDATE", card_id)
    return [row["id"] for row in rows]


async def of_account(tx: Tx, account_id: UUID) -> list[UUID]:
    """Lock the active subscriptions that this account made."""
    rows = await tx.fetch("SELECT id FROM webhooks WHERE active AND made_by = $1 ORDER BY id FOR UPDATE", account_id)
    return [row["id"] for row in rows]


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


async def subscribed(tx: Tx, name: str, path: str) -> list[UUID]:
    """The active webhooks that subscribed to this type, at the path or above."""
    rows = await tx.fetch("SELECT id FROM webhooks WHERE active AND $2::ltree <@ path AND $1 = ANY(types)", name, path)
    return [row["id"] for row in rows]


async def add_event(tx: Tx, event_id: UUID, name: str, body: bytes, now: datetime) -> None:
    """Insert an event that webhooks are sent."""
    await tx.execute("INSERT INTO webhook_events (id, type, body, made_at) VALUES ($1, $2, $3, $4)", event_id, name, body, now)


async def add_delivery(tx: Tx, delivery_id: UUID, webhook_id: UUID, event_id: UUID, now: datetime) -> None:
    """Insert a delivery of an event to one webhook."""
    await tx.execute(
        "INSERT INTO deliveries (id, webhook_id, event_id, made_at) VALUES ($1, $2, $3, $4)",
        delivery_id, webhook_id, event_id, now,
    )  # fmt: skip


async def begin(tx: Tx, delivery_id: UUID) -> Any:
    """Count a try, and return what is to be sent, where to, and the sealed secrets; None where it ended meanwhile."""
    return await tx.fetchrow(
        "UPDATE deliveries d SET state = 'ready', tries = tries + 1, next_at = NULL FROM webhook_events e, webhooks w "
        "WHERE d.id = $1 AND d.state IN ('ready', 'waiting') AND e.id = d.event_id AND w.id = d.webhook_id "
        "RETURNING d.id, d.tries, d.event_id, e.body, w.id AS webhook_id, w.url, w.secret, w.old_secret, w.old_until",
        delivery_id,
    )


async def without_job(tx: Tx, what: str, older: datetime, limit: int) -> list[tuple[UUID, UUID]]:
    """Open deliveries made before, that no job will send: (delivery, webhook)."""
    rows = await tx.fetch(
        "SELECT id, webhook_id FROM deliveries d WHERE state IN ('ready', 'waiting') AND made_at < $2 "
        "AND NOT EXISTS (SELECT FROM jobs WHERE what = $1 AND key = d.id::text) ORDER BY made_at LIMIT $3",
        what,
        older,
        limit,
    )
    return [(row["id"], row["webhook_id"]) for row in rows]


async def delivered(tx: Tx, delivery_id: UUID, status: int, now: datetime) -> None:
    """It arrived."""
    await tx.execute(
        "UPDATE deliveries SET state = 'delivered', status = $2, error = NULL, done_at = $3, next_at = NULL WHERE id = $1",
        delivery_id,
        status,
        now,
    )


async def failed(tx: Tx, delivery_id: UUID, status: int | None, error: str, next_at: datetime | None, now: datetime) -> None:
    """It did not arrive; `next_at` is the next try, None: given up."""
    await tx.execute(
        "UPDATE deliveries SET state = CASE WHEN $4::timestamptz IS NULL THEN 'failed' ELSE 'waiting' END, status = $2, "
        "error = $3, next_at = $4, done_at = CASE WHEN $4::timestamptz IS NULL THEN $5::timestamptz END "
        "WHERE id = $1 AND state = 'ready'",
        delivery_id,
        status,
        error,
        next_at,
        now,
    )


async def count_failures(tx: Tx, webhook_id: UUID, failures: int) -> None:
    """Save how many attempts failed in a row. The version stays: nobody edits this number."""
    await tx.execute("UPDATE webhooks SET failures = $2 WHERE id = $1 AND failures <> $2", webhook_id, failures)


async def give_up_all(tx: Tx, webhook_id: UUID, error: str, now: datetime) -> None:
    """Give up the deliveries that still wait; they stay in the log and can be sent again."""
    await tx.execute(
        "UPDATE deliveries SET state = 'failed', error = $2, done_at = $3, next_at = NULL "
        "WHERE webhook_id = $1 AND state IN ('ready', 'waiting')",
        webhook_id,
        error,
        now,
    )


async def restart(tx: Tx, delivery_id: UUID) -> bool:
    """Make it ready again, its attempts counted anew. False where it is ready already."""
    done = await tx.fetchval(
        "UPDATE deliveries SET state = 'ready', next_at = NULL, done_at = NULL, tries = 0 "
        "WHERE id = $1 AND state IN ('delivered', 'failed', 'waiting') RETURNING true",
        delivery_id,
    )
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
