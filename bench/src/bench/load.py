"""Load generators: a fixed number of callers (closed loop), or a fixed rate of requests (open loop)."""

import asyncio
import itertools
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import aiohttp


class BenchError(Exception):
    """Something could not be measured, e.g. a response was an error."""


@dataclass(frozen=True)
class Call:
    """One request."""

    method: str
    url: str
    headers: dict[str, str]
    body: bytes | None = None


@dataclass
class LoadResult:
    """The number of responses, the seconds it took, and the seconds of each response."""

    answers: int = 0
    seconds: float = 0.0
    durations: list[float] = field(default_factory=list)

    @property
    def rate(self) -> float:
        """Responses a second."""
        return self.answers / self.seconds


def client() -> aiohttp.ClientSession:
    """The HTTP client of all benchmarks."""
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=0), timeout=aiohttp.ClientTimeout(total=60), cookie_jar=aiohttp.DummyCookieJar()
    )


async def send(http: aiohttp.ClientSession, call: Call) -> bytes:
    """Send a request; returns the body. Raises BenchError if the status is not 2xx."""
    async with http.request(call.method, call.url, data=call.body, headers=call.headers) as answer:
        content = await answer.read()
        if answer.status >= 300:
            raise BenchError(f"{call.method} {call.url} → {answer.status} {content[:300]!r}")
        return content


async def closed_loop(http: aiohttp.ClientSession, calls: Iterator[Call], concurrency: int, seconds: float) -> LoadResult:
    """`concurrency` callers, each sending its next request when it has its response."""
    result, begun = LoadResult(), time.perf_counter()

    async def caller() -> None:
        while (sent := time.perf_counter()) - begun < seconds:
            await send(http, next(calls))
            result.answers += 1
            result.durations.append(time.perf_counter() - sent)

    async with asyncio.TaskGroup() as group:
        for _ in range(concurrency):
            group.create_task(caller())
    result.seconds = time.perf_counter() - begun
    return result


async def open_loop(
    http: aiohttp.ClientSession, calls: Iterator[Call], rate: float, count: int, done: Callable[[int, float, float], Any]
) -> None:
    """Send `count` requests, one every 1/`rate` s, however long responses take.

    Calls `done(number, sent, answered)` for each, with times of perf_counter.
    """
    begun = time.perf_counter()

    async def send_one(number: int, call: Call) -> None:
        sent = time.perf_counter()
        await send(http, call)
        done(number, sent, time.perf_counter())

    async with asyncio.TaskGroup() as group:
        for number, call in enumerate(itertools.islice(calls, count)):
            await asyncio.sleep(max(0.0, begun + number / rate - time.perf_counter()))
            group.create_task(send_one(number, call))
