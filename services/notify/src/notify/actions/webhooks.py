"""Webhooks: subscribing, telling, trying again, giving up. What is sent outside leaves no transaction open meanwhile."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from contracts.base import Event, within
from prometheus_client import Counter
from servicekit import jobs, log
from servicekit.auth import Actor
from servicekit.db import Tx
from servicekit.ids import new_id, utc_now
from servicekit.refusals import Refusal, declare

from notify.actions import messages
from notify.adapters.posting import Post, Sent, until_any
from notify.deps import Deps
from notify.domain import Link, Note, Told
from notify.domain import webhooks as rules
from notify.domain.webhooks import Webhook
from notify.store import webhooks as store

declare("webhooks_full", 409, "此单位的回调地址已达上限")

RETRY = "retry_delivery"
MOST = 20
"""Subscriptions of one organisation."""
_AT_ONCE = 16
_PER_WEBHOOK = 4
_GONE = 410
_PURGE = 2000
_log = log.get(__name__)
DELIVERIES = Counter("zp_webhook_tries_total", "Tries to deliver a webhook by their end: delivered, failed, given_up", ("end",))


async def post(deps: Deps, tx: Tx, event: Event) -> None:
    """Have those told outside who subscribed to this."""
    public = rules.public_event(event)
    if public is not None:
        name, path, data, at = public
        now = deps.now()
        await store.post(tx, new_id(), name, path, rules.body_of(name, at or now, data), now)


async def make(deps: Deps, by: Actor, path: str, title: str, url: str, types: Sequence[str]) -> tuple[Webhook, str]:
    """A new subscription and its secret, which is shown this once."""
    if not within(path, by.path):
        raise Refusal("not_found", field="path")
    rules.need_types(types, by.role)
    rules.need_address(url, deps.own.webhook_loopback)
    secret, webhook_id = rules.new_secret(), new_id()
    sealed = deps.sealer.seal(secret, _about(webhook_id))
    made = Webhook(
        webhook_id, path, title, url, tuple(dict.fromkeys(types)), True, 0, None, by.account_id, sealed, None, None,
        deps.now(), 1,
    )  # fmt: skip
    async with deps.db.transaction() as tx:
        if await store.count_at(tx, path) >= MOST:
            raise Refusal("webhooks_full", most=MOST)
        await store.add(tx, made)
    return made, secret


def _about(webhook_id: UUID) -> str:
    return f"webhook:{webhook_id}"


async def listed(deps: Deps, by: Actor, under: str | None, after: UUID | None, limit: int) -> list[Webhook]:
    """Subscriptions within the caller's place, or within a part of it."""
    if under is not None and not within(under, by.path):
        raise Refusal("not_found", field="path")
    async with deps.db.reading() as tx:
        only = sorted(rules.OF_SCHOOLS) if by.role == "operator" else None
        return await store.page(tx, by.path, under, only, after, limit)


async def find(deps: Deps, by: Actor, webhook_id: UUID) -> Webhook:
    """One subscription within the caller's place."""
    async with deps.db.reading() as tx:
        return _own(await store.find(tx, webhook_id), by)


def _own(found: Webhook | None, by: Actor) -> Webhook:
    if found is None or not within(found.path, by.path):
        raise Refusal("not_found")
    if by.role == "operator" and not rules.OF_SCHOOLS.issuperset(found.types):
        raise Refusal("not_found")  # what names pupils is not an operator's
    return found


async def _locked(tx: Tx, by: Actor, webhook_id: UUID, version: int | None = None) -> Webhook:
    found = _own(await store.lock(tx, webhook_id), by)
    if version is not None and version != found.version:
        raise Refusal("stale_version", version=found.version)
    return found


async def change(
    deps: Deps, by: Actor, webhook_id: UUID, version: int, *, title: str, url: str, types: Sequence[str], active: bool
) -> Webhook:
    """Another address, other types, on or off. Switching on forgets earlier failures."""
    rules.need_types(types, by.role)
    rules.need_address(url, deps.own.webhook_loopback)
    async with deps.db.transaction() as tx:
        found = await _locked(tx, by, webhook_id, version)
        after = replace(found, title=title, url=url, types=tuple(dict.fromkeys(types)), active=active)
        if active:
            after = replace(after, failures=0, disabled_reason=None)
        else:
            await store.give_up_all(tx, webhook_id, "已停用", deps.now())
        await store.save(tx, after)
    return replace(after, version=after.version + 1)


async def remove(deps: Deps, by: Actor, webhook_id: UUID) -> None:
    """End a subscription."""
    async with deps.db.transaction() as tx:
        await _locked(tx, by, webhook_id)
        await store.remove(tx, webhook_id)


async def rotate(deps: Deps, by: Actor, webhook_id: UUID) -> tuple[Webhook, str]:
    """A new secret, shown this once; the old one signs beside it for a day."""
    secret = rules.new_secret()
    async with deps.db.transaction() as tx:
        found = await _locked(tx, by, webhook_id)
        sealed = deps.sealer.seal(secret, _about(webhook_id))
        after = replace(found, secret=sealed, old_secret=found.secret, old_until=deps.now() + rules.ROTATION)
        await store.save(tx, after)
    return replace(after, version=after.version + 1), secret


async def deliveries(deps: Deps, by: Actor, webhook_id: UUID, state: str | None, after: UUID | None, limit: int) -> list[Any]:
    """How deliveries went, newest first."""
    async with deps.db.reading() as tx:
        _own(await store.find(tx, webhook_id), by)
        return await store.log(tx, webhook_id, state, after, limit)


