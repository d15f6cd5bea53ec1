"""Facts in: one durable consumer per service and stream, every effect exactly once.

FastStream runs the subscriptions. Acks are ours, in one middleware: success acks, a passing fault is delivered again
after a growing pause, poison and what is out of tries goes to `dead_letters`; only then is it off the bus.
"""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast
from uuid import UUID

import asyncpg
from contracts.base import Event
from contracts.registry import FACTS, stream_of
from faststream import AckPolicy, BaseMiddleware
from faststream.nats import JStream, NatsBroker, NatsMessage
from nats.aio.msg import Msg
from nats.errors import Error as BusError
from nats.js.api import AckPolicy as JsAckPolicy
from nats.js.api import ConsumerConfig
from nats.js.errors import NotFoundError
from pydantic import ValidationError

from servicekit import context, log, metrics
from servicekit.db import Database, Tx
from servicekit.ids import new_id, utc_now
from servicekit.lanes import Lanes

_log = log.get(__name__)
_TRIES = 12
_WORKERS = 128
"""Facts in hand at once, per stream; those that wait in one lane share a transaction."""
_LANES = 2
"""Transactions at once. Two keep the disk busy, and under load more facts share each than with many."""
_MAX_DELIVER = 40
"""Above `_TRIES`: only a message that kills its process every time gets there."""
PING_SECONDS = 5
"""So often the bus is asked whether it is there; by default a silent connection counts as good for minutes."""
_ADVISORY = "$JS.EVENT.ADVISORY.CONSUMER.MAX_DELIVERIES"

type Handler[D, E: Event] = Callable[[D, Tx, E], Awaitable[None]]


class Later(Exception):  # noqa: N818  not a fault
    """The fact comes before one it builds upon; it is to be delivered again after a pause."""


class Hears:
    """What a service listens to: `@hears(RecordApprovedV1)` on `async def f(deps, tx, fact)` in `events.py`.

    The handler runs in the transaction that also holds the inbox row.
    """

    def __init__(self) -> None:
        self.handlers: dict[str, Handler[Any, Any]] = {}

    def __call__[D, E: Event](self, fact: type[E]) -> Callable[[Handler[D, E]], Handler[D, E]]:
        def register(handler: Handler[D, E]) -> Handler[D, E]:
            if fact.subject in self.handlers:
                raise ValueError(f"{fact.subject} is heard twice")
            self.handlers[fact.subject] = handler
            return handler

        return register

    def streams(self) -> dict[str, list[str]]:
        """The subjects heard, by stream."""
        found: dict[str, list[str]] = {}
        for subject in sorted(self.handlers):
            found.setdefault(stream_of(subject), []).append(subject)
        return found


@dataclass(frozen=True, slots=True)
class Heard:
    """A fact as it came off the bus."""

    subject: str
    event_id: UUID
    body: bytes
    request_id: str | None


async def handle_many(db: Database, deps: Any, hears: Hears, heard: Sequence[Heard]) -> list[bool]:
    """Let facts take effect once each, in this order, all in one transaction or none.

    For each: False where it was heard before. Raises ValidationError for a body that is not of its form.
    """
    facts = [FACTS[one.subject].model_validate_json(one.body) for one in heard]
    by_id = sorted((one.event_id, one.subject) for one in heard)
    async with db.transaction() as tx:
        rows = await tx.fetch(
            "INSERT INTO inbox (event_id, subject) SELECT * FROM unnest($1::uuid[], $2::text[]) "
            "ON CONFLICT DO NOTHING RETURNING event_id",
            [event_id for event_id, _ in by_id],
            [subject for _, subject in by_id],
        )
        new = {row["event_id"] for row in rows}
        ends = []
        for one, fact in zip(heard, facts, strict=True):
            ends.append(one.event_id in new)
            if one.event_id in new:
                new.remove(one.event_id)
                context.request_id.set(one.request_id)
                await hears.handlers[one.subject](deps, tx, fact)
    return ends


