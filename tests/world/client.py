"""Requests through the gateway by anybody, with any bytes; every answer comes back as it is."""

import io
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp
from demo.client import Gateway, Refused, User
from demo.world import World

PROBLEM = "application/problem+json"


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: Any
    content: bytes

    @property
    def json(self) -> Any:
        """The body, parsed."""
        return json.loads(self.content)

    @property
    def code(self) -> str | None:
        """The stable code of a problem document; None where it is none, which is itself a finding."""
        return str(self.json["code"]) if self.headers.get("Content-Type") == PROBLEM else None

    @property
    def fields(self) -> set[str]:
        """The fields that the problem document names."""
        return {str(error["field"]) for error in self.json.get("errors", ())} | {str(self.json.get("field"))}


@dataclass
class Client:
    """Sends requests to the gateway. Unlike the demo's client it returns refusals, and never tries again."""

    world: World
    http: aiohttp.ClientSession

    async def ask(
        self,
        who: User | str | None,
        method: str,
        path: str,
        body: Any = None,
        /,
        *,
        data: bytes | None = None,
        headers: dict[str, str] | None = None,
        **query: Any,
    ) -> Answer:
        """One request. `who`: a person, a token as it is, or nobody; `path` below /api, or whole where it begins with http."""
        sent = dict(headers or {})
        if who is not None:
            sent.setdefault("Authorization", f"Bearer {who if isinstance(who, str) else await access_token(who)}")
        if data is not None:
            sent.setdefault("Content-Type", "application/json")
        url = path if path.startswith("http") else f"{self.world.gateway.base}/api{path}"
        params = {name: str(value) for name, value in query.items() if value is not None}
        content = io.BytesIO(data) if data is not None else None
        json_body = body if data is None else None
        async with self.http.request(method, url, json=json_body, data=content, params=params, headers=sent) as answer:
            return Answer(answer.status, answer.headers.copy(), await answer.read())


async def access_token(user: User) -> str:
    """A valid access token of this user; renews the session if it has expired."""
    await user.get("/identity/me")
    return str(user.session["access_token"])


@asynccontextmanager
async def connected(world: World) -> AsyncIterator[Client]:
    """A client of the gateway; the world's users can send requests again while it is open."""
    again = Gateway.to(world.gateway.base)
    world.gateway.http = again.http
    try:
        yield Client(world, again.http)
    finally:
        await again.http.close()


async def refusal_code(call: Any) -> str:
    """The code with which a call of the demo's client is refused; `done` where it is not."""
    try:
        await call
    except Refused as refused:
        return refused.code
    return "done"
