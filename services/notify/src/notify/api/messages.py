"""What people read: lists, counts, marks, the live stream."""

from typing import Annotated
from uuid import UUID

from aiohttp import web
from pydantic import Field
from servicekit.auth import ANY_CARD
from servicekit.http import Api, Cursor, Page, Request
from servicekit.http.page import LIMIT, MOST, pack, unpack_id

from notify.actions import messages as actions
from notify.api import stream
from notify.views import Message, Reading, Unread

api = Api("messages")


@api.get("/messages", may=ANY_CARD)
async def list_messages(
    request: Request,
    unread: bool = False,
    cursor: Cursor | None = None,
    limit: Annotated[int, Field(ge=1, le=MOST)] = LIMIT,
) -> Page[Message]:
    """Messages whose address the token holds, newest first; `unread=true` leaves out what the account has read."""
    rows = await actions.messages(request.deps, request.actor, unpack_id(cursor), unread, limit + 1)
    items = [Message.of(row) for row in rows[:limit]]
    return Page(items=items, next=pack(items[-1].place) if len(rows) > limit else None)


@api.get("/unread", may=ANY_CARD)
async def count_unread(request: Request) -> Unread:
    """How many messages the account has not read."""
    return Unread(unread=await actions.unread(request.deps, request.actor))


@api.post("/messages/read", may=ANY_CARD, status=200)
async def mark_read(request: Request, reading: Reading) -> Unread:
    """Mark messages as read for this account; again does nothing. Answers with what is left unread."""
    return Unread(unread=await actions.mark_read(request.deps, request.actor, None if reading.all else reading.ids))


@api.get("/stream", may=ANY_CARD)
async def live(request: Request, after: UUID | None = None) -> web.StreamResponse:
    """Server-sent events: `message` (a message, new or grown; `id:` is its `place`) and `unread` (the count).

    Resumes from `Last-Event-ID` (or `after`, the newest `place` of a list); what was made within the minute before it may
    come again, under the same id. Without either it begins now. Ends with the token: come again with a fresh one.
    """
    return await stream.serve(request, after)
