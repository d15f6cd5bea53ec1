"""Processes of a real service are replaced one by one under load, as an orchestrator does: nobody notices."""

import asyncio
import time
from collections import Counter

import aiohttp
import pytest
from stack import testing

SERVICE, PROCESSES = "identity", ("identity", "identity-2")
DRAIN_SECONDS = 4.0
"""Longer than the gateway takes to notice: it asks every two seconds."""
CALLERS = 8


async def _call(web: aiohttp.ClientSession, stop: asyncio.Event, ends: Counter[str], longest: list[float]) -> None:
    while not stop.is_set():
        begun = time.monotonic()
        try:
            async with web.post("/api/identity/sessions/refresh", json={"refresh_token": "x" * 40}) as answer:
                body = await answer.json(content_type=None)
                ends[f"{answer.status} {body.get('code')}"] += 1
        except aiohttp.ClientError as fault:
            ends[repr(fault)] += 1
        longest.append(time.monotonic() - begun)
        await asyncio.sleep(0.1)


@pytest.mark.timeout(180)
async def test_a_rolling_restart_under_load_loses_no_request() -> None:
    async with (
        testing.platform(services=[SERVICE], scale={SERVICE: 2}, drain_seconds=DRAIN_SECONDS) as platform,
        aiohttp.ClientSession(platform.gateway_url) as web,
    ):
        stop, ends, longest = asyncio.Event(), Counter[str](), list[float]()
        callers = [asyncio.create_task(_call(web, stop, ends, longest)) for _ in range(CALLERS)]
        await asyncio.sleep(1)
        for name in PROCESSES:
            supervisor = platform.supervisors[name]
            port = platform.ports.chosen[name]
            stopping = asyncio.create_task(supervisor.stop())
            await asyncio.sleep(0.5)
            async with web.get(f"http://127.0.0.1:{port}/readyz") as ready:
                assert (ready.status, (await ready.json())["fault"]) == (503, "stopping")
            async with web.get(f"http://127.0.0.1:{port}/openapi.json") as served:
                assert (served.status, served.headers["Connection"]) == (200, "close")
            await stopping
            await supervisor.start()
            await asyncio.sleep(3)  # until the gateway uses it again
        stop.set()
        await asyncio.gather(*callers)
        assert set(ends) == {"401 refresh_invalid"}, ends
        assert ends.total() > 500
        assert max(longest) < 2
