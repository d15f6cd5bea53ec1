"""Time acts through rows: what is to happen when, claimed with SKIP LOCKED, done in the same transaction (no timers)."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterable
from datetime import datetime, timedelta
from typing import Any

from servicekit import context, log, metrics
from servicekit.db import Database, Tx, Write, together, wake
from servicekit.ids import new_id, utc_now
from servicekit.live import Wakeups

WAKE = "due"
_TRIES = 50
_AT_ONCE = 2
_LOOK = 5.0
"""Seconds after which the clock looks by itself; only what is due sooner needs to wake it."""
_log = log.get(__name__)

type DueHandler = Callable[[Any, Tx, str, dict[str, Any]], Awaitable[None]]
"""(deps, tx, key, payload): runs inside the transaction that marks the row done."""


async def put(tx: Tx, at: datetime, what: str, key: str, payload: dict[str, Any] | None = None) -> None:
    """Have `what` happen to `key` at `at`; putting it again moves it."""
    await tx.execute(
        "INSERT INTO due (id, at, what, key, payload) VALUES ($1, $2, $3, $4, $5) "
        "ON CONFLICT (what, key) DO UPDATE SET at = $2, payload = $5, done_at = NULL, tries = 0, error = NULL",
        new_id(),
        at,
        what,
        key,
        payload or {},
    )
    if _soon(at):
        await wake(tx, WAKE)


async def put_many(tx: Tx, what: str, rows: Iterable[tuple[str, datetime]]) -> None:
    """Have `what` happen to many keys, each at its time; as `put`, without payload."""
    await together(tx, *written(what, rows))


_PUT_MANY = """
INSERT INTO due (id, at, what, key, payload)
SELECT d.id, d.at, $1, d.key, '{}' FROM unnest($2::uuid[], $3::timestamptz[], $4::text[]) AS d (id, at, key)
    ON CONFLICT (what, key) DO UPDATE SET at = excluded.at, payload = '{}', done_at = NULL, tries = 0, error = NULL
"""


def written(what: str, rows: Iterable[tuple[str, datetime]]) -> list[Write]:
    """As `put_many`, to be made together with what it is due for."""
    newest = dict(rows)
    if not newest:
        return []
    given = (what, [new_id() for _ in newest], list(newest.values()), list(newest))
    return [Write(_PUT_MANY, given, WAKE if _soon(min(newest.values())) else None)]


def _soon(at: datetime) -> bool:
    return at <= utc_now() + timedelta(seconds=_LOOK)


async def again(tx: Tx, what: str, key: str, pause: timedelta, payload: dict[str, Any] | None = None) -> None:
    """Have `what` happen to `key` over and over, each time `pause` after it was done. Any process may say so, often."""
    await tx.execute(
        "INSERT INTO due (id, at, what, key, payload) VALUES ($1, now(), $2, $3, $5) ON CONFLICT (what, key) DO UPDATE "
        "SET at = now(), payload = $5, done_at = NULL, tries = 0, error = NULL WHERE due.done_at < now() - $4::interval",
        new_id(),
        what,
        key,
        pause,
        payload or {},
    )


async def drop(tx: Tx, what: str, key: str) -> None:
    """It is not to happen any more."""
    await tx.execute("DELETE FROM due WHERE what = $1 AND key = $2 AND done_at IS NULL", what, key)


async def failed(tx: Tx) -> int:
    """How many rows failed every try."""
    count: int = await tx.fetchval("SELECT count(*) FROM due WHERE done_at IS NULL AND tries >= $1", _TRIES)
    return count


class Due:
    """What a service does by the clock: `@due("close_publicity")` on a handler in its `events.py`."""

    def __init__(self) -> None:
        self.handlers: dict[str, DueHandler] = {}

    def __call__(self, what: str) -> Callable[[DueHandler], DueHandler]:
        def register(handler: DueHandler) -> DueHandler:
            self.handlers[what] = handler
            return handler

        return register


class Clock:
    """Runs due rows. Any number of processes may; each row is done by one of them, once."""

    def __init__(self, db: Database, due: Due, deps: Any, wakeups: Wakeups) -> None:
        self._db, self._due, self._deps, self._wakeups = db, due, deps, wakeups

    async def run(self) -> None:
        """Act until cancelled, on two rows at once: while one waits for storage, the other computes."""
        async with asyncio.TaskGroup() as group:
            for _ in range(_AT_ONCE):
                group.create_task(self._act())

    async def _act(self) -> None:
        wake = self._wakeups.event(WAKE)
        while True:
            wake.clear()
            try:
                while await self.once():
                    pass
            except Exception:
                _log.exception("clock_fault")
                await asyncio.sleep(1)
            pause = await self._pause()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(wake.wait(), pause)

    async def _pause(self) -> float:
        try:
            async with self._db.reading() as tx:
                at: datetime | None = await tx.fetchval("SELECT min(at) FROM due WHERE done_at IS NULL AND tries < $1", _TRIES)
        except Exception:
            return 1.0
        late = (utc_now() - at).total_seconds() if at else 0.0
        metrics.DUE_LATE.set(max(0.0, late))
        return _LOOK if at is None else min(_LOOK, max(0.05, -late))

    async def once(self, now: datetime | None = None) -> bool:
        """Do one due row; False where none is due."""
        failed: tuple[Any, str] | None = None
        async with self._db.transaction() as tx:
            row: Any = await tx.fetchrow(
                "SELECT id, what, key, payload FROM due WHERE done_at IS NULL AND at <= $1 AND tries < $2 "
                "ORDER BY at LIMIT 1 FOR UPDATE SKIP LOCKED",
                now or utc_now(),
                _TRIES,
            )
            if row is None:
                return False
            context.request_id.set(f"due-{row['id'].hex}")
            try:
                async with tx.transaction():
                    # first, so that a handler may put itself again
                    await tx.execute("UPDATE due SET done_at = now(), error = NULL WHERE id = $1", row["id"])
                    await self._due.handlers[row["what"]](self._deps, tx, row["key"], row["payload"])
            except Exception as fault:
                _log.exception("due_failed", what=row["what"], key=row["key"])
                failed = (row["id"], repr(fault))
            if failed:
                await tx.execute(
                    "UPDATE due SET tries = tries + 1, error = $2, at = now() + make_interval(secs => least(300, 2 ^ tries)) "
                    "WHERE id = $1",
                    *failed,
                )
        return True
