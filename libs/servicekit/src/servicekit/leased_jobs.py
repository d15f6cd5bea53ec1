"""Scheduled jobs that wait for an outside system: they run under a lease, and hold no transaction meanwhile.

Whoever claims a job has it until its lease ends; a job whose process died is then run again. Each kind has its own number of
jobs at once, so that a slow receiver delays no other job of the service, and each group of a kind (one receiver) a smaller one.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from servicekit import context, log
from servicekit.db import Database, Tx

LEASE_SECONDS = 120
MAX_TRIES = 50
_log = log.get(__name__)


@dataclass
class LeasedJob:
    """A job in hand. The handler ends it with `finish`, in the transaction that keeps what came of it."""

    id: UUID
    what: str
    key: str
    finished: bool = False

    async def finish(self, tx: Tx, again_at: datetime | None = None) -> None:
        """The job is done and goes away; or it runs again at that time."""
        self.finished = True
        if again_at is None:
            await tx.execute("DELETE FROM jobs WHERE id = $1", self.id)
        else:
            await tx.execute("UPDATE jobs SET at = $2, leased_until = NULL, error = NULL WHERE id = $1", self.id, again_at)


@dataclass(frozen=True)
class LeasedKind:
    """How jobs of one name are run. `handler(deps, job)` has `LEASE_SECONDS`; an exception counts as a failed try."""

    handler: Callable[[Any, LeasedJob], Awaitable[None]]
    at_once: int
    """In one process."""
    per_group: int


async def cancel_group(tx: Tx, what: str, group_key: str) -> None:
    """Remove the jobs of a group that are not running."""
    await tx.execute("DELETE FROM jobs WHERE what = $1 AND group_key = $2 AND leased_until IS NULL", what, group_key)


async def claim(tx: Tx, what: str, kind: LeasedKind, limit: int, now: datetime) -> list[LeasedJob]:
    """Lease jobs whose time has come, the longest due of each group first. Every group is looked at: a long one hides none."""
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
    return [LeasedJob(row["id"], row["what"], row["key"]) for row in rows]


async def next_at(tx: Tx, what: str) -> datetime | None:
    """When the next job of this kind is due, leases included; None where there is none."""
    found: datetime | None = await tx.fetchval(
        "SELECT min(coalesce(leased_until, at)) FROM jobs "
        "WHERE what = $1 AND done_at IS NULL AND group_key <> '' AND tries < $2",
        what,
        MAX_TRIES,
    )
    return found


async def run(db: Database, deps: Any, kind: LeasedKind, job: LeasedJob) -> None:
    """Run a claimed job to its end. A failed one is tried again after a pause, as all jobs are."""
    context.request_id.set(f"job-{job.id.hex}")
    try:
        async with asyncio.timeout(LEASE_SECONDS):
            await kind.handler(deps, job)
        if not job.finished:
            async with db.transaction() as tx:
                await job.finish(tx)
    except Exception as fault:
        _log.exception("job_failed", what=job.what, key=job.key)
        async with db.transaction() as tx:
            await tx.execute(
                "UPDATE jobs SET tries = tries + 1, error = $2, leased_until = NULL, "
                "at = now() + make_interval(secs => least(300, 2 ^ tries)) WHERE id = $1",
                job.id,
                repr(fault),
            )
