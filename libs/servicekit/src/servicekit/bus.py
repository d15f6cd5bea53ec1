"""Receiving events: one durable consumer per service and stream; every event takes effect exactly once.

FastStream runs the subscriptions. One middleware acknowledges: after success; after a fault the event is redelivered
with a growing delay; after the last attempt it is stored in `dead_letters`. The number of attempts depends on the fault: a
message that is no event has one; whatever a newer release may know (a subject, a value, a scheme version) is attempted
for as long as a rolling deployment takes, because the new processes get a share of the redeliveries.
"""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self, cast
from urllib.parse import unquote, urlsplit, urlunsplit
from uuid import UUID

import asyncpg
from contracts.base import Event
from contracts.registry import EVENTS, stream_of
from faststream import AckPolicy, BaseMiddleware
from faststream.nats import JStream, NatsBroker, NatsMessage
from faststream.security import SASLPlaintext
from nats.aio.msg import Msg
from nats.errors import Error as BusError
from nats.js.api import AckPolicy as JsAckPolicy
from nats.js.api import ConsumerConfig
from nats.js.errors import NotFoundError
from pydantic import ValidationError
from scheme import UnknownSchemeError

from servicekit import context, log, metrics
from servicekit.db import Database, Tx
from servicekit.ids import new_id, utc_now
from servicekit.keyed_batcher import KeyedBatcher

_log = log.get(__name__)
_MAX_ATTEMPTS = 12
_MAX_ATTEMPTS_DISCONNECTED = 24
"""While the database or another server is away: 17 minutes."""
_MAX_ATTEMPTS_UNKNOWN, _MAX_ATTEMPTS_SCHEME = 68, 160
"""While older processes receive what only newer ones know: an hour; a version of a scheme: a day, every quarter of an hour."""
_WORKERS = 128
"""Events handled at once, per stream; those that wait in one queue of the batcher share a transaction."""
_TRANSACTIONS = 2
"""Transactions at once. Two keep the disk busy, and under load each holds more events than if there were many."""
_MAX_DELIVER = 200
"""More than all limits of attempts: only a message that kills its process every time reaches it."""
PING_SECONDS = 5
"""Interval of pings to the bus; with the library's default, a silent connection counts as good for minutes."""
_ADVISORY = "$JS.EVENT.ADVISORY.CONSUMER.MAX_DELIVERIES"


@dataclass(frozen=True, repr=False)
class BusAddress:
    """The servers of one cluster, and the user, who is the same on all: those that the cluster announces come without."""

    servers: list[str]
    user: str | None
    password: str | None

    @classmethod
    def of(cls, urls: Sequence[str]) -> Self:
        """Read addresses; user and password are those of the first."""
        first = urlsplit(urls[0])
        plain = [urlunsplit(urlsplit(url)._replace(netloc=urlsplit(url).netloc.rpartition("@")[2])) for url in urls]
        return cls(plain, *(unquote(part) if part else None for part in (first.username, first.password)))


CONNECTION: dict[str, Any] = {
    "max_reconnect_attempts": -1,
    "ping_interval": PING_SECONDS,
    "max_outstanding_pings": 2,
}
"""Options of every connection: it is restored for ever, on any server of the cluster."""


async def log_bus_fault(fault: Exception) -> None:
    """Callback of nats-py for faults of a connection; it tries again by itself."""
    _log.warning("bus_fault", error=repr(fault))


type Handler[D, E: Event] = Callable[[D, Tx, E], Awaitable[None]]


class RetryLater(Exception):  # noqa: N818  not a fault
    """The event arrived before one that it builds upon. The bus redelivers it after a delay."""


class NotAnEventError(Exception):
    """The message does not come from an outbox: it has no event id."""


class EventHandlers:
    """The event handlers of a service: `on_event = EventHandlers()`, then `@on_event(RecordApprovedV1)` on
    `async def f(deps, tx, event)` in its `events.py`.

    A handler runs in the transaction that also inserts the inbox row.
    """

    def __init__(self) -> None:
        self.handlers: dict[str, Handler[Any, Any]] = {}

    def __call__[D, E: Event](self, event: type[E]) -> Callable[[Handler[D, E]], Handler[D, E]]:
        def register(handler: Handler[D, E]) -> Handler[D, E]:
            if event.subject in self.handlers:
                raise ValueError(f"{event.subject} has two handlers")
            self.handlers[event.subject] = handler
            return handler

        return register

    def streams(self) -> dict[str, list[str]]:
        """The subjects that have a handler, by stream."""
        found: dict[str, list[str]] = {}
        for subject in sorted(self.handlers):
            found.setdefault(stream_of(subject), []).append(subject)
        return found


