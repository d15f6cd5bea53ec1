"""Messages by address, which of them are read, and what has to be handled."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from servicekit.db import Tx

from notify.domain import Handled, Notification

CHANNEL = "notify"
"""Payloads: an address that has something new, or `read:<account>`."""


async def wake(tx: Tx, keys: Sequence[str]) -> None:
    """Wake the streams of these addresses in every process, at commit."""
    await tx.execute("SELECT pg_notify($1, key) FROM unnest($2::text[]) AS k(key)", CHANNEL, list(keys))


async def add(tx: Tx, message_id: UUID, notification: Notification, words: tuple[str, str], now: datetime) -> None:
    """Insert a message, unless it was sent before (`once`)."""
    await tx.execute(
        "INSERT INTO messages (id, place, address, kind, title, body, link, facts, path, once, made_at) "
        "VALUES ($1, $1, $2, $3, $4, $5, $6, $7, $8, $9, $10) "
        "ON CONFLICT (address, once) WHERE once IS NOT NULL DO NOTHING",
        message_id, notification.address, notification.kind, *words, asdict(notification.link), notification.facts,
        notification.path, notification.once, now,
    )  # fmt: skip


async def fold(tx: Tx, message_id: UUID, notification: Notification, words: tuple[str, str], now: datetime) -> tuple[UUID, int]:
    """Add to the unread message of this kind and address, or insert it. Returns its id and its count."""
    row: Any = await tx.fetchrow(
        "INSERT INTO messages (id, place, address, kind, title, body, link, facts, path, folds, made_at) "
        "VALUES ($1, $1, $2, $3, $4, $5, $6, $7, $8, true, $9) "
        "ON CONFLICT (address, kind) WHERE folds DO UPDATE SET place = excluded.place, link = excluded.link, "
        "facts = excluded.facts, path = excluded.path, made_at = excluded.made_at, count = messages.count + 1 "
        "RETURNING id, count",
        message_id, notification.address, notification.kind, *words, asdict(notification.link), notification.facts,
        notification.path, now,
    )  # fmt: skip
    return row["id"], row["count"]


async def write(tx: Tx, message_id: UUID, words: tuple[str, str]) -> None:
    """Update a message's title and body."""
    await tx.execute("UPDATE messages SET title = $2, body = $3 WHERE id = $1", message_id, *words)


async def begin_waiting(tx: Tx, kind: str, thing: UUID, rank: int, now: datetime) -> tuple[bool, UUID | None]:
    """The thing waits. Returns whether this is news, and the message that counted it so far."""
    row: Any = await tx.fetchrow(
        "INSERT INTO waiting (kind, thing, rank, touched_at) VALUES ($1, $2, $3, $4) "
        "ON CONFLICT (kind, thing) DO UPDATE SET rank = excluded.rank, touched_at = excluded.touched_at "
        "WHERE waiting.rank <= excluded.rank RETURNING message_id",
        kind,
        thing,
        rank,
        now,
    )
    return row is not None, row["message_id"] if row is not None else None


async def count_in(tx: Tx, kind: str, thing: UUID, message_id: UUID | None) -> None:
    """Which message counts the thing; None: it waits no longer."""
    await tx.execute("UPDATE waiting SET message_id = $3 WHERE kind = $1 AND thing = $2", kind, thing, message_id)


async def end_waiting(tx: Tx, handled: Handled, now: datetime) -> UUID | None:
    """The thing waits no longer. Returns the message that counted it. Later-coming older events will not revive it."""
    found: UUID | None = await tx.fetchval(
        "WITH before AS (SELECT message_id FROM waiting WHERE kind = $1 AND thing = $2 FOR UPDATE), "
        "after AS (INSERT INTO waiting (kind, thing, rank, touched_at) VALUES ($1, $2, $3, $4) "
        "ON CONFLICT (kind, thing) DO UPDATE SET rank = excluded.rank, touched_at = excluded.touched_at, message_id = NULL "
        "WHERE waiting.rank <= excluded.rank RETURNING true) "
        "SELECT before.message_id FROM before, after",
        handled.kind,
        handled.thing,
        handled.rank,
        now,
    )
    return found


async def lower(tx: Tx, message_id: UUID) -> Any:
    """The message counts one less. Returns address, kind, facts and count; None where it is gone."""
    return await tx.fetchrow(
        "UPDATE messages SET count = count - 1 WHERE id = $1 RETURNING address, kind, facts, count", message_id
    )


async def remove(tx: Tx, message_id: UUID) -> None:
    """Delete a message that counts nothing any more."""
    await tx.execute("DELETE FROM messages WHERE id = $1", message_id)


async def page(tx: Tx, account_id: UUID, addresses: Sequence[str], before: UUID | None, unread: bool, limit: int) -> list[Any]:
    """Messages to these addresses, newest first, below the place `before`; each address is read from its own index end."""
    rows: list[Any] = await tx.fetch(
        """
        SELECT m.*, m.unread IS FALSE AS read
          FROM unnest($2::text[]) AS a(address)
          LEFT JOIN read_up_to u ON u.account_id = reader_of($1, a.address) AND u.address = a.address
         CROSS JOIN LATERAL (
               SELECT n.id, n.place, n.address, n.kind, n.title, n.body, n.link, n.facts, n.count, n.made_at,
                      (u.place IS NULL OR n.place > u.place) AND r.message_id IS NULL AS unread
                 FROM messages n LEFT JOIN read_marks r ON r.account_id = reader_of($1, n.address) AND r.message_id = n.id
                WHERE n.address = a.address AND ($3::uuid IS NULL OR n.place < $3)
                  AND (NOT $4 OR ((u.place IS NULL OR n.place > u.place) AND r.message_id IS NULL))
                ORDER BY n.place DESC LIMIT $5) m
         ORDER BY m.place DESC LIMIT $5
        """,
        account_id,
        list(addresses),
        before,
        unread,
        limit,
    )
    return rows


