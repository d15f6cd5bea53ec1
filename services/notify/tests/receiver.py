"""An outside system on a real socket: takes webhooks and does with them what a test says."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer


@dataclass
class Receiver:
    """`does`: ok, fail, hang, redirect, gone, drip; what came is kept."""

    server: "TestServer"
    does: str = "ok"
    came: list[tuple[Mapping[str, str], bytes]] = field(default_factory=list)
    elsewhere: int = 0
    """How often somebody followed the redirect."""
    waits: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def url(self) -> str:
        """Where it listens."""
        return str(self.server.make_url("/hook"))

    async def take(self, request: web.Request) -> web.StreamResponse:
        """One webhook."""
        self.came.append((request.headers.copy(), await request.read()))
        match self.does:
            case "fail":
                return web.Response(status=500, text="no")
            case "gone":
                return web.Response(status=410)
            case "redirect":
                return web.Response(status=307, headers={"Location": str(self.server.make_url("/elsewhere"))})
            case "hang":
                await self.waits.wait()
            case "drip":
                answer = web.StreamResponse()
                await answer.prepare(request)
                for _ in range(100_000):
                    if self.waits.is_set():
                        break
                    await answer.write(b"x" * 65536)
                return answer
        return web.Response(status=204)

    async def other(self, _: web.Request) -> web.Response:
        """Where nobody should come."""
        self.elsewhere += 1
        return web.Response()


@asynccontextmanager
async def a_receiver(does: str = "ok") -> AsyncIterator[Receiver]:
    """An outside system that listens on this machine."""
    app = web.Application()
    server: Any = TestServer(app)
    found = Receiver(server, does)
    app.router.add_post("/hook", found.take)
    app.router.add_route("*", "/elsewhere", found.other)
    await server.start_server()
    try:
        yield found
    finally:
        found.waits.set()
        await server.close()
