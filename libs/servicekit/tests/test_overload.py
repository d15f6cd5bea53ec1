"""More work than connections to the database: requests wait a bounded time, and no kind of work starves another."""

import asyncio
import time
from typing import Any

from contracts.identity import CardRevokedV1
from pydantic import BaseModel
from servicekit.auth import ANYONE
from servicekit.bus import EventHandlers
from servicekit.db import Tx
from servicekit.http import Api, Request
from servicekit.ids import new_id, utc_now
from servicekit.service import Service
from servicekit.testing import a_service

POOL = 4


class Done(BaseModel):
    """The end of a long request."""

    done: bool = True


def a_slow_service() -> Service:
    api, on_event = Api("identity"), EventHandlers()

    @api.get("/rest/{milliseconds}", may=ANYONE)
    async def rest(request: Request, milliseconds: int) -> Done:
        """Keep a connection."""
        async with request.deps.db.transaction() as tx:
            await tx.execute("SELECT pg_sleep($1)", milliseconds / 1000)
        return Done()

    @on_event(CardRevokedV1)
    async def on_revoked(deps: Any, tx: Tx, event: CardRevokedV1) -> None:
        await tx.execute("SELECT pg_sleep($1)", float(event.reason))

    return Service("identity", "toy", api, on_event)


def event(seconds: float) -> CardRevokedV1:
    """An event whose handler takes so long."""
    return CardRevokedV1(card_id=new_id(), account_id=new_id(), at=utc_now(), reason=str(seconds))


async def test_requests_wait_a_bounded_time_and_are_asked_to_come_again_at_different_times(parts: Any) -> None:
    async with a_service(a_slow_service(), parts, database_pool=POOL, database_wait_seconds=0.3) as kit:
        begun = time.monotonic()
        long = [asyncio.create_task(kit.anonymous.get("/rest/1500")) for _ in range(POOL)]
        await asyncio.sleep(0.1)
        more = await asyncio.gather(*(kit.anonymous.get("/rest/1") for _ in range(40)))
        assert time.monotonic() - begun < 1.2
        assert {answer.status for answer in more} == {503}
        assert {answer.code for answer in more} == {"busy"}
        after = {int(answer.headers["Retry-After"]) for answer in more}
        assert len(after) > 1
        assert after <= set(range(1, 6))
        assert all(answer.json["retry_after"] == int(answer.headers["Retry-After"]) for answer in more)

        handling = time.monotonic()
        assert await kit.receive(event(0)) is True  # events go on, whatever requests do
        assert (await kit.anonymous.get("/readyz")).status == 200  # the process can serve: it must not be taken away
        assert time.monotonic() - handling < 0.5
        ends = [answer.status for answer in await asyncio.gather(*long)]
        assert sorted(ends) == [200] * (POOL - 1) + [503]
        assert (await kit.anonymous.get("/rest/1")).status == 200
        shown = (await kit.anonymous.get("/metrics")).body.decode()
        assert 'zp_database_busy_total{caller="request"} ' in shown


async def test_many_long_events_leave_connections_to_requests(parts: Any) -> None:
    async with a_service(a_slow_service(), parts, database_pool=POOL, database_wait_seconds=0.3) as kit:
        events = [asyncio.create_task(kit.receive(event(1.0))) for _ in range(3 * POOL)]
        await asyncio.sleep(0.2)
        begun = time.monotonic()
        assert [(await kit.anonymous.get("/rest/1")).status for _ in range(5)] == [200] * 5
        assert time.monotonic() - begun < 0.8
        for waiting in events:
            waiting.cancel()
        await asyncio.gather(*events, return_exceptions=True)