@dataclass(frozen=True, slots=True)
class ReceivedEvent:
    """An event as the bus delivered it."""

    subject: str
    event_id: UUID
    body: bytes
    request_id: str | None


async def handle_many(db: Database, deps: Any, handlers: EventHandlers, received: Sequence[ReceivedEvent]) -> list[bool]:
    """Apply events once each, in this order, in one transaction.

    Returns for each False if it was applied before. Raises ValidationError for a body that does not fit its class.
    """
    events = [EVENTS[item.subject].model_validate_json(item.body) for item in received]
    by_id = sorted((item.event_id, item.subject) for item in received)
    async with db.transaction() as tx:
        rows = await tx.fetch(
            "INSERT INTO inbox (event_id, subject) SELECT * FROM unnest($1::uuid[], $2::text[]) "
            "ON CONFLICT DO NOTHING RETURNING event_id",
            [event_id for event_id, _ in by_id],
            [subject for _, subject in by_id],
        )
        new = {row["event_id"] for row in rows}
        applied = []
        for item, event in zip(received, events, strict=True):
            applied.append(item.event_id in new)
            if item.event_id in new:
                new.remove(item.event_id)
                context.request_id.set(item.request_id)
                await handlers.handlers[item.subject](deps, tx, event)
    return applied


async def handle(db: Database, deps: Any, handlers: EventHandlers, subject: str, event_id: UUID, body: bytes) -> bool:
    """Apply one event once; see `handle_many`. False if it was applied before."""
    [new] = await handle_many(db, deps, handlers, [ReceivedEvent(subject, event_id, body, context.request_id.get())])
    return new


async def _undecoded(message: NatsMessage) -> NatsMessage:
    """Bypasses FastStream's decoding, so that unparsable messages reach `dead_letters`."""
    return message


_NEWER = frozenset({"enum", "extra_forbidden", "literal_error", "union_tag_invalid"})
"""What pydantic calls the differences that a later release of an event's class may have."""


def _max_attempts(fault: BaseException) -> int:
    """How often an event that fails in this way is tried before it goes to `dead_letters`."""
    if isinstance(fault, ValidationError):
        return _MAX_ATTEMPTS_UNKNOWN if all(error["type"] in _NEWER for error in fault.errors()) else 1
    if isinstance(fault, NotAnEventError):
        return 1
    if isinstance(fault, RetryLater | LookupError | ValueError):
        return _MAX_ATTEMPTS_SCHEME if isinstance(fault, UnknownSchemeError) else _MAX_ATTEMPTS_UNKNOWN
    if isinstance(fault, OSError | TimeoutError | asyncpg.PostgresError | asyncpg.InterfaceError):
        return _MAX_ATTEMPTS_DISCONNECTED
    return _MAX_ATTEMPTS


def _redelivery_delay(attempts: int) -> float:
    return 900.0 if attempts >= _MAX_ATTEMPTS_UNKNOWN else float(min(60.0, 0.2 * 2 ** min(attempts, 10)))


