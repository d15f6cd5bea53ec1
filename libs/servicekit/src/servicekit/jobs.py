"""Scheduled jobs: rows that say what is to run when. A scheduler claims each with SKIP LOCKED and runs it in the same
transaction. No service keeps timers in memory."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Collection, Iterable
from datetime import datetime, timedelta
from typing import Any, NamedTuple, Self
from uuid import UUID

from servicekit import context, leased_jobs, log, metrics
from servicekit.db import Database, Tx, wake
from servicekit.ids import new_id, utc_now
from servicekit.leased_jobs import MAX_TRIES, LeasedJob, LeasedKind
from servicekit.wakeups import Wakeups

WAKE = "jobs"
_CONCURRENCY = 2
_POLL_SECONDS = 5.0
"""The scheduler looks at the table this often; only jobs that start sooner need to wake it."""
_log = log.get(__name__)

type JobHandler = Callable[[Any, Tx, str, dict[str, Any]], Awaitable[None]]
"""(deps, tx, key, payload): runs inside the transaction that marks the job done."""


async def schedule(
    tx: Tx, at: datetime, what: str, key: str, payload: dict[str, Any] | None = None, *, group_key: str = ""
) -> None:
    """Run job `what` for `key` at `at`. Scheduling the same job again moves it. Leased jobs need a `group_key`."""
    await tx.execute(
        "INSERT INTO jobs (id, at, what, key, payload, group_key) VALUES ($1, $2, $3, $4, $5, $6) "
        "ON CONFLICT (what, key) DO UPDATE SET at = $2, payload = $5, done_at = NULL, tries = 0, error = NULL",
        new_id(),
        at,
        what,
        key,
        payload or {},
        group_key,
    )
    if _soon(at):
        await wake(tx, WAKE)


async def schedule_many(tx: Tx, what: str, rows: Iterable[tuple[str, datetime]]) -> None:
    """Run job `what` for many keys, each at its time; as `schedule`, without payload."""
    jobs = JobRows.of(what, rows)
    if jobs.keys:
        await tx.execute(_SCHEDULE_MANY, *jobs)
        await jobs.wake(tx)


_SCHEDULE_MANY = """
INSERT INTO jobs (id, at, what, key, payload)
SELECT d.id, d.at, $1, d.key, '{}' FROM unnest($2::uuid[], $3::timestamptz[], $4::text[]) AS d (id, at, key)
    ON CONFLICT (what, key) DO UPDATE SET at = excluded.at, payload = '{}', done_at = NULL, tries = 0, error = NULL
"""


class JobRows(NamedTuple):
    """Columns of rows of `jobs`: the parameters of `_SCHEDULE_MANY`, or of a store's own statement."""

    what: str
    ids: list[UUID]
    times: list[datetime]
    keys: list[str]

    @classmethod
    def of(cls, what: str, times: Iterable[tuple[str, datetime]]) -> Self:
        """A job for each key at its time; the last time of a key counts."""
        by_key = dict(times)
        return cls(what, [new_id() for _ in by_key], list(by_key.values()), list(by_key))

    async def wake(self, tx: Tx) -> None:
        """Wake the scheduler where one of these jobs starts soon."""
        if any(map(_soon, self.times)):
            await wake(tx, WAKE)


def _soon(at: datetime) -> bool:
    return at <= utc_now() + timedelta(seconds=_POLL_SECONDS)


async def repeat(tx: Tx, what: str, key: str, pause: timedelta, payload: dict[str, Any] | None = None) -> None:
    """Run job `what` for `key` now, unless it waits already or ended less than `pause` ago. Any process may call this."""
    await tx.execute(
        "INSERT INTO jobs (id, at, what, key, payload) VALUES ($1, now(), $2, $3, $5) ON CONFLICT (what, key) DO UPDATE "
        "SET at = now(), payload = $5, done_at = NULL, tries = 0, error = NULL WHERE jobs.done_at < now() - $4::interval",
        new_id(),
        what,
        key,
        pause,
        payload or {},
    )


async def cancel(tx: Tx, what: str, key: str) -> None:
    """Remove a job that has not run yet."""
    await tx.execute("DELETE FROM jobs WHERE what = $1 AND key = $2 AND done_at IS NULL", what, key)


async def failed(tx: Tx, known: Collection[str]) -> int:
    """How many jobs failed every try, or are none of the `known` and should have started an hour ago.

    During a rolling deployment an older process leaves the jobs of a newer release to the new processes.
    """
    count: int = await tx.fetchval(
        "SELECT count(*) FROM jobs "
        "WHERE done_at IS NULL AND (tries >= $1 OR (at < now() - interval '1 hour' AND what <> ALL($2::text[])))",
        MAX_TRIES,
        list(known),
    )
    return count