async def handle(db: Database, deps: Any, hears: Hears, subject: str, event_id: UUID, body: bytes) -> bool:
    """Let one fact take effect once: `handle_many` for it alone. False where it was heard before."""
    [new] = await handle_many(db, deps, hears, [Heard(subject, event_id, body, context.request_id.get())])
    return new


async def _undecoded(message: NatsMessage) -> NatsMessage:
    """Handlers get the message as it came: what does not parse is then ours to bury, not FastStream's to drop."""
    return message


def _pause(tries: int) -> float:
    return float(min(60.0, 0.2 * 2**tries))


class Ears:
    """The consuming side of a service."""

    def __init__(self, name: str, db: Database, deps: Any, hears: Hears, nats_url: str, seconds: float, grace: float) -> None:
        self.name, self._db, self._deps, self._hears, self._seconds = name, db, deps, hears, seconds
        self.closed = asyncio.Event()
        self.stuck_seconds = 0.0
        self._floors: dict[str, tuple[int, float]] = {}
        """By stream: up to where all is acknowledged, and since when it is just that."""
        self._lanes = Lanes[Heard, bool](self._take_many, self._take, lanes=_LANES)
        ears = self

        class Acks(BaseMiddleware[Any, Msg]):
            async def __aexit__(self, _type: Any = None, fault: BaseException | None = None, _tb: Any = None) -> bool:
                if isinstance(fault, asyncio.CancelledError):
                    return False
                await ears._end(self.msg, fault)
                return True

        self.broker = NatsBroker(
            nats_url,
            name=name,
            inbox_prefix=f"_INBOX.{name}",
            max_reconnect_attempts=-1,
            reconnect_time_wait=1,
            ping_interval=PING_SECONDS,
            max_outstanding_pings=2,
            graceful_timeout=grace,
            closed_cb=self._on_closed,
            middlewares=(cast(Any, Acks),),
            logger=None,
            apply_types=False,
        )
        for stream, subjects in self._wanted().items():
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
            subscriber(self._on_advisory if stream == "ADVISORIES" else self._on_fact)

    def _wanted(self) -> dict[str, list[str]]:
        streams = self._hears.streams()
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

    async def start(self) -> None:
        """Make the consumers what they should be, then listen."""
        await self.broker.connect()
        await self.ensure()
        await self.broker.start()

    async def stop(self) -> None:
        """Finish what is in hand, within the grace time. A bus that is away gives the rest to the next process."""
        try:
            await self.broker.stop()
        except (OSError, BusError) as fault:
            _log.warning("bus_left", error=repr(fault))

    def _js(self) -> Any:
        connection = self.broker.config.connection_state.connection
        return connection.jetstream(timeout=5)

    async def ensure(self) -> int:
        """Create or update the consumers. Returns how many messages wait for them; notes how long nothing moved."""
        js, waiting, now = self._js(), 0, time.monotonic()
        for stream, subjects in self._wanted().items():
            try:
                info = await js.consumer_info(stream, self.name)
                changed = sorted(info.config.filter_subjects or [info.config.filter_subject]) != sorted(subjects)
            except NotFoundError:
                info, changed = None, True
            if changed:
                _log.info("consumer_made", stream=stream, subjects=subjects)
                info = await js.add_consumer(stream, config=self._config(stream, subjects))
            here = info.num_pending + info.num_ack_pending
            floor = info.ack_floor.stream_seq if info.ack_floor else 0
            if not here or self._floors.get(stream, (-1, now))[0] != floor:
                self._floors[stream] = (floor, now)
            waiting += here
        metrics.BUS_WAITING.set(waiting)
        self.stuck_seconds = max((now - since for _, since in self._floors.values()), default=0.0)
        metrics.BUS_STUCK.set(self.stuck_seconds)
        return waiting

    async def _on_fact(self, message: NatsMessage) -> None:
        raw = message.raw_message
        headers = raw.headers or {}
        heard = Heard(raw.subject, UUID(headers["Nats-Msg-Id"]), raw.data, headers.get("Zp-Request-Id"))
        new = await self._lanes.do(headers.get("Zp-Aggregate", raw.subject), heard, len(raw.data))
        metrics.FACTS_HEARD.labels(raw.subject, "done" if new else "again").inc()
        if new and (at := headers.get("Zp-Occurred-At")):
            metrics.FACT_LAG.observe(max(0.0, (utc_now() - datetime.fromisoformat(at)).total_seconds()))

    async def _take(self, one: Heard) -> bool:
        [new] = await self._take_many([one])
        return new

    async def _take_many(self, heard: Sequence[Heard]) -> list[bool]:
        context.claim.set(None)
        async with asyncio.timeout(self._seconds):
            return await handle_many(self._db, self._deps, self._hears, heard)

    async def _on_advisory(self, message: NatsMessage) -> None:
        note = json.loads(message.raw_message.data)
        lost = await self._js().get_msg(note["stream"], seq=note["stream_seq"])
        await self._bury(
            lost.subject,
            lost.data or b"",
            lost.headers or {},
            note["stream"],
            note["stream_seq"],
            "max deliveries",
            _MAX_DELIVER,
        )

    async def _end(self, msg: Msg, fault: BaseException | None) -> None:
        if fault is None:
            await msg.ack()
            return
        meta = msg.metadata
        tries = meta.num_delivered
        passing = isinstance(fault, Later | OSError | TimeoutError | asyncpg.PostgresError | asyncpg.InterfaceError)
        poison = isinstance(fault, ValidationError | KeyError | ValueError) and not passing
        if poison or tries >= (_TRIES * 2 if passing else _TRIES):
            _log.error("fact_dead", subject=msg.subject, tries=tries, error=repr(fault), exc_info=fault)
            try:
                await self._bury(
                    msg.subject, msg.data, msg.headers or {}, meta.stream, meta.sequence.stream, repr(fault), tries
                )
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
                await msg.nak(delay=5)
                return
            metrics.FACTS_HEARD.labels(msg.subject, "dead").inc()
            await msg.term()
            return
        if not isinstance(fault, Later):
            _log.warning("fact_later", subject=msg.subject, tries=tries, error=repr(fault), exc_info=fault)
        metrics.FACTS_HEARD.labels(msg.subject, "later").inc()
        await msg.nak(delay=_pause(tries))

    async def _bury(
        self, subject: str, body: bytes, headers: dict[str, str], stream: str, seq: int, error: str, tries: int
    ) -> None:
        given = headers.get("Nats-Msg-Id")
        try:
            event_id = UUID(given) if given else None
        except ValueError:
            event_id = None
        async with self._db.reading() as tx:
            await tx.execute(
                "INSERT INTO dead_letters (id, event_id, stream, stream_seq, subject, body, error, tries) "
                "VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
                new_id(), event_id, stream, seq, subject, body, error, tries,
            )  # fmt: skip


async def replay_dead(db: Database, deps: Any, hears: Hears) -> tuple[int, int]:
    """Handle every dead letter again. Returns how many took effect and how many failed again."""
    good = bad = 0
    async with db.reading() as tx:
        letters = await tx.fetch("SELECT id, event_id, subject, body FROM dead_letters WHERE replayed_at IS NULL ORDER BY id")
    for letter in letters:
        try:
            await handle(db, deps, hears, letter["subject"], letter["event_id"] or letter["id"], letter["body"])
        except Exception:
            _log.exception("dead_letter_failed_again", subject=letter["subject"], id=str(letter["id"]))
            bad += 1
            continue
        async with db.reading() as tx:
            await tx.execute("UPDATE dead_letters SET replayed_at = now() WHERE id = $1", letter["id"])
        good += 1
    return good, bad
