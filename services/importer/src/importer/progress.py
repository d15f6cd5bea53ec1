"""Server-sent events that follow one batch until nothing more happens by itself, the token ends, or the reader goes.

An event is the whole state and its id says which: who comes back with `Last-Event-ID` is told only what is new, and
`204` where that was the end, upon which browsers stop coming back.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from uuid import UUID

from aiohttp import web
from servicekit.http import VERIFIER, Request
from servicekit.ids import utc_now
from servicekit.refusals import Refusal

from importer.domain import Batch
from importer.store.batches import CHANNEL
from importer.views import Progress

BEAT = 10.0
"""Seconds of silence after which the stream beats, and looks in any case."""
_WRITE = 10.0
_AGAIN = 2_000
"""Milliseconds after which browsers come back."""


async def follow(request: Request, batch_id: UUID, look: Callable[[], Awaitable[Batch]]) -> web.StreamResponse:
    """Answer with `progress` events: the state at once, then each change. `look` reads, and refuses who may not see."""
    now, seen = Progress.of(await look()), request.raw.headers.get("Last-Event-ID")
    if now.final and seen == now.id:
        return web.Response(status=204)
    response = web.StreamResponse(
        headers={
            "Content-Type": "text/event-stream; charset=utf-8",
            "Cache-Control": "no-store",
            "X-Accel-Buffering": "no",
            "X-Content-Type-Options": "nosniff",
        }
    )
    async with request.deps.wakeups.listen(CHANNEL) as queue:
        ending = asyncio.Event()
        request.deps.at_stop.append(ending.set)
        try:
            await response.prepare(request.raw)
            with contextlib.suppress(ConnectionError, TimeoutError, Refusal):
                await _write_all(request, response, str(batch_id), look, queue, ending, seen)
        finally:
            request.deps.at_stop.remove(ending.set)
    return response


async def _write_all(
    request: Request,
    response: web.StreamResponse,
    key: str,
    look: Callable[[], Awaitable[Batch]],
    queue: "asyncio.Queue[str]",
    ending: asyncio.Event,
    said: str | None,
) -> None:
    await _write(response, f"retry: {_AGAIN}\n\n")
    while not ending.is_set():
        now = Progress.of(await look())
        if now.id != said:
            said = now.id
            await _write(response, f"event: progress\nid: {now.id}\ndata: {now.model_dump_json()}\n\n")
        if now.final:
            return
        if not await _news(queue, key, ending):
            await _write(response, ": beat\n\n")
        token = request.raw.headers["Authorization"].partition(" ")[2].strip()
        request.raw.app[VERIFIER].verify(token, utc_now())


async def _news(queue: "asyncio.Queue[str]", key: str, ending: asyncio.Event) -> bool:
    """Wait for a word about this batch; False when there was none for a while."""
    loop = asyncio.get_running_loop()
    until = loop.time() + BEAT
    stop = asyncio.create_task(ending.wait())
    try:
        while not stop.done() and (left := until - loop.time()) > 0:
            word = asyncio.create_task(queue.get())
            try:
                await asyncio.wait({word, stop}, timeout=left, return_when=asyncio.FIRST_COMPLETED)
                if word.done() and word.result() == key:
                    return True
            finally:
                word.cancel()
    finally:
        stop.cancel()
    return False


async def _write(response: web.StreamResponse, text: str) -> None:
    async with asyncio.timeout(_WRITE):
        await response.write(text.encode())
