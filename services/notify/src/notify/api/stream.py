"""The live stream: server-sent events, written from the table of messages."""

from collections.abc import AsyncIterator
from datetime import datetime
from uuid import UUID

from aiohttp import web
from pydantic import TypeAdapter, ValidationError
from servicekit.http import Request, event_stream
from servicekit.ids import utc_now
from servicekit.refusals import Refusal

from notify.actions import messages as actions
from notify.domain import OVERLAP, place_at
from notify.store.messages import CHANNEL
from notify.views import Message, Unread

_PAGE = 200
_ID: TypeAdapter[UUID] = TypeAdapter(UUID)


def begins_at(request: Request, after: UUID | None) -> UUID | None:
    """Where to resume: the `Last-Event-ID` header, or the query. Refuses an id that is not one."""
    sent = request.raw.headers.get("Last-Event-ID")
    if not sent:
        return after
    try:
        return _ID.validate_python(sent)
    except ValidationError:
        raise Refusal("malformed", field="Last-Event-ID") from None


class Reader:
    """What one stream has seen. Messages may appear behind newer ones (their transaction ended later), so each look goes
    back by `OVERLAP`, and what was already sent is left out."""

    def __init__(self, request: Request, after: UUID | None) -> None:
        self._deps, self._actor = request.deps, request.actor
        self._fresh = after is None
        self._floor = place_at((utc_now() if after is None else _made_at(after)) - OVERLAP)
        self._sent: set[UUID] = set()

    async def news(self) -> AsyncIterator[Message]:
        """Messages not sent yet, oldest first. The first look of a stream that does not resume only learns what is there."""
        looked, at = utc_now(), self._floor
        while True:
            rows = await actions.since(self._deps, self._actor, at, _PAGE)
            for row in rows:
                if row["place"] not in self._sent:
                    self._sent.add(row["place"])
                    if not self._fresh:
                        yield Message.of(row)
            if len(rows) < _PAGE:
                break
            at = rows[-1]["place"]
        self._fresh = False
        self._floor = max(self._floor, place_at(looked - OVERLAP))
        self._sent = {position for position in self._sent if position > self._floor}

    async def unread(self) -> int:
        """The count as it is now."""
        return await actions.unread(self._deps, self._actor)


def _made_at(position: UUID) -> datetime:
    """When a message with this id was made; now, where the id says a later time, or is none of ours and says any."""
    now = utc_now()
    return datetime.fromtimestamp(min((position.int >> 80) / 1000, now.timestamp()), now.tzinfo)


async def serve(request: Request, after: UUID | None) -> web.StreamResponse:
    """Answer with the stream: every new message, and the number of unread ones whenever it changes."""
    deps, actor = request.deps, request.actor
    reader = Reader(request, begins_at(request, after))
    keys = [*deps.addresses_of(actor), f"read:{actor.account_id}"]
    with deps.streams.admit(actor.account_id) as ending:
        async with (
            deps.wakeups.watch(CHANNEL, keys) as news,
            event_stream(
                request, heartbeat=deps.own.heartbeat_seconds, write_seconds=deps.own.write_seconds, ending=ending
            ) as stream,
        ):
            sent: int | None = None
            while True:
                async for message in reader.news():
                    await stream.send("message", message, str(message.place))
                count = await reader.unread()
                if count != sent:
                    sent = count
                    await stream.send("unread", Unread(unread=count))
                if not await stream.wait(news):
                    break
    return stream.response