class ScheduledJobs:
    """The job handlers of a service: `on_job = ScheduledJobs()`, then `@on_job("close_publicity")` in its `events.py`."""

    def __init__(self) -> None:
        self.handlers: dict[str, JobHandler] = {}
        self.leased: dict[str, LeasedKind] = {}

    @property
    def names(self) -> list[str]:
        """All jobs this service has a handler for."""
        return [*self.handlers, *self.leased]

    def lease(
        self, what: str, *, at_once: int, per_group: int
    ) -> Callable[[Callable[[Any, LeasedJob], Awaitable[None]]], Callable[[Any, LeasedJob], Awaitable[None]]]:
        """As calling this, for jobs that run under a lease: see `servicekit.leased_jobs`."""

        def register(handler: Callable[[Any, LeasedJob], Awaitable[None]]) -> Callable[[Any, LeasedJob], Awaitable[None]]:
            self.leased[what] = LeasedKind(handler, at_once, per_group)
            return handler

        return register

    def __call__(self, what: str) -> Callable[[JobHandler], JobHandler]:
        def register(handler: JobHandler) -> JobHandler:
            self.handlers[what] = handler
            return handler

        return register


class Scheduler:
    """Runs jobs whose time has come. Any number of processes may; each job is run by one of them, once."""

    def __init__(self, db: Database, jobs: ScheduledJobs, deps: Any, wakeups: Wakeups) -> None:
        self._db, self._jobs, self._deps, self._wakeups = db, jobs, deps, wakeups

    async def run(self) -> None:
        """Run jobs until cancelled, two at once: while one waits for storage, the other computes. Leased ones run beside."""
        async with asyncio.TaskGroup() as group:
            for _ in range(_CONCURRENCY):
                group.create_task(self._work())
            for what, kind in self._jobs.leased.items():
                group.create_task(self._work_leased(what, kind))

    async def _work(self) -> None:
        wake = self._wakeups.event(WAKE)
        while True:
            wake.clear()
            try:
                while await self._run_one(utc_now()):
                    pass
            except Exception:
                _log.exception("scheduler_fault")
                await asyncio.sleep(1)
            pause = await self._pause()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(wake.wait(), pause)

    async def _work_leased(self, what: str, kind: LeasedKind) -> None:
        wake, running = self._wakeups.event(WAKE), set[asyncio.Task[None]]()

        def ended(task: asyncio.Task[None]) -> None:
            running.discard(task)
            wake.set()

        async with asyncio.TaskGroup() as group:
            while True:
                wake.clear()
                pause = _POLL_SECONDS
                try:
                    async with self._db.transaction() as tx:
                        jobs = await leased_jobs.claim(tx, what, kind, kind.at_once - len(running), utc_now())
                        at = await leased_jobs.next_at(tx, what)
                    for job in jobs:
                        task = group.create_task(leased_jobs.run(self._db, self._deps, kind, job))
                        running.add(task)
                        task.add_done_callback(ended)
                    if at is not None and at > utc_now():
                        pause = min(pause, (at - utc_now()).total_seconds() + 0.01)
                except Exception:
                    _log.exception("scheduler_fault")
                    pause = 1.0
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(wake.wait(), pause)

    async def _pause(self) -> float:
        try:
            async with self._db.reading() as tx:
                at: datetime | None = await tx.fetchval(
                    "SELECT min(at) FROM jobs WHERE done_at IS NULL AND tries < $1 AND what = ANY($2::text[])",
                    MAX_TRIES,
                    list(self._jobs.handlers),
                )
        except Exception:
            return 1.0
        late = (utc_now() - at).total_seconds() if at else 0.0
        metrics.JOBS_LATE.set(max(0.0, late))
        return _POLL_SECONDS if at is None else min(_POLL_SECONDS, max(0.05, -late))

    async def once(self, now: datetime | None = None) -> bool:
        """Run one job whose time has come and that this process has a handler for; False where there is none."""
        if await self._run_one(now or utc_now()):
            return True
        for what, kind in self._jobs.leased.items():
            async with self._db.transaction() as tx:
                jobs = await leased_jobs.claim(tx, what, kind, 1, now or utc_now())
            if jobs:
                await leased_jobs.run(self._db, self._deps, kind, jobs[0])
                return True
        return False

    async def _run_one(self, now: datetime) -> bool:
        failed: tuple[Any, str] | None = None
        async with self._db.transaction() as tx:
            row: Any = await tx.fetchrow(
                "SELECT id, what, key, payload FROM jobs WHERE done_at IS NULL AND at <= $1 AND tries < $2 "
                "AND what = ANY($3::text[]) ORDER BY at LIMIT 1 FOR UPDATE SKIP LOCKED",
                now,
                MAX_TRIES,
                list(self._jobs.handlers),
            )
            if row is None:
                return False
            context.request_id.set(f"job-{row['id'].hex}")
            try:
                async with tx.transaction():
                    # marked done before it runs, so that a handler may schedule itself again
                    await tx.execute("UPDATE jobs SET done_at = now(), error = NULL WHERE id = $1", row["id"])
                    await self._jobs.handlers[row["what"]](self._deps, tx, row["key"], row["payload"])
            except Exception as fault:
                _log.exception("job_failed", what=row["what"], key=row["key"])
                failed = (row["id"], repr(fault))
            if failed:
                await tx.execute(
                    "UPDATE jobs SET tries = tries + 1, error = $2, "
                    "at = now() + make_interval(secs => least(300, 2 ^ tries)) WHERE id = $1",
                    *failed,
                )
        return True
