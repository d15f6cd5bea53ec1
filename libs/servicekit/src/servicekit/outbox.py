"""Sending events: inserted in the use case's transaction, published by the relay at least once, in order per aggregate."""

import asyncio
import contextlib
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple, Self
from uuid import UUID

import nats
from contracts.base import Event
from contracts.registry import stream_of
from nats.aio.client import Client
from nats.js import JetStreamContext
from nats.js.errors import APIError

from servicekit import context, log, metrics
from servicekit.bus import CONNECTION, BusAddress, log_bus_fault
from servicekit.db import LOST, Database, Tx, wake
from servicekit.ids import new_id, utc_now
from servicekit.wakeups import Wakeups

WAKE = "outbox"
_BATCH = 256
_log = log.get(__name__)


_ADD = """
INSERT INTO outbox (event_id, subject, aggregate, body, request_id, occurred_at)
SELECT f.event_id, f.subject, f.aggregate, f.body, $5, $6
  FROM unnest($1::uuid[], $2::text[], $3::text[], $4::bytea[])
       WITH ORDINALITY AS f (event_id, subject, aggregate, body, position)
 ORDER BY f.position
"""


class OutboxRows(NamedTuple):
    """Columns of new rows of `outbox`, in order of publication: the parameters of `_ADD`, or of a store's own statement."""

    event_ids: list[UUID]
    subjects: list[str]
    aggregates: list[str]
    bodies: list[bytes]
    request_id: str | None
    occurred_at: datetime

    @classmethod
    def of(cls, events: Iterable[Event]) -> Self:
        """The rows of these events."""
        return cls.of_serialised((event.subject, event.aggregate, event.model_dump_json().encode()) for event in events)

    @classmethod
    def of_serialised(cls, events: Iterable[tuple[str, str, bytes]]) -> Self:
        """The rows of events given as (subject, aggregate, body)."""
        rows = cls([], [], [], [], context.request_id.get(), utc_now())
        for subject, aggregate, body in events:
            rows.event_ids.append(new_id())
            rows.subjects.append(subject)
            rows.aggregates.append(aggregate)
            rows.bodies.append(body)
        return rows

    async def wake(self, tx: Tx) -> None:
        """Wake the relay where there is something to publish."""
        if self.event_ids:
            await wake(tx, WAKE)


async def add(tx: Tx, *events: Event) -> None:
    """Insert events, in the transaction of the change that they report."""
    await add_rows(tx, OutboxRows.of(events))


async def add_serialised(tx: Tx, kind: type[Event], events: Sequence[tuple[str, bytes]]) -> None:
    """Insert events of one kind that are serialised already, each as (aggregate, body)."""
    await add_rows(tx, OutboxRows.of_serialised((kind.subject, aggregate, body) for aggregate, body in events))


async def add_rows(tx: Tx, rows: OutboxRows) -> None:
    """Insert rows that are made already."""
    if rows.event_ids:
        await tx.execute(_ADD, *rows)
        await rows.wake(tx)


_CLAIM = """
SELECT o.seq, o.event_id, o.subject, o.aggregate, o.body, o.request_id, o.occurred_at
  FROM outbox o
 WHERE o.published_at IS NULL
   AND NOT EXISTS (SELECT 1 FROM outbox e
                    WHERE e.aggregate = o.aggregate AND e.seq < o.seq AND e.published_at IS NULL)
 ORDER BY o.seq
 LIMIT $1
   FOR UPDATE SKIP LOCKED
"""


class Relay:
    """Publishes the rows of the outbox. Any number may run; a row is marked as published when the bus acknowledged it."""

    def __init__(self, db: Database, servers: Sequence[str], name: str, wakeups: Wakeups, keep_days: int = 30) -> None:
        self._db, self._servers, self._name, self._wakeups, self._keep = db, servers, name, wakeups, keep_days
        self._nc: Client | None = None

    async def run(self) -> None:
        """Relay until cancelled; a fault of bus or database is logged and tried again."""
        wake = self._wakeups.event(WAKE)
        bus = BusAddress.of(self._servers)
        self._nc = await nats.connect(
            bus.servers,
            user=bus.user,
            password=bus.password,
            **CONNECTION,
            error_cb=log_bus_fault,
            name=f"{self._name}-relay",
            inbox_prefix=f"_INBOX.{self._name}".encode(),
            reconnect_time_wait=0.5,
        )
        js = self._nc.jetstream(timeout=10)
        try:
            while True:
                wake.clear()
                try:
                    while await self._once(js):
                        pass
                except (*LOST, nats.errors.Error, APIError) as fault:
                    _log.warning("relay_waits", error=repr(fault))
                    await asyncio.sleep(0.5)
                except Exception:
                    _log.exception("relay_fault")
                    await asyncio.sleep(1)
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(wake.wait(), 1.0)
        finally:
            await self._nc.close()

    async def _once(self, js: JetStreamContext) -> bool:
        async with self._db.transaction() as tx:
            rows = await tx.fetch(_CLAIM, _BATCH)
            if not rows:
                return False
            ends = await asyncio.gather(*(self._publish(js, row) for row in rows), return_exceptions=True)
            sent = [row["seq"] for row, end in zip(rows, ends, strict=True) if end is None]
            await tx.execute("UPDATE outbox SET published_at = now() WHERE seq = ANY($1)", sent)
        failed = next((end for end in ends if end is not None), None)
        if failed is not None:
            raise failed
        return True

    @staticmethod
    async def _publish(js: JetStreamContext, row: Any) -> None:
        headers = {"Nats-Msg-Id": str(row["event_id"]), "Zp-Occurred-At": row["occurred_at"].isoformat()}
        headers["Zp-Aggregate"] = row["aggregate"]
        if row["request_id"]:
            headers["Zp-Request-Id"] = row["request_id"]
        await js.publish(row["subject"], row["body"], stream=stream_of(row["subject"]), headers=headers)
        metrics.EVENTS_SENT.labels(row["subject"]).inc()

    async def sweep(self) -> None:
        """Delete published events, inbox rows and stored responses that are past their retention."""
        async with self._db.reading() as tx:
            await tx.execute("DELETE FROM outbox WHERE published_at < now() - make_interval(days => $1)", self._keep)
            await tx.execute("DELETE FROM inbox WHERE received_at < now() - make_interval(days => $1)", self._keep + 5)
            await tx.execute("DELETE FROM idempotency WHERE made_at < now() - interval '24 hours'")


async def replay(db: Database, since_days: int) -> int:
    """Have the relay publish the events of the last days again; consumers that applied them ignore them."""
    async with db.transaction() as tx:
        done: str = await tx.execute(
            "UPDATE outbox SET published_at = NULL WHERE published_at > now() - make_interval(days => $1)", since_days
        )
        await tx.execute("SELECT pg_notify($1, '')", WAKE)  # the relays are in other processes
    return int(done.rsplit(" ", 1)[-1])


async def waiting(tx: Tx) -> tuple[int, float]:
    """The number of events that wait, and the age of the oldest in seconds."""
    row: Any = await tx.fetchrow(
        "SELECT count(*) AS n, coalesce(extract(epoch FROM now() - min(occurred_at)), 0)::float8 AS age "
        "FROM outbox WHERE published_at IS NULL"
    )
    return row["n"], row["age"]
