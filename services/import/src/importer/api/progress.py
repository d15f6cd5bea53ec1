"""Server-sent events about one batch until nothing more happens; a checked batch may still be committed, in another tab too.

Each event has the whole state, and an id that differs for each state. A client that reconnects with `Last-Event-ID` gets
only what is new, and `204` if that was the last state: browsers then stop reconnecting.
"""

from collections.abc import Awaitable, Callable
from uuid import UUID

from aiohttp import web
from servicekit.http import Request, event_stream

from importer.domain import Batch
from importer.store.batches import CHANNEL
from importer.views import Progress


async def follow(request: Request, batch_id: UUID, read: Callable[[], Awaitable[Batch]]) -> web.StreamResponse:
    """Answer with `progress` events: the state at once, then each change. `read` refuses those who may not see the batch."""
    now, sent_id = Progress.of(await read(), request.deps.now()), request.raw.headers.get("Last-Event-ID")
    if now.final and sent_id == now.id:
        return web.Response(status=204)
    async with request.deps.wakeups.watch(CHANNEL, [str(batch_id)]) as news, event_stream(request) as stream:
        while True:
            now = Progress.of(await read(), request.deps.now())
            if now.id != sent_id:
                sent_id = now.id
                await stream.send("progress", now, now.id)
            if now.final or not await stream.wait(news):
                break
    return stream.response
