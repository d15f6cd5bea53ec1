"""Callers: so many at once for so long (closed loop), or so many a second whatever the answers do (open loop)."""

import asyncio
import itertools
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import aiohttp


class BenchError(Exception):
    """The bench itself is broken: an answer that no measurement should see."""


@dataclass(frozen=True)
class Call:
    """One request. `body` is sent as it is."""

    method: str
    url: str
    headers: dict[str, str]
    body: bytes | None = None


@dataclass
class Load:
    """What came of it: answers, the seconds it took, each answer's seconds."""

    answers: int = 0
    seconds: float = 0.0
    each: list[float] = field(default_factory=list)

    @property
    def rate(self) -> float:
        """Answers a second."""
        return self.answers / self.seconds


def client() -> aiohttp.ClientSession:
    """The one client of all measurements."""
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=0), timeout=aiohttp.ClientTimeout(total=60), cookie_jar=aiohttp.DummyCookieJar()
    )


async def send(http: aiohttp.ClientSession, call: Call) -> bytes:
    """One answer's body; BenchError where it is no success."""
    async with http.request(call.method, call.url, data=call.body, headers=call.headers) as answer:
        content = await answer.read()
        if answer.status >= 300:
            raise BenchError(f"{call.method} {call.url} → {answer.status} {content[:300]!r}")
        return content


async def flood(http: aiohttp.ClientSession, calls: Iterator[Call], at_once: int, seconds: float) -> Load:
    """`at_once` callers, each sending its next request when it has its answer."""
    load, begun = Load(), time.perf_counter()

    async def caller() -> None:
        while (sent := time.perf_counter()) - begun < seconds:
            await send(http, next(calls))
            load.answers += 1
            load.each.append(time.perf_counter() - sent)

    async with asyncio.TaskGroup() as group:
        for _ in range(at_once):
            group.create_task(caller())
    load.seconds = time.perf_counter() - begun
    return load


async def steady(
    http: aiohttp.ClientSession, calls: Iterator[Call], rate: float, count: int, done: Callable[[int, float, float], Any]
) -> None:
    """`count` requests, one every 1/`rate` s, however long answers take.

    `done(number, sent, answered)`: seconds by perf_counter.
    """
    begun = time.perf_counter()

    async def one(number: int, call: Call) -> None:
        sent = time.perf_counter()
        await send(http, call)
        done(number, sent, time.perf_counter())

    async with asyncio.TaskGroup() as group:
        for number, call in enumerate(itertools.islice(calls, count)):
            await asyncio.sleep(max(0.0, begun + number / rate - time.perf_counter()))
            group.create_task(one(number, call))
