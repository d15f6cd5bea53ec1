"""Webhooks: subscriptions, deliveries, retries."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from contracts.base import Event, within
from contracts.identity import CardRevokedV1
from prometheus_client import Counter
from servicekit import jobs
from servicekit.auth import Actor
from servicekit.db import Tx
from servicekit.ids import new_id, utc_now
from servicekit.jobs import LeasedJob, cancel_group
from servicekit.refusals import Refusal, declare

from notify.actions import messages
from notify.adapters.webhook_client import DeliveryResult
from notify.deps import Deps
from notify.domain import Link, Notification, Notifications
from notify.domain import webhooks as rules
from notify.domain.webhooks import Webhook
from notify.store import webhooks as store

declare("webhooks_full", 409, "此单位的回调地址已达上限")

DELIVER = "deliver_webhook"
"""The job that sends a delivery; its key is the delivery's id, its group the webhook's."""
AT_ONCE, PER_WEBHOOK = 16, 4
MOST = 20
"""Subscriptions of one organisation."""
_MAKER_LEFT = "创建者的身份卡已停用，请由现任管理员确认后重新启用"
_ADOPT_AFTER = timedelta(minutes=10)
_GONE = 410
_PURGE = 2000
DELIVERIES = Counter("zp_webhook_tries_total", "Tries to deliver a webhook by their end: delivered, failed, given_up", ("end",))


async def enqueue(deps: Deps, tx: Tx, event: Event) -> None:
    """Schedule the deliveries of an event to those who subscribed to it."""
    public = rules.public_event(event)
    if public is not None:
        name, path, data, at = public
        if webhooks := await store.subscribed(tx, name, path):
            await _enqueue(deps, tx, webhooks, name, rules.body_of(name, at or deps.now(), data))


async def _enqueue(deps: Deps, tx: Tx, webhooks: Sequence[UUID], name: str, body: bytes) -> list[UUID]:
    """Store an event and schedule its delivery to these webhooks. Returns the ids of the deliveries."""
    now, event_id = deps.now(), new_id()
    await store.add_event(tx, event_id, name, body, now)
    delivery_ids = [new_id() for _ in webhooks]
    for delivery_id, webhook_id in zip(delivery_ids, webhooks, strict=True):
        await store.add_delivery(tx, delivery_id, webhook_id, event_id, now)
        await jobs.schedule(tx, now, DELIVER, str(delivery_id), group_key=str(webhook_id))
    return delivery_ids


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
        await store.answered_for(tx, webhook_id, by.card_id)
    return made, secret


def _about(webhook_id: UUID) -> str:
    return f"webhook:{webhook_id}"


async def listed(deps: Deps, by: Actor, under: str | None, after: UUID | None, limit: int) -> list[Webhook]:
    """Subscriptions within the caller's organisation, or within a part of it."""
    if under is not None and not within(under, by.path):
        raise Refusal("not_found", field="path")
    async with deps.db.reading() as tx:
        only = sorted(rules.OF_SCHOOLS) if by.role == "operator" else None
        return await store.page(tx, by.path, under, only, after, limit)


async def find(deps: Deps, by: Actor, webhook_id: UUID) -> Webhook:
    """One subscription within the caller's organisation."""
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
            await store.answered_for(tx, webhook_id, by.card_id)
        else:
            await _give_up(tx, webhook_id, "已停用", deps.now())
        await store.save(tx, after)
    return replace(after, version=after.version + 1)


async def remove(deps: Deps, by: Actor, webhook_id: UUID) -> None:
    """End a subscription."""
    async with deps.db.transaction() as tx:
        await _locked(tx, by, webhook_id)
        await store.remove(tx, webhook_id)
        await cancel_group(tx, DELIVER, str(webhook_id))


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
        if not await store.restart(tx, delivery_id):
            raise Refusal("wrong_state", detail="正在发送")
        await jobs.schedule(tx, deps.now(), DELIVER, str(delivery_id), group_key=str(webhook_id))
        return await store.delivery(tx, webhook_id, delivery_id)


async def ping(deps: Deps, by: Actor, webhook_id: UUID) -> Any:
    """Send an empty message, to test the address."""
    async with deps.db.transaction() as tx:
        found = await _locked(tx, by, webhook_id)
        if not found.active:
            raise Refusal("wrong_state", detail="回调已停用，请先启用")
        body = rules.body_of(rules.PING, deps.now(), b"{}")
        [delivery_id] = await _enqueue(deps, tx, [webhook_id], rules.PING, body)
        return await store.delivery(tx, webhook_id, delivery_id)