async def since(tx: Tx, account_id: UUID, addresses: Sequence[str], after: UUID, limit: int) -> list[Any]:
    """Messages above the place `after`, oldest first."""
    rows: list[Any] = await tx.fetch(
        "SELECT m.id, m.place, m.address, m.kind, m.title, m.body, m.link, m.facts, m.count, m.made_at, "
        "(u.place IS NOT NULL AND m.place <= u.place) OR r.message_id IS NOT NULL AS read "
        "FROM messages m LEFT JOIN read_up_to u ON u.account_id = reader_of($1, m.address) AND u.address = m.address "
        "LEFT JOIN read_marks r ON r.account_id = reader_of($1, m.address) AND r.message_id = m.id "
        "WHERE m.address = ANY($2) AND m.place > $3 ORDER BY m.place LIMIT $4",
        account_id,
        list(addresses),
        after,
        limit,
    )
    return rows


async def unread(tx: Tx, account_id: UUID, addresses: Sequence[str]) -> int:
    """How many messages the account has not read: looks only at what is above the newest read message of each address."""
    count: int = await tx.fetchval(
        """
        SELECT count(*)
          FROM unnest($2::text[]) AS a(address)
          LEFT JOIN read_up_to u ON u.account_id = reader_of($1, a.address) AND u.address = a.address
         CROSS JOIN LATERAL (
               SELECT 1 FROM messages m
                WHERE m.address = a.address AND m.place > coalesce(u.place, '00000000-0000-0000-0000-000000000000')
                  AND NOT EXISTS (SELECT 1 FROM read_marks r
                                    WHERE r.account_id = reader_of($1, a.address) AND r.message_id = m.id)) unread
        """,
        account_id,
        list(addresses),
    )
    return count


async def mark_read(tx: Tx, account_id: UUID, addresses: Sequence[str], ids: Sequence[UUID] | None) -> int:
    """Mark these messages as read (None: all), as far as they are to these addresses. Returns how many were unread."""
    done: str = await tx.execute(
        """
        WITH seen AS (
            SELECT m.id, m.address, m.place FROM messages m
             WHERE m.address = ANY($2) AND ($3::uuid[] IS NULL OR m.id = ANY($3)) ORDER BY m.id FOR KEY SHARE)
        INSERT INTO read_marks (account_id, message_id)
        SELECT reader_of($1, s.address), s.id
          FROM seen s LEFT JOIN read_up_to u ON u.account_id = reader_of($1, s.address) AND u.address = s.address
         WHERE u.place IS NULL OR s.place > u.place
        ON CONFLICT DO NOTHING
        """,
        account_id,
        list(addresses),
        None if ids is None else list(ids),
    )
    return int(done.rsplit(" ", 1)[-1])


async def unfold(tx: Tx, account_id: UUID, addresses: Sequence[str]) -> None:
    """Close the messages that the account has read: the next of their kind is a new message."""
    await tx.execute(
        "UPDATE messages m SET folds = false WHERE m.address = ANY($2) AND m.folds "
        "AND EXISTS (SELECT 1 FROM read_marks r WHERE r.account_id = reader_of($1, m.address) AND r.message_id = m.id)",
        account_id,
        list(addresses),
    )


async def settle(tx: Tx, account_id: UUID, addresses: Sequence[str], horizon: UUID) -> None:
    """Where everything below the horizon is read, replace single read marks by one position."""
    await tx.execute(
        """
        WITH clear AS (
            SELECT a.address FROM unnest($2::text[]) AS a(address)
              LEFT JOIN read_up_to u ON u.account_id = reader_of($1, a.address) AND u.address = a.address
             WHERE EXISTS (SELECT 1 FROM messages m
                             JOIN read_marks r ON r.message_id = m.id AND r.account_id = reader_of($1, a.address)
                            WHERE m.address = a.address AND m.place <= $3)
               AND NOT EXISTS (
                   SELECT 1 FROM messages m
                    WHERE m.address = a.address AND m.place <= $3 AND (u.place IS NULL OR m.place > u.place)
                      AND NOT EXISTS (SELECT 1 FROM read_marks r
                                       WHERE r.account_id = reader_of($1, a.address) AND r.message_id = m.id))),
        raised AS (
            INSERT INTO read_up_to (account_id, address, place) SELECT reader_of($1, address), address, $3 FROM clear
            ON CONFLICT (account_id, address) DO UPDATE SET place = greatest(read_up_to.place, excluded.place))
        DELETE FROM read_marks r USING messages m, clear c
         WHERE r.account_id = reader_of($1, c.address) AND m.id = r.message_id AND m.address = c.address AND m.place <= $3
        """,
        account_id,
        list(addresses),
        horizon,
    )


async def purge(tx: Tx, older: datetime, limit: int) -> int:
    """Delete some messages made before; processes that do so at the same time delete different ones."""
    done: str = await tx.execute(
        "DELETE FROM messages WHERE id IN "
        "(SELECT id FROM messages WHERE made_at < $1 ORDER BY made_at LIMIT $2 FOR UPDATE SKIP LOCKED)",
        older,
        limit,
    )
    return int(done.rsplit(" ", 1)[-1])


async def purge_handled(tx: Tx, older: datetime, limit: int) -> None:
    """Delete some rows of what was handled long ago."""
    await tx.execute(
        "DELETE FROM waiting WHERE (kind, thing) IN (SELECT kind, thing FROM waiting "
        "WHERE message_id IS NULL AND touched_at < $1 ORDER BY touched_at LIMIT $2 FOR UPDATE SKIP LOCKED)",
        older,
        limit,
    )
