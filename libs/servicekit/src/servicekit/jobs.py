"""Scheduled jobs: rows of the table `jobs` that say what runs when. No service keeps timers in memory.

There are two kinds of handlers for the same table:
- `@on_job("close_publicity")` is for work in the service's own database. It runs in the transaction that claims the row
  (SKIP LOCKED) and marks it done, so it takes effect exactly once.
- `@on_job.lease("deliver_webhook", at_once=16, per_group=4)` is for work that waits for an outside system. It runs without a
  transaction: the process has the job until its lease ends. If the process dies, the job runs again. Each kind has its own
  number of jobs at once, so that a slow receiver delays no other job, and each group (one receiver) a smaller one.

Ids are random: a UUIDv7 would say when somebody did what the job follows (L-17).

A job that fails is tried again after a growing pause. After `MAX_TRIES` it stays for a person (`zp_jobs_failed`).
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple, Self
from uuid import UUID, uuid4

from servicekit import context, log, metrics
from servicekit.db import LOST, Database, Tx, wake
from servicekit.ids import utc_now
from servicekit.wakeups import Wakeups

WAKE = "jobs"
MAX_TRIES = 50
LEASE_SECONDS = 120
_CONCURRENCY = 2
"""Jobs in a transaction at once: while one waits for storage, the other computes."""
_POLL_SECONDS = 5.0
"""The scheduler looks at the table this often; only jobs that start sooner need to wake it."""
_log = log.get(__name__)


async def schedule(
    tx: Tx, at: datetime, what: str, key: str, payload: dict[str, Any] | None = None, *, group_key: str = ""
) -> None:
    """Run job `what` for `key` at `at`. Scheduling the same job again moves it. Leased jobs need a `group_key`."""
    await tx.execute(
        "INSERT INTO jobs (id, at, what, key, payload, group_key) VALUES ($1, $2, $3, $4, $5, $6) "
        "ON CONFLICT (what, key) DO UPDATE SET at = $2, payload = $5, done_at = NULL, tries = 0, error = NULL",
        uuid4(),
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
        return cls(what, [uuid4() for _ in by_key], list(by_key.values()), list(by_key))

    async def wake(self, tx: Tx) -> None:
        """Wake the scheduler where one of these jobs starts soon."""
        if any(map(_soon, self.times)):
            await wake(tx, WAKE)


def _soon(at: datetime) -> bool:
    return at <= utc_now() + timedelta(seconds=_POLL_SECONDS)


async def repeat(tx: Tx, what: str, key: str, pause: timedelta, payload: dict[str, Any] | None = None) -> None:
    """Run job `what` for `key` now, unless it waits already or ended less than `pause` ago. Any process may call it."""
    await tx.execute(
        "INSERT INTO jobs (id, at, what, key, payload) VALUES ($1, now(), $2, $3, $5) ON CONFLICT (what, key) DO UPDATE "
        "SET at = now(), payload = $5, done_at = NULL, tries = 0, error = NULL WHERE jobs.done_at < now() - $4::interval",
        uuid4(),
        what,
        key,
        pause,
        payload or {},
    )


async def cancel(tx: Tx, what: str, key: str) -> None:
    """Remove a job that has not run yet."""
    await tx.execute("DELETE FROM jobs WHERE what = $1 AND key = $2 AND done_at IS NULL", what, key)


async def cancel_group(tx: Tx, what: str, group_key: str) -> None:
    """Remove the leased jobs of a group that are not running."""
    await tx.execute("DELETE FROM jobs WHERE what = $1 AND group_key = $2 AND leased_until IS NULL", what, group_key)


async def failed(tx: Tx, known: Collection[str]) -> int:
    """Count the jobs that failed every try, or are none of the `known` and should have started an hour ago.

    During a rolling deployment an older process leaves the jobs of a newer release to the new processes.
    """
    count: int = await tx.fetchval(
        "SELECT count(*) FROM jobs "
        "WHERE done_at IS NULL AND (tries >= $1 OR (at < now() - interval '1 hour' AND what <> ALL($2::text[])))",
        MAX_TRIES,
        list(known),
    )
    return count


@dataclass
class LeasedJob:
    """A claimed job that runs under a lease. Its handler calls `finish` in the transaction that stores the outcome."""

    id: UUID
    what: str
    key: str
    finished: bool = False

    async def finish(self, tx: Tx, again_at: datetime | None = None) -> None:
        """Delete the job, or run it again at that time."""
        self.finished = True
        if again_at is None:
            await tx.execute("DELETE FROM jobs WHERE id = $1", self.id)
        else:
            await tx.execute("UPDATE jobs SET at = $2, leased_until = NULL, error = NULL WHERE id = $1", self.id, again_at)


type JobHandler = Callable[[Any, Tx, str, dict[str, Any]], Awaitable[None]]
"""(deps, tx, key, payload): runs inside the transaction that marks the job done."""
type LeasedJobHandler = Callable[[Any, LeasedJob], Awaitable[None]]
"""(deps, job): has `LEASE_SECONDS`; an exception counts as a failed try."""


@dataclass(frozen=True)
class LeasedKind:
    """How leased jobs of one name are run: `at_once` is per process, `per_group` over all processes."""

    handler: LeasedJobHandler
    at_once: int
    per_group: int


class ScheduledJobs:
    """The job handlers of a service: `on_job = ScheduledJobs()`, then `@on_job("close_publicity")` in its `events.py`."""

    def __init__(self) -> None:
        self.handlers: dict[str, JobHandler] = {}
        self.leased: dict[str, LeasedKind] = {}

    @property
    def names(self) -> list[str]:
        """All jobs this service has a handler for."""
        return [*self.handlers, *self.leased]

    def __call__(self, what: str) -> Callable[[JobHandler], JobHandler]:
        def register(handler: JobHandler) -> JobHandler:
            self.handlers[what] = handler
            return handler

        return register

    def lease(self, what: str, *, at_once: int, per_group: int) -> Callable[[LeasedJobHandler], LeasedJobHandler]:
        """Register a handler of jobs that wait for an outside system, and so run under a lease."""

        def register(handler: LeasedJobHandler) -> LeasedJobHandler:
            self.leased[what] = LeasedKind(handler, at_once, per_group)
            return handler

        return register


class Scheduler:
    """Runs jobs whose time has come. Any number of processes may run one; each job is claimed by one of them."""

    def __init__(self, db: Database, jobs: ScheduledJobs, deps: Any, wakeups: Wakeups) -> None:
        self._db, self._jobs, self._deps, self._wakeups = db, jobs, deps, wakeups

    async def run(self) -> None:
        """Run jobs until cancelled."""
        async with asyncio.TaskGroup() as group:
            for _ in range(_CONCURRENCY):
                group.create_task(self._repeat(self._run_all))
            for what, kind in self._jobs.leased.items():
                group.create_task(self._run_leased_kind(what, kind))

    async def _repeat(self, step: Callable[[asyncio.Event], Awaitable[float]]) -> None:
        """Call `step` until cancelled. It returns the seconds to wait; its event, and a job that starts soon, end the wait."""
        wake = self._wakeups.event(WAKE)
        while True:
            wake.clear()
            try:
                pause = await step(wake)
            except LOST as fault:
                _log.warning("scheduler_waits", error=repr(fault))
                pause = 1.0
            except Exception:
                _log.exception("scheduler_fault")
                pause = 1.0
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(wake.wait(), pause)

    async def _run_all(self, _: asyncio.Event) -> float:
        while await self._run_one(utc_now()):
            pass
        async with self._db.reading() as tx:
            at: datetime | None = await tx.fetchval(
                "SELECT min(at) FROM jobs WHERE done_at IS NULL AND tries < $1 AND what = ANY($2::text[])",
                MAX_TRIES,
                list(self._jobs.handlers),
            )
        late = (utc_now() - at).total_seconds() if at else 0.0
        metrics.JOBS_LATE.set(max(0.0, late))
        return _POLL_SECONDS if at is None else min(_POLL_SECONDS, max(0.05, -late))

    async def _run_leased_kind(self, what: str, kind: LeasedKind) -> None:
        running = set[asyncio.Task[None]]()
        async with asyncio.TaskGroup() as group:

            async def step(wake: asyncio.Event) -> float:
                async with self._db.transaction() as tx:
                    claimed = await _claim(tx, what, kind, kind.at_once - len(running), utc_now())
                    at = await _next_leased(tx, what)
                for job in claimed:
                    task = group.create_task(self._run_leased(kind, job))
                    running.add(task)
                    task.add_done_callback(running.discard)
                    task.add_done_callback(lambda _: wake.set())
                wait = (at - utc_now()).total_seconds() if at else 0.0
                return min(_POLL_SECONDS, wait + 0.01) if wait > 0 else _POLL_SECONDS

            await self._repeat(step)

    async def once(self, now: datetime | None = None) -> bool:
        """Run one job whose time has come and that this process has a handler for; False where there is none."""
        now = now or utc_now()
        if await self._run_one(now):
            return True
        for what, kind in self._jobs.leased.items():
            async with self._db.transaction() as tx:
                claimed = await _claim(tx, what, kind, 1, now)
            if claimed:
                await self._run_leased(kind, claimed[0])
                return True
        return False

    async def _run_one(self, now: datetime) -> bool:
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
                await _retry_later(tx, row["id"], fault)
        return True

    async def _run_leased(self, kind: LeasedKind, job: LeasedJob) -> None:
        context.request_id.set(f"job-{job.id.hex}")
        try:
            async with asyncio.timeout(LEASE_SECONDS):
                await kind.handler(self._deps, job)
            if not job.finished:
                async with self._db.transaction() as tx:
                    await job.finish(tx)
        except Exception as fault:
            _log.exception("job_failed", what=job.what, key=job.key)
            with contextlib.suppress(*LOST):  # then the job runs again when its lease has ended
                async with self._db.transaction() as tx:
                    await _retry_later(tx, job.id, fault)


async def _retry_later(tx: Tx, job_id: UUID, fault: Exception) -> None:
    await tx.execute(
        "UPDATE jobs SET tries = tries + 1, error = $2, leased_until = NULL, "
        "at = now() + make_interval(secs => least(300, 2 ^ tries)) WHERE id = $1",
        job_id,
        repr(fault),
    )


async def _claim(tx: Tx, what: str, kind: LeasedKind, limit: int, now: datetime) -> list[LeasedJob]:
    """Lease jobs whose time has come, the oldest of each group first. Visits every group, so that a long one hides none."""
    rows = await tx.fetch(
        """
        WITH RECURSIVE groups (group_key) AS (
            (SELECT group_key FROM jobs WHERE what = $1 AND done_at IS NULL AND group_key <> '' ORDER BY group_key LIMIT 1)
            UNION ALL
            SELECT (SELECT j.group_key FROM jobs j
                     WHERE j.what = $1 AND j.done_at IS NULL AND j.group_key <> '' AND j.group_key > g.group_key
                     ORDER BY j.group_key LIMIT 1)
              FROM groups g WHERE g.group_key IS NOT NULL),
        free AS (
            SELECT j.id FROM groups g CROSS JOIN LATERAL (
                SELECT id FROM jobs
                 WHERE what = $1 AND group_key = g.group_key AND group_key <> '' AND done_at IS NULL
                   AND at <= $2 AND tries < $3 AND (leased_until IS NULL OR leased_until <= now())
                 ORDER BY at, id
                 LIMIT greatest(0, $4 - (SELECT count(*) FROM jobs b
                                          WHERE b.what = $1 AND b.group_key = g.group_key AND b.group_key <> ''
                                            AND b.done_at IS NULL AND b.leased_until > now()))) j),
        mine AS (
            SELECT j.id FROM jobs j JOIN free f ON f.id = j.id
             WHERE j.leased_until IS NULL OR j.leased_until <= now()
             ORDER BY j.at, j.id LIMIT $5 FOR UPDATE OF j SKIP LOCKED)
        UPDATE jobs j SET leased_until = now() + make_interval(secs => $6) FROM mine WHERE j.id = mine.id
        RETURNING j.id, j.what, j.key
        """,
        what, now, MAX_TRIES, kind.per_group, limit, LEASE_SECONDS,
    )  # fmt: skip
    return [LeasedJob(**row) for row in rows]


async def _next_leased(tx: Tx, what: str) -> datetime | None:
    """When the next job starts or the next lease ends; None: no job."""
    found: datetime | None = await tx.fetchval(
        "SELECT min(coalesce(leased_until, at)) FROM jobs "
        "WHERE what = $1 AND done_at IS NULL AND group_key <> '' AND tries < $2",
        what,
        MAX_TRIES,
    )
    return found
