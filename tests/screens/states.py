"""The states of a screen, made by what the browser gets for its requests. Sign-in and schemes are answered in all of them."""

import json
import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from playwright.async_api import BrowserContext, Error, Route

STATES = ("content", "loading", "empty", "offline", "failed")
_FRAME = re.compile(r"/api/(identity/(sessions|sign-in)|\w+/schemes/|notify/(stream|unread))")
"""What the frame of all screens needs."""
_KEPT = {"terms", "windows", "now", "next", "cards", "dimensions", "groups", "tiles"}
"""Lists that say what the school has and when, not what somebody entered."""
_COUNTS = {"total", "count", "done", "of", "unread"}
_FAULT = {
    "type": "about:blank",
    "title": "平台内部出错",
    "status": 500,
    "code": "internal",
    "request_id": "7f3a204816",
}


def emptied(answer: Any) -> Any:
    """An answer of a service with nothing in its lists and nothing counted, but with all its members."""
    if isinstance(answer, list):
        return []
    if not isinstance(answer, dict):
        return answer
    return {
        name: value
        if name in _KEPT
        else 0
        if name in _COUNTS and isinstance(value, int) and not isinstance(value, bool)
        else emptied(value)
        for name, value in answer.items()
    }


@dataclass
class Network:
    """What a context's requests to the services are answered."""

    state: str = "content"
    held: list[Route] = field(default_factory=list)

    async def watch(self, context: BrowserContext) -> None:
        """From now on, every request to a service is answered as the state says."""
        await context.route(re.compile(r"/api/"), self._answer)

    async def turn(self, state: str) -> None:
        """Change the state. What was held is given up."""
        self.state = state
        held, self.held = self.held, []
        for route in held:
            try:
                await route.abort()
            except Error:  # Its page is gone, and the request with it.
                continue

    async def _answer(self, route: Route) -> None:
        path = urlsplit(route.request.url).path
        if self.state == "content" or _FRAME.match(path):
            await route.continue_()
        elif self.state == "loading":
            self.held.append(route)
        elif self.state == "offline":
            await route.abort("internetdisconnected")
        elif self.state == "failed":
            await route.fulfill(status=500, content_type="application/problem+json", body=json.dumps(_FAULT))
        else:
            answer = await route.fetch()
            if route.request.method == "GET" and "json" in answer.headers.get("content-type", ""):
                await route.fulfill(response=answer, json=emptied(await answer.json()))
            else:
                await route.fulfill(response=answer)
