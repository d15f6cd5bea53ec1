"""Server-sent events: aiohttp-sse writes them, sends heartbeats and drops slow clients; this module ends streams in time."""

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator

from aiohttp_sse import EventSourceResponse
from pydantic import BaseModel

from servicekit import context, log
from servicekit.context import Caller
from servicekit.http.api import Request
from servicekit.http.server import DRAINING, VERIFIER
from servicekit.ids import utc_now
from servicekit.refusals import Refusal

_RETRY = "retry: {}\n\n"
"""Milliseconds after which a browser reconnects."""
_RETRY_MILLISECONDS = 2000
_RETRY_AFTER_STOP = range(500, 5000)
"""A stopping process spreads its clients over this time."""
_DEBOUNCE_SECONDS = 0.03
"""Changes within this time are read at once."""
_HEARTBEATS = 4
"""After so many heartbeats without news the writer reads in any case."""
_log = log.get(__name__)


class EventStream:
    """An open stream; `response` is what the handler returns in the end."""

    def __init__(self, request: Request, response: EventSourceResponse, heartbeat: float, ending: asyncio.Event) -> None:
        assert request.bearer is not None
        self.response = response
        self._raw, self._expires_at, self._heartbeat, self._ending = request.raw, request.bearer.expires_at, heartbeat, ending

    async def send(self, event: str, data: BaseModel, id: str | None = None) -> None:
        """Write one event. Raises ConnectionError or TimeoutError if the client does not take it."""
        await self.response.send(data.model_dump_json(), id=id, event=event)

    async def wait(self, news: asyncio.Event) -> bool:
        """Wait for `news` and clear it. True: read again; False: the stream has to end. Raises Refusal if the token is not
        valid any more."""
        token = self._raw.headers["Authorization"].partition(" ")[2].strip()
        for _ in range(_HEARTBEATS):
            self._raw.app[VERIFIER].verify(token, utc_now())
            left = (self._expires_at - utc_now()).total_seconds()
            changed = await _wait_for_any(news, self._ending, seconds=max(0.0, min(self._heartbeat, left)))
            if self._ending.is_set() or not self.response.is_connected():
                return False
            if changed:
                await asyncio.sleep(_DEBOUNCE_SECONDS)
                break
        news.clear()
        return True


async def _wait_for_any(*events: asyncio.Event, seconds: float) -> bool:
    waits = [asyncio.create_task(event.wait()) for event in events]
    try:
        done, _ = await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        return bool(done)
    finally:
        for wait in waits:
            wait.cancel()


@contextlib.asynccontextmanager
async def event_stream(
    request: Request, *, heartbeat: float = 10.0, write_seconds: float = 10.0, ending: asyncio.Event | None = None
) -> AsyncIterator[EventStream]:
    """Respond with a stream while inside. It ends without an error when its token expires, the process stops, `ending` is
    set, a `Refusal` is raised inside, or the client is gone or reads nothing for `write_seconds`."""
    ending = ending or asyncio.Event()
    response = EventSourceResponse(sep="\n", send_timeout=write_seconds, ping_interval=heartbeat)
    response.headers.update(
        {
            "Content-Type": "text/event-stream; charset=utf-8",
            "Cache-Control": "no-store",
            "X-Content-Type-Options": "nosniff",
        }
    )
    request.deps.at_stop.append(ending.set)
    try:
        await response.prepare(request.raw)
        async with response:
            with contextlib.suppress(ConnectionError, TimeoutError):  # the first event fails again
                await response.write(_RETRY.format(_RETRY_MILLISECONDS).encode())
            context.caller.set(Caller.STREAM)
            yield EventStream(request, response, heartbeat, ending)
            if request.raw.app[DRAINING].is_set() and response.is_connected():
                await response.write(_RETRY.format(random.SystemRandom().choice(_RETRY_AFTER_STOP)).encode())
    except TimeoutError:
        _log.info("stream_too_slow")
    except (ConnectionError, Refusal):
        return
    finally:
        request.deps.at_stop.remove(ending.set)