async def redeliver(deps: Deps, by: Actor, webhook_id: UUID, delivery_id: UUID) -> Any:
    """Send an ended delivery again, under its old message id."""
    async with deps.db.transaction() as tx:
        found = await _locked(tx, by, webhook_id)
        if not found.active:
            raise Refusal("wrong_state", detail="回调已停用，请先启用")
        known = await store.delivery(tx, webhook_id, delivery_id)
        if known is None or (by.role == "operator" and known["type"] not in {*rules.OF_SCHOOLS, rules.PING}):
            raise Refusal("not_found")
        if not await store.make_ready(tx, delivery_id, ("delivered", "failed", "waiting"), fresh=True):
            raise Refusal("wrong_state", detail="正在发送")
        await jobs.cancel(tx, RETRY, str(delivery_id))
        return await store.delivery(tx, webhook_id, delivery_id)


async def ping(deps: Deps, by: Actor, webhook_id: UUID) -> Any:
    """Send something that means nothing, to see whether it arrives."""
    async with deps.db.transaction() as tx:
        found = await _locked(tx, by, webhook_id)
        if not found.active:
            raise Refusal("wrong_state", detail="回调已停用，请先启用")
        now, delivery_id = deps.now(), new_id()
        body = rules.body_of(rules.PING, now, b"{}")
        await store.post_to(tx, delivery_id, webhook_id, new_id(), rules.PING, body, now)
        return await store.delivery(tx, webhook_id, delivery_id)


async def try_again(tx: Tx, delivery_id: UUID) -> None:
    """The pause is over."""
    await store.make_ready(tx, delivery_id, ("waiting",), fresh=False)


class Poster:
    """Sends what is ready. Any number of processes may; a delivery is with one of them at a time."""

    def __init__(self, deps: Deps, out: Post) -> None:
        self._deps, self._out = deps, out
        self._tasks: set[asyncio.Task[None]] = set()
        self._lease = int(deps.own.webhook_seconds * 2) + 5

    async def run(self) -> None:
        """Send until cancelled; what is in hand then is sent again by whoever claims it after its lease."""
        wake = self._deps.wakeups.event(store.WAKE)
        try:
            while True:
                wake.clear()
                try:
                    async with self._deps.db.transaction() as tx:
                        rows = await store.claim(tx, _AT_ONCE - len(self._tasks), _PER_WEBHOOK, self._lease)
                except Exception:
                    _log.exception("poster_fault")
                    await asyncio.sleep(1)
                    continue
                for row in rows:
                    task = asyncio.create_task(self._deliver(row))
                    self._tasks.add(task)
                    task.add_done_callback(self._tasks.discard)
                if not rows or len(self._tasks) >= _AT_ONCE:
                    await until_any(self._tasks, wake, self._lease)
        finally:
            for task in self._tasks:
                task.cancel()

    async def _deliver(self, row: Any) -> None:
        try:
            sent = await self._send(row)
            await _end(self._deps, row, sent)
        except Exception:
            _log.exception("delivery_fault", delivery=str(row["id"]))

    async def _send(self, row: Any) -> Sent:
        now = utc_now()
        sealed = [row["secret"]]
        if row["old_secret"] is not None and now < row["old_until"]:
            sealed.append(row["old_secret"])
        opened = [self._deps.sealer.open(one, _about(row["webhook_id"])) for one in sealed]
        message_id, at = f"msg_{row['event_id'].hex}", int(now.timestamp())
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "Zongping-Webhook/1",
            "webhook-id": message_id,
            "webhook-timestamp": str(at),
            "webhook-signature": rules.signature(opened, message_id, at, row["body"]),
        }
        return await self._out.send(row["url"], row["body"], headers)


async def _end(deps: Deps, row: Any, sent: Sent) -> None:
    now = deps.now()
    async with deps.db.transaction() as tx:
        found = await store.lock(tx, row["webhook_id"])
        if found is None:
            return
        if sent.ok and sent.status is not None:
            DELIVERIES.labels("delivered").inc()
            await store.delivered(tx, row["id"], sent.status, now)
            await store.count_failures(tx, found.id, 0)
            return
        error = sent.error or ""
        next_at = rules.next_try(row["tries"], now)
        DELIVERIES.labels("failed" if next_at else "given_up").inc()
        await store.failed(tx, row["id"], sent.status, error, next_at, now)
        if next_at is not None:
            await jobs.schedule(tx, next_at, RETRY, str(row["id"]))
        if not found.active:
            return
        failures = found.failures + 1
        if sent.status == _GONE or next_at is None or failures >= deps.own.webhook_failures:
            await store.save(tx, replace(found, failures=failures, active=False, disabled_reason=error))
            await store.give_up_all(tx, found.id, error, now)
            values = {"title": found.title, "error": error, "failures": failures}
            note = Note(f"account:{found.made_by}", "webhook.disabled", found.path, Link("notify", "webhook", found.id), values)
            await messages.tell(deps, tx, Told((note,)))
        else:
            await store.count_failures(tx, found.id, failures)


async def forget(deps: Deps) -> None:
    """Chore: what was told long ago is forgotten."""
    async with deps.db.transaction() as tx:
        await store.purge(tx, deps.now() - timedelta(days=deps.own.webhook_keep_days), _PURGE)
