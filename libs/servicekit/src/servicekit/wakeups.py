"""Wake-ups between processes of a service by LISTEN/NOTIFY. They only shorten a wait: the work is in the tables."""

from __future__ import annotations

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable
from typing import Any

import asyncpg

from servicekit import log
from servicekit.db import Database

_log = log.get(__name__)
_HEARTBEAT = 5.0


class Wakeups:
    """One LISTEN connection per process. Loops wait for `event(channel)`, streams for keys with `watch`."""

    def __init__(self, db: Database) -> None:
        self._db = db
        db.woken = self._wake
        self._events: dict[str, set[asyncio.Event]] = defaultdict(set)
        self._watchers: dict[str, dict[str, set[asyncio.Event]]] = defaultdict(dict)
        self._connection: asyncpg.Connection[asyncpg.Record] | None = None
        self._listening: set[str] = set()
        self._lock = asyncio.Lock()

    def event(self, channel: str) -> asyncio.Event:
        """An event that is set at each notification of the channel. The caller clears it."""
        event = asyncio.Event()
        self._events[channel].add(event)
        return event

    @contextlib.asynccontextmanager
    async def watch(self, channel: str, keys: Iterable[str]) -> AsyncIterator[asyncio.Event]:
        """An event that is set at each notification of one of these keys, while inside. The caller clears it."""
        event, watchers, watched = asyncio.Event(), self._watchers[channel], set(keys)
        for key in watched:
            watchers.setdefault(key, set()).add(event)
        try:
            await self._ensure(channel)
            yield event
        finally:
            for key in watched:
                watchers[key].discard(event)
                if not watchers[key]:
                    del watchers[key]

    def _wake(self, channel: str) -> None:
        for event in self._events[channel]:
            event.set()

    def _on_notify(self, _connection: Any, _pid: int, channel: str, payload: object) -> None:
        self._wake(channel)
        for event in self._watchers[channel].get(str(payload), ()):
            event.set()

    async def _ensure(self, channel: str) -> None:
        if self._connection is None or channel in self._listening:
            return
        async with self._lock:
            if channel not in self._listening:
                await self._connection.add_listener(channel, self._on_notify)
                self._listening.add(channel)

    async def run(self) -> None:
        """Listen until cancelled. After a lost connection was replaced, all events are set once."""
        while True:
            lost = asyncio.Event()
            try:
                self._connection = await self._db.dedicated()
                self._connection.add_termination_listener(lambda _c, lost=lost: lost.set())
                self._listening.clear()
                for channel in {*self._events, *self._watchers}:
                    await self._ensure(channel)
                for waiting in (self._events, *self._watchers.values()):  # notifications may have been missed
                    for events in waiting.values():
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
        """Wait until the connection is lost. A query now and then notices a server that is silent, or no primary any more."""
        while not lost.is_set():
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(lost.wait(), _HEARTBEAT)
                return
            async with self._lock:
                await self._db.check_writable(connection, _HEARTBEAT)
