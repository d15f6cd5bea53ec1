"""Server-sent events that follow one batch until nothing more happens by itself.

An event is the whole state and its id says which: who comes back with `Last-Event-ID` is told only what is new, and
`204` where that was the end, upon which browsers stop coming back.
"""

from collections.abc import Awaitable, Callable
from uuid import UUID

from aiohttp import web
from servicekit.http import Request, event_stream

from importer.domain import Batch
from importer.store.batches import CHANNEL
from importer.views import Progress


async def follow(request: Request, batch_id: UUID, look: Callable[[], Awaitable[Batch]]) -> web.StreamResponse:
    """Answer with `progress` events: the state at once, then each change. `look` reads, and refuses who may not see."""
    now, said = Progress.of(await look()), request.raw.headers.get("Last-Event-ID")
    if now.final and said == now.id:
        return web.Response(status=204)
    async with request.deps.wakeups.watch(CHANNEL, [str(batch_id)]) as news, event_stream(request) as stream:
        while True:
            now = Progress.of(await look())
            if now.id != said:
                said = now.id
                await stream.send("progress", now, now.id)
            if now.final or not await stream.wait(news):
                break
    return stream.response
