"""Listens to the live stream of messages (server-sent events), and resumes after interruptions."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from demo.client import Refused, User


@dataclass
class Received:
    """The messages received by one user."""

    messages: list[dict[str, Any]] = field(default_factory=list)
    last_id: str | None = None


async def _listen(user: User, received: Received) -> None:
    """Read the stream until cancelled. It ends with the access token: renew that once, and resume after the last event.

    Raises Refused for every answer but 200, so also where a renewed token is refused.
    """
    renewed = False
    while True:
        token = user.session["access_token"]
        headers = {"Authorization": f"Bearer {token}"}
        if received.last_id:
            headers["Last-Event-ID"] = received.last_id
        url = f"{user.gateway.base}/api/notify/stream"
        with contextlib.suppress(aiohttp.ClientError, TimeoutError):
            async with user.gateway.http.get(url, headers=headers, timeout=aiohttp.ClientTimeout(total=None)) as answer:
                if answer.status == 401 and not renewed:
                    renewed = True
                    await user.renew(token)
                    continue
                if answer.status != 200:
                    text = (await answer.read())[:300].decode(errors="replace")
                    raise Refused(answer.status, {"code": "stream_refused", "detail": text}, "GET /notify/stream")
                renewed = False
                await _read(answer, received)
        await asyncio.sleep(0.2)


async def _read(answer: aiohttp.ClientResponse, received: Received) -> None:
    condition: dict[str, str] = {}
    async for raw in answer.content:
        line = raw.decode().rstrip("\r\n")
        if line:
            name, _, value = line.partition(":")
            condition[name] = value.removeprefix(" ")
            continue
        if condition.get("id"):
            received.last_id = condition["id"]
        if condition.get("event") == "message":
            received.messages.append(json.loads(condition["data"]))
        condition = {}


@asynccontextmanager
async def listening(*users: User) -> AsyncIterator[list[Received]]:
    """Listen for all of these while inside. A stream that is refused ends the block with an exception group."""
    received = [Received() for _ in users]
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(_listen(*pair)) for pair in zip(users, received, strict=True)]
        await asyncio.sleep(0.3)
        yield received
        for task in tasks:
            task.cancel()
