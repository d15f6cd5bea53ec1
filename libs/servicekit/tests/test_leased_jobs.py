"""Jobs that wait for outside systems: they hold up nobody, each group has its limit, and a dead process loses none."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from servicekit import jobs
from servicekit.bus import EventHandlers
from servicekit.db import Tx
from servicekit.http import Api
from servicekit.ids import utc_now
from servicekit.jobs import LeasedJob, ScheduledJobs, cancel_group
from servicekit.service import Service
from servicekit.testing import Kit, a_service


@dataclass
class Outside:
    """An outside system. Jobs to `slow` wait until `open` is set, those to `broken` fail, all others end at once."""

    open: asyncio.Event = field(default_factory=asyncio.Event)
    begun: list[str] = field(default_factory=list)
    again: bool = False
    plain: list[str] = field(default_factory=list)

    def service(self) -> Service:
        on_job = ScheduledJobs()

        @on_job("plain")
        async def _plain(_: Any, __: Tx, key: str, ___: dict[str, Any]) -> None:
            self.plain.append(key)

        @on_job.lease("send", at_once=8, per_group=2)
        async def _send(deps: Any, job: LeasedJob) -> None:
            self.begun.append(job.key)
            if job.key.startswith("slow"):
                await self.open.wait()
            if job.key.startswith("broken"):
                raise LookupError("nobody there")
            if self.again:
                async with deps.db.transaction() as tx:
                    await job.finish(tx, utc_now() + timedelta(minutes=5))

        return Service("identity", "toy", Api("toy"), EventHandlers(), on_job)


@asynccontextmanager
async def running(outside: Outside, parts: Any) -> AsyncIterator[Kit]:
    async with a_service(outside.service(), parts) as kit:
        task = asyncio.create_task(kit.running.scheduler.run())
        try:
            yield kit
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


async def schedule(kit: Kit, group_key: str, count: int) -> None:
    async with kit.deps.db.transaction() as tx:
        for number in range(count):
            await jobs.schedule(tx, utc_now(), "send", f"{group_key} {number}", group_key=group_key)


async def rows(kit: Kit) -> list[Any]:
    async with kit.deps.db.reading() as tx:
        found: list[Any] = await tx.fetch("SELECT key, at, tries, error, leased_until FROM jobs ORDER BY key")
        return found


async def until(kit: Kit, left: int) -> None:
    async with asyncio.timeout(10):
        while len(await rows(kit)) > left:  # noqa: ASYNC110  the scheduler tells nobody
            await asyncio.sleep(0.02)


async def test_a_slow_group_holds_up_no_other_group_and_no_other_job(parts: Any) -> None:
    outside = Outside()
    async with running(outside, parts) as kit:
        await schedule(kit, "slow", 30)
        await schedule(kit, "quick", 5)
        async with kit.deps.db.transaction() as tx:
            await jobs.schedule(tx, utc_now(), "plain", "p")
        await until(kit, 31)
        assert sorted(outside.begun) == [*(f"quick {n}" for n in range(5)), "slow 0", "slow 1"]
        assert outside.plain == ["p"]
        outside.open.set()
        await until(kit, 1)
        assert len(outside.begun) == 35
        assert [row["key"] for row in await rows(kit)] == ["p"], "leased jobs that are done go away"


async def test_no_transaction_is_open_while_a_leased_job_runs(parts: Any) -> None:
    outside = Outside()
    async with running(outside, parts) as kit:
        await schedule(kit, "slow", 1)
        async with asyncio.timeout(30):
            while not outside.begun:  # noqa: ASYNC110  the handler tells nobody
                await asyncio.sleep(0.02)
        async with asyncio.timeout(30), kit.deps.db.reading() as tx:
            open_transactions = (
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in%'"
            )
            while await tx.fetchval(open_transactions):  # noqa: ASYNC110  the scheduler opens some, each for a moment
                await asyncio.sleep(0.05)
        assert not outside.open.is_set()
        outside.open.set()
        await until(kit, 0)


async def test_a_lease_that_ended_is_taken_over_and_one_that_has_not_is_left(parts: Any) -> None:
    outside = Outside()
    async with a_service(outside.service(), parts) as kit:
        await schedule(kit, "quick", 1)
        async with kit.deps.db.transaction() as tx:
            await tx.execute("UPDATE jobs SET leased_until = now() + interval '1 minute'")
        assert await kit.tick() == 0
        async with kit.deps.db.transaction() as tx:
            await tx.execute("UPDATE jobs SET leased_until = now() - interval '1 second'")
        assert (await kit.tick(), outside.begun, await rows(kit)) == (1, ["quick 0"], [])


async def test_a_leased_job_that_fails_is_tried_again_later(parts: Any) -> None:
    outside = Outside()
    async with a_service(outside.service(), parts) as kit:
        await schedule(kit, "broken", 1)
        assert await kit.tick() == 1
        [row] = await rows(kit)
        assert (row["tries"], row["error"], row["leased_until"]) == (1, "LookupError('nobody there')", None)
        assert row["at"] > utc_now()


async def test_a_handler_may_ask_for_another_run(parts: Any) -> None:
    outside = Outside(again=True)
    async with a_service(outside.service(), parts) as kit:
        await schedule(kit, "quick", 1)
        assert await kit.tick() == 1
        [row] = await rows(kit)
        assert row["at"] > utc_now() + timedelta(minutes=4)
        assert (row["tries"], row["leased_until"]) == (0, None)
        assert await kit.running.scheduler.once(utc_now() + timedelta(minutes=6))


async def test_a_group_is_cancelled_but_for_the_job_that_runs(parts: Any) -> None:
    async with a_service(Outside().service(), parts) as kit:
        await schedule(kit, "a", 2)
        await schedule(kit, "b", 1)
        async with kit.deps.db.transaction() as tx:
            await tx.execute("UPDATE jobs SET leased_until = now() + interval '1 minute' WHERE key = 'a 0'")
            await cancel_group(tx, "send", "a")
        assert [row["key"] for row in await rows(kit)] == ["a 0", "b 0"]
