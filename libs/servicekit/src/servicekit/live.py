"""Wake-ups between processes of one service through PostgreSQL's LISTEN/NOTIFY. They hint; the tables decide."""

from __future__ import annotations

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import AsyncIterator
from typing import Any

import asyncpg

from servicekit import log
from servicekit.db import Database

_log = log.get(__name__)
_HEARTBEAT = 5.0


class Wakeups:
    """One listening connection per process. `event(channel)` for loops, `listen(channel)` for streams of payloads."""

    def __init__(self, db: Database) -> None:
        self._db = db
        db.woken = self._wake
        self._events: dict[str, set[asyncio.Event]] = defaultdict(set)
        self._queues: dict[str, set[asyncio.Queue[str]]] = defaultdict(set)
        self._connection: asyncpg.Connection[asyncpg.Record] | None = None
        self._heard: set[str] = set()
        self._one_at_a_time = asyncio.Lock()

    def event(self, channel: str) -> asyncio.Event:
        """An event set whenever somebody notifies the channel. The caller clears it."""
        event = asyncio.Event()
        self._events[channel].add(event)
        return event

    @contextlib.asynccontextmanager
    async def listen(self, channel: str) -> AsyncIterator[asyncio.Queue[str]]:
        """Payloads notified on the channel while inside; the oldest go when the reader is 1,000 behind."""
        queue: asyncio.Queue[str] = asyncio.Queue(1000)
        self._queues[channel].add(queue)
        await self._ensure(channel)
        try:
            yield queue
        finally:
            self._queues[channel].discard(queue)

    def _wake(self, channel: str) -> None:
        for event in self._events[channel]:
            event.set()

    def _on_notify(self, _connection: Any, _pid: int, channel: str, payload: object) -> None:
        self._wake(channel)
        for queue in self._queues[channel]:
            if queue.full():
                queue.get_nowait()
            queue.put_nowait(str(payload))

    async def _ensure(self, channel: str) -> None:
        if self._connection is not None and channel not in self._heard:
            self._heard.add(channel)
            async with self._one_at_a_time:
                await self._connection.add_listener(channel, self._on_notify)

    async def run(self) -> None:
        """Listen until cancelled; a lost connection is made again, and everybody is woken once."""
        while True:
            lost = asyncio.Event()
            try:
                self._connection = await self._db.dedicated()
                self._connection.add_termination_listener(lambda _c, lost=lost: lost.set())
                self._heard.clear()
                for channel in {*self._events, *self._queues}:
                    await self._ensure(channel)
                for events in self._events.values():
                    for event in events:
                        event.set()
                await self._until(lost, self._connection)
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as fault:
                _log.warning("listen_waits", error=repr(fault))
            finally:
                if self._connection is not None:
                    self._connection.terminate()
                    self._connection = None
            await asyncio.sleep(0.5)

    async def _until(self, lost: asyncio.Event, connection: asyncpg.Connection[asyncpg.Record]) -> None:
        """Wait until the connection is lost. Who only listens never notices a silent server: so something is asked."""
        while not lost.is_set():
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(lost.wait(), _HEARTBEAT)
                return
            async with self._one_at_a_time:
                await connection.execute("SELECT 1", timeout=_HEARTBEAT)
