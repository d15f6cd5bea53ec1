"""A database connection that goes silent: servicekit times out, closes the connection, and goes on."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator

import pytest_asyncio
from chaos.link import Cut, Link
from servicekit.db import Database
from servicekit.wakeups import Wakeups
from stack import testing
from stack.testing import Parts


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def parts() -> AsyncIterator[Parts]:
    async with testing.parts(only={"postgres"}) as running:
        yield running


@contextlib.asynccontextmanager
async def linked(parts: Parts) -> AsyncIterator[tuple[Link, str]]:
    """A database behind a link that can be cut."""
    url, link = await parts.fresh_database("records"), Link("records-postgres")
    await link.open(frozenset())
    try:
        yield link, link.point_to(url)
    finally:
        await link.close()


async def test_connections_to_a_silent_database_are_given_up_and_replaced(parts: Parts) -> None:
    async with linked(parts) as (link, url):
        db = await Database.connect(url, 2, seconds=1.0)
        await asyncio.gather(*(_ask(db, 0.1) for _ in range(2)))
        await link.cut(Cut.DEAD)
        ends = await asyncio.gather(*(_ask(db, 15) for _ in range(2)), return_exceptions=True)
        assert [type(end) for end in ends] == [TimeoutError, TimeoutError]
        await link.restore()
        async with asyncio.timeout(20):
            await asyncio.gather(*(_ask(db, 15) for _ in range(2)))
            await db.close()


async def test_a_caller_who_gives_up_leaves_no_connection_waiting_for_a_silent_database(parts: Parts) -> None:
    async with linked(parts) as (link, url):
        db = await Database.connect(url, 1)
        await _ask(db, 15)
        await link.cut(Cut.DEAD)
        for _ in range(2):
            with contextlib.suppress(TimeoutError):
                await _ask(db, 0.3)
        await link.restore()
        begun = time.monotonic()
        await _ask(db, 15)
        assert time.monotonic() - begun < 5
        await db.close()


async def test_locks_of_somebody_who_vanished_are_freed(parts: Parts) -> None:
    async with linked(parts) as (link, url):
        gone, here = await Database.connect(url, 1, idle=1.0), await Database.connect(link_target(url, link), 1)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(1), gone.transaction() as tx:
                await tx.execute("SELECT pg_advisory_xact_lock(7)")
                await link.cut(Cut.DEAD)
                await asyncio.sleep(9)
        async with asyncio.timeout(20), here.transaction() as tx:
            await tx.execute("SELECT pg_advisory_xact_lock(7)")
        await here.close()
        await link.restore()
        await gone.close()


def link_target(url: str, link: Link) -> str:
    """The same database without the link."""
    assert link.target is not None
    return url.replace(f":{link.port}/", f":{link.target[1]}/")


async def test_who_listens_notices_that_nobody_speaks_any_more(parts: Parts) -> None:
    async with linked(parts) as (link, url):
        db = await Database.connect(url, 2)
        wakeups = Wakeups(db)
        news = wakeups.event("news")
        running = asyncio.create_task(wakeups.run())
        async with asyncio.timeout(20):
            await news.wait()
        await link.cut(Cut.DEAD)
        await link.restore()
        news.clear()
        async with asyncio.timeout(25):
            await news.wait()  # a new connection wakes everybody once
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await db.close()


async def _ask(db: Database, seconds: float) -> int:
    async with asyncio.timeout(seconds), db.reading() as tx:
        return int(await tx.fetchval("SELECT 1"))