async def deliver(deps: Deps, job: LeasedJob) -> None:
    """Try a delivery once. No transaction is open while it is sent."""
    async with deps.db.transaction() as tx:
        row = await store.begin(tx, UUID(job.key))
    if row is None:
        return
    result = await _send(deps, row)
    async with deps.db.transaction() as tx:
        found = await store.lock(tx, row["webhook_id"])
        await job.finish(tx, None if found is None else await _keep(deps, tx, found, row, result))


async def _send(deps: Deps, row: Any) -> DeliveryResult:
    now = utc_now()
    sealed = [row["secret"]]
    if row["old_secret"] is not None and now < row["old_until"]:
        sealed.append(row["old_secret"])
    opened = [deps.sealer.open(one, _about(row["webhook_id"])) for one in sealed]
    message_id, at = f"msg_{row['event_id'].hex}", int(now.timestamp())
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "Zongping-Webhook/1",
        "webhook-id": message_id,
        "webhook-timestamp": str(at),
        "webhook-signature": rules.signature(opened, message_id, at, row["body"]),
    }
    return await deps.webhook_client.send(row["url"], row["body"], headers)


async def _keep(deps: Deps, tx: Tx, found: Webhook, row: Any, result: DeliveryResult) -> datetime | None:
    """Keep how a try ended. Returns the time of the next one, None where it was the last."""
    now = deps.now()
    if result.ok and result.status is not None:
        DELIVERIES.labels("delivered").inc()
        await store.delivered(tx, row["id"], result.status, now)
        await store.count_failures(tx, found.id, 0)
        return None
    error = result.error or ""
    next_at = rules.next_attempt(row["tries"], now)
    DELIVERIES.labels("failed" if next_at else "given_up").inc()
    await store.failed(tx, row["id"], result.status, error, next_at, now)
    if not found.active:
        return None
    failures = found.failures + 1
    if result.status != _GONE and next_at is not None and failures < deps.own.webhook_failures:
        await store.count_failures(tx, found.id, failures)
        return next_at
    await store.save(tx, replace(found, failures=failures, active=False, disabled_reason=error))
    await _give_up(tx, found.id, error, now)
    values = {"title": found.title, "error": error, "failures": failures}
    notification = Notification(
        f"account:{found.made_by}", "webhook.disabled", found.path, Link("notify", "webhook", found.id), values
    )
    await messages.notify(deps, tx, Notifications((notification,)))
    return None


async def end_with_card(deps: Deps, tx: Tx, event: CardRevokedV1) -> None:
    """Switch off what was subscribed by a card that is revoked or suspended, or by an account that is disabled: its maker has
    no right to the data any more (L-11). An administrator may switch it on again, and then answers for it."""
    disabled = event.card_id == event.account_id and event.reason == "account_disabled"
    ended = await (store.of_account(tx, event.account_id) if disabled else store.of_card(tx, event.card_id))
    for webhook_id in ended:
        found = await store.lock(tx, webhook_id)
        if found is not None:
            await store.save(tx, replace(found, active=False, disabled_reason=_MAKER_LEFT))
            await _give_up(tx, webhook_id, _MAKER_LEFT, deps.now())


async def _give_up(tx: Tx, webhook_id: UUID, error: str, now: datetime) -> None:
    await store.give_up_all(tx, webhook_id, error, now)
    await cancel_group(tx, DELIVER, str(webhook_id))


async def adopt(deps: Deps) -> None:
    """Chore: schedule deliveries that have no job, as processes of the release before leave them."""
    async with deps.db.transaction() as tx:
        for delivery_id, webhook_id in await store.without_job(tx, DELIVER, deps.now() - _ADOPT_AFTER, _PURGE):
            await jobs.schedule(tx, deps.now(), DELIVER, str(delivery_id), group_key=str(webhook_id))


async def forget(deps: Deps) -> None:
    """Chore: delete old events and their deliveries."""
    async with deps.db.transaction() as tx:
        await store.purge(tx, deps.now() - timedelta(days=deps.own.webhook_keep_days), _PURGE)
