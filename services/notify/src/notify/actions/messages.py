"""Use cases of messages: save and announce them, read them, mark them as read, delete old ones."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from servicekit.auth import Actor
from servicekit.bus import RetryLater
from servicekit.db import Tx
from servicekit.directory import Term
from servicekit.ids import new_id, utc_now

from notify.deps import Deps
from notify.domain import OVERLAP, Notification, Notifications, place_at, texts
from notify.store import messages as store

HANDLED_DAYS = 35
"""Longer than any event can take to arrive."""
_PURGE = 2000


async def term_of(deps: Deps, tx: Tx, term_id: UUID) -> Term:
    """The term with its scheme. Raises `RetryLater` where no event about it has arrived yet."""
    term = await deps.directory.term(tx, term_id)
    if term is None:
        raise RetryLater
    return term


async def notify(deps: Deps, tx: Tx, notifications: Notifications) -> None:
    """Save the messages that an event causes, and wake the streams of their readers."""
    touched: list[str] = []
    for handled in notifications.handled:
        counted = await store.end_waiting(tx, handled, deps.now())
        if counted is not None:
            touched += await _lower(tx, counted)
    for notification in notifications.new:
        touched += await _notify_one(deps, tx, notification)
    if touched:
        await store.wake(tx, touched)


async def _notify_one(deps: Deps, tx: Tx, notification: Notification) -> list[str]:
    words = texts.say(notification.kind, notification.facts)
    if not notification.folds:
        await store.add(tx, new_id(), notification, words, deps.now())
        return [notification.address]
    touched = [notification.address]
    if notification.thing is not None:
        news, counted = await store.begin_waiting(tx, notification.kind, notification.thing, notification.rank, deps.now())
        if not news:
            return []
        if counted is not None:
            await store.count_in(tx, notification.kind, notification.thing, None)
            touched += await _lower(tx, counted)
    message_id, count = await store.fold(tx, new_id(), notification, words, deps.now())
    if count > 1:
        await store.write(tx, message_id, texts.say(notification.kind, notification.facts, count))
    if notification.thing is not None:
        await store.count_in(tx, notification.kind, notification.thing, message_id)
    return touched


async def _lower(tx: Tx, message_id: UUID) -> list[str]:
    left = await store.lower(tx, message_id)
    if left is None:
        return []
    if left["count"] < 1:
        await store.remove(tx, message_id)
    else:
        await store.write(tx, message_id, texts.say(left["kind"], left["facts"], left["count"]))
    return [left["address"]]


async def messages(deps: Deps, by: Actor, before: UUID | None, unread: bool, limit: int) -> list[Any]:
    """Messages to the token's addresses, newest first."""
    async with deps.db.reading() as tx:
        return await store.page(tx, by.account_id, deps.addresses_of(by), before, unread, limit)


async def since(deps: Deps, by: Actor, after: UUID, limit: int) -> list[Any]:
    """Messages after a `place`, oldest first."""
    async with deps.db.reading() as tx:
        return await store.since(tx, by.account_id, deps.addresses_of(by), after, limit)


async def unread(deps: Deps, by: Actor) -> int:
    """How many messages the account has not read with this token's addresses."""
    async with deps.db.reading() as tx:
        return await store.unread(tx, by.account_id, deps.addresses_of(by))


async def newest(deps: Deps, by: Actor, limit: int) -> tuple[int, list[Any]]:
    """How many messages are unread, and the newest ones."""
    held = deps.addresses_of(by)
    async with deps.db.reading() as tx:
        return await store.unread(tx, by.account_id, held), await store.page(tx, by.account_id, held, None, False, limit)


async def mark_read(deps: Deps, by: Actor, ids: list[UUID] | None) -> int:
    """Mark messages as read for the account (None: all that the token sees). Returns how many are still unread."""
    held = deps.addresses_of(by)
    async with deps.db.transaction() as tx:
        if await store.mark_read(tx, by.account_id, held, ids):
            await store.unfold(tx, by.account_id, held)
            await store.settle(tx, by.account_id, held, place_at(utc_now() - OVERLAP))
            await store.wake(tx, [f"read:{by.account_id}"])
        return await store.unread(tx, by.account_id, held)


async def forget(deps: Deps) -> None:
    """Chore: delete old messages and what was handled long ago."""
    async with deps.db.transaction() as tx:
        await store.purge(tx, deps.now() - timedelta(days=deps.own.keep_days), _PURGE)
        await store.purge_handled(tx, deps.now() - timedelta(days=HANDLED_DAYS), _PURGE)
