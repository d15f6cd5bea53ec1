"""What each broken variant does to servicekit. A wait widens the gap in which a crash shows the mistake."""

import asyncio
import itertools
import os
from collections.abc import Callable, Coroutine, Iterable, Sequence
from typing import Any
from uuid import UUID

import nats
from contracts.registry import EVENTS, stream_of
from nats.aio.msg import Msg
from servicekit import bus
from servicekit.bus import EventConsumer, EventHandlers, ReceivedEvent
from servicekit.db import Database, Tx
from servicekit.ids import new_id, utc_now
from servicekit.outbox import OutboxRows

type SerialisedEvent = tuple[str, str, bytes]
"""(subject, aggregate, body)"""
GAP = 1.0
"""Seconds between the two halves of what should be one."""
_connections: list[Any] = []
_tasks: set[asyncio.Task[None]] = set()


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
    """Events go out while the transaction that makes them true may still fail; it stays open for `GAP`."""
    real, wake = OutboxRows.of_serialised, OutboxRows.wake

    def of_serialised(events: Iterable[SerialisedEvent]) -> OutboxRows:
        rows = real(events)
        for event in zip(rows.event_ids, rows.subjects, rows.aggregates, rows.bodies, strict=True):
            _start(_publish(*event))
        return rows

    async def wait_and_wake(self: OutboxRows, tx: Tx) -> None:
        await asyncio.sleep(GAP if self.event_ids else 0)
        await wake(self, tx)

    OutboxRows.of_serialised = of_serialised  # type: ignore[method-assign]
    OutboxRows.wake = wait_and_wake  # type: ignore[method-assign]


def no_outbox() -> None:
    """Events go out `GAP` after they were decided, from memory only, however the service sends them."""
    real = OutboxRows.of_serialised

    async def later(event: SerialisedEvent) -> None:
        await asyncio.sleep(GAP)
        await _publish(new_id(), *event)

    def of_serialised(events: Iterable[SerialisedEvent]) -> OutboxRows:
        for event in events:
            _start(later(event))
        return real([])

    OutboxRows.of_serialised = of_serialised  # type: ignore[method-assign]


def _start(work: Coroutine[Any, Any, None]) -> None:
    task = asyncio.create_task(work)
    _tasks.add(task)
    task.add_done_callback(_tasks.discard)


async def _publish(event_id: UUID, subject: str, aggregate: str, body: bytes) -> None:
    if not _connections:
        url = os.environ["ZP_NATS_URL"]
        prefix = f"_INBOX.{subject.partition('.')[0]}".encode()
        _connections.append(await nats.connect(url, inbox_prefix=prefix))
    headers = {"Nats-Msg-Id": str(event_id), "Zp-Aggregate": aggregate, "Zp-Occurred-At": utc_now().isoformat()}
    await _connections[0].jetstream().publish(subject, body, stream=stream_of(subject), headers=headers)


VARIANTS: dict[str, Callable[[], None]] = {
    "forgetful_bus": forgetful_bus,
    "no_inbox": no_inbox,
    "ack_before_commit": ack_before_commit,
    "drop_on_error": drop_on_error,
    "publish_before_commit": publish_before_commit,
    "no_outbox": no_outbox,
}