class EventConsumer:
    """The durable consumers of a service, and their acknowledgements."""

    def __init__(
        self,
        name: str,
        db: Database,
        deps: Any,
        handlers: EventHandlers,
        servers: Sequence[str],
        seconds: float,
        grace: float,
    ) -> None:
        self.name, self._db, self._deps, self._handlers, self._seconds = name, db, deps, handlers, seconds
        self.closed, self.started = asyncio.Event(), asyncio.Event()
        self.stuck_seconds = 0.0
        self._floors: dict[str, tuple[int, float]] = {}
        """By stream: the acknowledgement floor, and since when it has not moved."""
        self._batcher = KeyedBatcher[ReceivedEvent, bool](self._apply, queues=_TRANSACTIONS)
        consumer = self

        class Acks(BaseMiddleware[Any, Msg]):
            async def __aexit__(self, _type: Any = None, fault: BaseException | None = None, _tb: Any = None) -> bool:
                if isinstance(fault, asyncio.CancelledError):
                    return False
                await consumer._end(self.msg, fault)
                return True

        bus = BusAddress.of(servers)
        self.broker = NatsBroker(
            bus.servers,
            security=SASLPlaintext(bus.user, bus.password) if bus.user and bus.password else None,
            **CONNECTION,
            error_cb=log_bus_fault,
            name=name,
            inbox_prefix=f"_INBOX.{name}",
            reconnect_time_wait=1,
            graceful_timeout=grace,
            closed_cb=self._on_closed,
            middlewares=(cast(Any, Acks),),
            logger=None,
            apply_types=False,
        )
        for stream, subjects in self._subjects().items():
            subscriber = self.broker.subscriber(
                f"{stream.lower()}.>" if stream != "ADVISORIES" else subjects[0],
                stream=JStream(stream, declare=False),
                config=self._config(stream, subjects),
                queue=name,
                max_workers=_WORKERS,
                ack_policy=AckPolicy.MANUAL,
                no_reply=True,
                decoder=_undecoded,
            )
            subscriber(self._on_advisory if stream == "ADVISORIES" else self._on_event)

    def _subjects(self) -> dict[str, list[str]]:
        streams = self._handlers.streams()
        return streams | {"ADVISORIES": [f"{_ADVISORY}.*.{self.name}"]} if streams else {}

    def _config(self, stream: str, subjects: list[str]) -> ConsumerConfig:
        return ConsumerConfig(
            name=self.name,
            durable_name=self.name,
            filter_subjects=subjects,
            ack_policy=JsAckPolicy.EXPLICIT,
            ack_wait=self._seconds * 2,
            max_deliver=_MAX_DELIVER,
            max_ack_pending=256,
            deliver_subject=f"_INBOX.{self.name}.{stream}",
            deliver_group=self.name,
        )

    async def _on_closed(self) -> None:
        self.closed.set()

    async def run(self) -> None:
        """Connect as soon as the bus is there, create or update the durable consumers, subscribe; returns when the connection
        is closed for good. Meanwhile the service serves: what it writes waits in the outbox."""
        metrics.BUS_CONNECTED.set(0)
        await self.broker.connect()
        while True:
            try:
                await self.ensure()
                break
            except (OSError, BusError) as fault:
                _log.warning("consumers_wait", error=repr(fault))
                await asyncio.sleep(1)
        await self.broker.start()
        self.started.set()
        await self.closed.wait()

    async def stop(self) -> None:
        """Finish the events being handled, within the grace time. The bus redelivers the others to another process."""
        try:
            await self.broker.stop()
        except (OSError, BusError) as fault:
            _log.warning("bus_left", error=repr(fault))

    def _js(self) -> Any:
        connection = self.broker.config.connection_state.connection
        return connection.jetstream(timeout=5)

    async def watch(self) -> None:
        """Once every few seconds: `ensure`, as far as the bus is there; sets the metrics of the bus."""
        if not self.started.is_set():
            return
        try:
            await self.ensure()
            metrics.BUS_CONNECTED.set(1)
        except (OSError, BusError) as fault:
            metrics.BUS_CONNECTED.set(0)
            _log.warning("bus_away", error=repr(fault))

    async def ensure(self) -> int:
        """Create or update the consumers. Returns how many messages wait; updates `stuck_seconds`."""
        js, waiting, now = self._js(), 0, time.monotonic()
        for stream, subjects in self._subjects().items():
            try:
                info = await js.consumer_info(stream, self.name)
                present = {*(info.config.filter_subjects or [info.config.filter_subject])}
                outdated = not present >= {*subjects} or info.config.max_deliver < _MAX_DELIVER
            except NotFoundError:
                info, present, outdated = None, set(), True
            if outdated:  # subjects of newer processes stay: without them, events would be lost meanwhile
                merged = sorted(present | {*subjects})
                _log.info("consumer_made", stream=stream, subjects=merged)
                info = await js.add_consumer(stream, config=self._config(stream, merged))
            pending = info.num_pending + info.num_ack_pending
            floor = info.ack_floor.stream_seq if info.ack_floor else 0
            if not pending or self._floors.get(stream, (-1, now))[0] != floor:
                self._floors[stream] = (floor, now)
            waiting += pending
        metrics.BUS_WAITING.set(waiting)
        self.stuck_seconds = max((now - since for _, since in self._floors.values()), default=0.0)
        metrics.BUS_STUCK.set(self.stuck_seconds)
        return waiting

    async def _on_event(self, message: NatsMessage) -> None:
        raw = message.raw_message
        headers = raw.headers or {}
        try:
            event_id = UUID(headers["Nats-Msg-Id"])
        except (KeyError, ValueError):
            raise NotAnEventError from None
        received = ReceivedEvent(raw.subject, event_id, raw.data, headers.get("Zp-Request-Id"))
        new = await self._batcher.submit(headers.get("Zp-Aggregate", raw.subject), received, len(raw.data))
        metrics.EVENTS_CONSUMED.labels(raw.subject, "done" if new else "again").inc()
        if new and (at := headers.get("Zp-Occurred-At")):
            metrics.EVENT_LAG.observe(max(0.0, (utc_now() - datetime.fromisoformat(at)).total_seconds()))

    async def _apply(self, received: Sequence[ReceivedEvent]) -> list[bool]:
        context.claim.set(None)
        async with asyncio.timeout(self._seconds):
            return await handle_many(self._db, self._deps, self._handlers, received)

    async def _on_advisory(self, message: NatsMessage) -> None:
        advisory = json.loads(message.raw_message.data)
        stream, seq = advisory["stream"], advisory["stream_seq"]
        lost = await self._js().get_msg(stream, seq=seq)
        await self._dead_letter(lost, stream, seq, "max deliveries", _MAX_DELIVER)

    async def _end(self, msg: Msg, fault: BaseException | None) -> None:
        if fault is None:
            await msg.ack()
            return
        meta = msg.metadata
        attempts = meta.num_delivered
        if attempts >= _max_attempts(fault):
            _log.error("event_dead_lettered", subject=msg.subject, attempts=attempts, error=repr(fault), exc_info=fault)
            try:
                await self._dead_letter(msg, meta.stream, meta.sequence.stream, repr(fault), attempts)
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
                await msg.nak(delay=5)
                return
            metrics.EVENTS_CONSUMED.labels(msg.subject, "dead").inc()
            await msg.term()
            return
        if not isinstance(fault, RetryLater):
            _log.warning("event_retried_later", subject=msg.subject, attempts=attempts, error=repr(fault), exc_info=fault)
        metrics.EVENTS_CONSUMED.labels(msg.subject, "later").inc()
        await msg.nak(delay=_redelivery_delay(attempts))

    async def _dead_letter(self, message: Any, stream: str, seq: int, error: str, attempts: int) -> None:
        try:
            event_id = UUID((message.headers or {})["Nats-Msg-Id"])
        except (KeyError, ValueError):
            event_id = None
        async with self._db.reading() as tx:
            await tx.execute(
                "INSERT INTO dead_letters (id, event_id, stream, stream_seq, subject, body, error, tries) "
                "VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
                new_id(), event_id, stream, seq, message.subject, message.data or b"", error, attempts,
            )  # fmt: skip


async def replay_dead(db: Database, deps: Any, handlers: EventHandlers) -> tuple[int, int]:
    """Handle every dead letter again. Returns how many were applied and how many failed again."""
    good = bad = 0
    async with db.reading() as tx:
        letters = await tx.fetch("SELECT id, event_id, subject, body FROM dead_letters WHERE replayed_at IS NULL ORDER BY id")
    for letter in letters:
        try:
            await handle(db, deps, handlers, letter["subject"], letter["event_id"] or letter["id"], letter["body"])
        except Exception:
            _log.exception("dead_letter_failed_again", subject=letter["subject"], id=str(letter["id"]))
            bad += 1
            continue
        async with db.reading() as tx:
            await tx.execute("UPDATE dead_letters SET replayed_at = now() WHERE id = $1", letter["id"])
        good += 1
    return good, bad
