"""Listening to the live stream, as a phone does: server-sent events over fetch, resumed where they broke."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from demo.client import User


@dataclass
class ReceivedEvent:
    """What came over the stream."""

    messages: list[dict[str, Any]] = field(default_factory=list)
    last_id: str | None = None


async def _listen(user: User, heard: ReceivedEvent) -> None:
    while True:
        headers = {"Authorization": f"Bearer {user.session['access_token']}"}
        if heard.last_id:
            headers["Last-Event-ID"] = heard.last_id
        url = f"{user.gateway.base}/api/notify/stream"
        with contextlib.suppress(aiohttp.ClientError, TimeoutError):
            async with user.gateway.http.get(url, headers=headers, timeout=aiohttp.ClientTimeout(total=None)) as answer:
                if answer.status != 200:
                    return
                await _read(answer, heard)
        await asyncio.sleep(0.2)


async def _read(answer: aiohttp.ClientResponse, heard: ReceivedEvent) -> None:
    event: dict[str, str] = {}
    async for raw in answer.content:
        line = raw.decode().rstrip("\r\n")
        if line:
            name, _, value = line.partition(":")
            event[name] = value.removeprefix(" ")
            continue
        if event.get("id"):
            heard.last_id = event["id"]
        if event.get("event") == "message":
            heard.messages.append(json.loads(event["data"]))
        event = {}


@asynccontextmanager
async def listening(*users: User) -> AsyncIterator[list[ReceivedEvent]]:
    """Listen for all of these while inside."""
    heard = [ReceivedEvent() for _ in users]
    tasks = [asyncio.create_task(_listen(user, ear)) for user, ear in zip(users, heard, strict=True)]
    await asyncio.sleep(0.3)
    try:
        yield heard
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
