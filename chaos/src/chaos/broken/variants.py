"""What each broken variant does to servicekit. A wait widens the gap in which a crash shows the mistake."""

import asyncio
import itertools
import os
from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

import nats
from contracts.base import Event
from contracts.registry import EVENTS, stream_of
from nats.aio.msg import Msg
from servicekit import bus, context, outbox
from servicekit.bus import EventConsumer, EventHandlers, ReceivedEvent
from servicekit.db import Database, Tx
from servicekit.ids import new_id, utc_now

GAP = 1.0
"""Seconds between the two halves of what should be one."""
_connections: list[Any] = []


def forgetful_bus() -> None:
    """No mistake of ours: every third acknowledgement gets lost, so that events are delivered again. All must be well."""
    real, turn = EventConsumer._end, itertools.count()

    async def end(self: EventConsumer, msg: Msg, fault: BaseException | None) -> None:
        if fault is not None or next(turn) % 3:
            await real(self, msg, fault)

    EventConsumer._end = end  # type: ignore[method-assign]


def no_inbox() -> None:
    """An event heard before takes effect again. (Its inbox row is written all the same: only the effect tells.)"""
    forgetful_bus()

    async def handle_many(db: Database, deps: Any, handlers: EventHandlers, received: Sequence[ReceivedEvent]) -> list[bool]:
        async with db.transaction() as tx:
            for one in received:
                row = (one.event_id, one.subject)
                await tx.execute("INSERT INTO inbox (event_id, subject) VALUES ($1, $2) ON CONFLICT DO NOTHING", *row)
                await handlers.handlers[one.subject](deps, tx, EVENTS[one.subject].model_validate_json(one.body))
        return [True] * len(received)

    bus.handle_many = handle_many


def ack_before_commit() -> None:
    """The bus is told that all is done before it is."""
    real = EventConsumer._on_event

    async def on_event(self: EventConsumer, message: Any) -> None:
        await message.raw_message.ack()
        await asyncio.sleep(GAP)
        await real(self, message)

    async def end(self: EventConsumer, msg: Msg, fault: BaseException | None) -> None:  # noqa: ARG001
        return

    EventConsumer._on_event = on_event  # type: ignore[method-assign]
    EventConsumer._end = end  # type: ignore[method-assign]


def drop_on_error() -> None:
    """The library's default: what fails once is taken off the bus."""

    async def end(self: EventConsumer, msg: Msg, fault: BaseException | None) -> None:  # noqa: ARG001
        await (msg.ack() if fault is None else msg.term())

    EventConsumer._end = end  # type: ignore[method-assign]


def publish_before_commit() -> None:
    """Events go out while the transaction that makes them true may still fail."""

    async def add(tx: Tx, *events: Event) -> None:
        for event in events:
            event_id, body = new_id(), event.model_dump_json().encode()
            await tx.execute(
                "INSERT INTO outbox (event_id, subject, aggregate, body, request_id, occurred_at, published_at) "
                "VALUES ($1, $2, $3, $4, $5, $6, $6)",
                event_id, event.subject, event.aggregate, body, context.request_id.get(), utc_now(),
            )  # fmt: skip
            await _publish(event_id, event, body)
        await asyncio.sleep(GAP)

    outbox.add = add


def no_outbox() -> None:
    """Events go out some time after the transaction, from memory only."""
    tasks: set[asyncio.Task[None]] = set()

    async def later(event_id: UUID, event: Event, body: bytes) -> None:
        await asyncio.sleep(GAP)
        await _publish(event_id, event, body)

    async def add(tx: Tx, *events: Event) -> None:  # noqa: ARG001
        for event in events:
            tasks.add(asyncio.create_task(later(new_id(), event, event.model_dump_json().encode())))

    outbox.add = add


async def _publish(event_id: UUID, event: Event, body: bytes) -> None:
    if not _connections:
        url = os.environ["ZP_NATS_URL"]
        prefix = f"_INBOX.{event.subject.partition('.')[0]}".encode()
        _connections.append(await nats.connect(url, inbox_prefix=prefix))
    headers = {"Nats-Msg-Id": str(event_id), "Zp-Aggregate": event.aggregate, "Zp-Occurred-At": utc_now().isoformat()}
    await _connections[0].jetstream().publish(event.subject, body, stream=stream_of(event.subject), headers=headers)


VARIANTS: dict[str, Callable[[], None]] = {
    "forgetful_bus": forgetful_bus,
    "no_inbox": no_inbox,
    "ack_before_commit": ack_before_commit,
    "drop_on_error": drop_on_error,
    "publish_before_commit": publish_before_commit,
    "no_outbox": no_outbox,
}
