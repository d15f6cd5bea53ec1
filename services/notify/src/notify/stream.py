"""The live stream: server-sent events, written from the table, for as long as the token counts and somebody reads."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from datetime import datetime
from uuid import UUID

from aiohttp import web
from pydantic import TypeAdapter, ValidationError
from servicekit import log
from servicekit.http import VERIFIER, Request
from servicekit.ids import utc_now
from servicekit.refusals import Refusal

from notify.actions import messages as actions
from notify.domain import OVERLAP, place_at
from notify.views import Message, Unread

_PAGE = 200
_RETRY_MS = 2000
_GATHER = 0.03
"""Seconds in which changes gather into one look at the table."""
_log = log.get(__name__)
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
        self._sent = {place for place in self._sent if place > self._floor}

    async def unread(self) -> int:
        """The count as it is now."""
        return await actions.unread(self._deps, self._actor)


def _made_at(place: UUID) -> datetime:
    """When a message with this id was made; now, where the id says a later time, or is none of ours and says any."""
    now = utc_now()
    return datetime.fromtimestamp(min((place.int >> 80) / 1000, now.timestamp()), now.tzinfo)


async def serve(request: Request, after: UUID | None) -> web.StreamResponse:
    """Answer with the stream. It ends with the token, with the process, or when the client takes nothing any more."""
    deps, bearer = request.deps, request.bearer
    assert bearer is not None
    reader = Reader(request, begins_at(request, after))
    response = web.StreamResponse(
        headers={
            "Content-Type": "text/event-stream; charset=utf-8",
            "Cache-Control": "no-store",
            "X-Accel-Buffering": "no",
            "X-Content-Type-Options": "nosniff",
        }
    )
    async with deps.hub.seat(bearer.account_id, deps.addresses_of(request.actor)) as seat:
        await response.prepare(request.raw)
        with contextlib.suppress(ConnectionError, TimeoutError, Refusal):
            await _write(request, response, f"retry: {_RETRY_MS}\n\n")
            said: int | None = None
            while not seat.ended:
                seat.wake.clear()
                async for message in reader.news():
                    await _write(request, response, f"id: {message.place}\nevent: message\n{_data(message)}")
                count = await reader.unread()
                if count != said:
                    said = count
                    await _write(request, response, f"event: unread\n{_data(Unread(unread=count))}")
                await _pause(request, response, seat.wake, bearer.expires_at)
    return response


def _data(value: Message | Unread) -> str:
    return f"data: {value.model_dump_json()}\n\n"


async def _pause(request: Request, response: web.StreamResponse, wake: asyncio.Event, ends: datetime) -> None:
    """Wait for news, beating all the while. Raises Refusal once the token counts no longer."""
    beat = request.deps.own.heartbeat_seconds
    raw = request.raw
    token = raw.headers["Authorization"].partition(" ")[2].strip()
    for _ in range(4):  # then the table is looked at in any case
        raw.app[VERIFIER].verify(token, utc_now())
        left = (ends - utc_now()).total_seconds()
        try:
            await asyncio.wait_for(wake.wait(), max(0.0, min(beat, left)))
        except TimeoutError:
            await _write(request, response, ": beat\n\n")
        else:
            await asyncio.sleep(_GATHER)
            return


async def _write(request: Request, response: web.StreamResponse, text: str) -> None:
    transport = request.raw.transport
    if transport is None or transport.is_closing():
        raise ConnectionResetError
    try:
        async with asyncio.timeout(request.deps.own.write_seconds):
            await response.write(text.encode())
    except TimeoutError:
        _log.info("stream_too_slow")
        if request.raw.transport is not None:
            request.raw.transport.abort()  # what waits in its buffer would hold the end back
        raise
