"""ZIPs that are made while they are sent."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator
from contextlib import aclosing
from datetime import datetime
from typing import cast
from weakref import WeakKeyDictionary

from stream_zip import Method, async_stream_zip

type Member = tuple[str, datetime, int, Method, AsyncIterator[bytes]]
"""Name, time, mode, how it is packed, and the bytes of a file."""

_AT_ONCE = 2
"""Chunks that are made at the same time in one process. Each holds a thread of the loop's pool while it waits for the next
file, which another thread of the same pool reads: without a limit, some downloads would wait for each other for ever."""
_limits: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Semaphore] = WeakKeyDictionary()


async def zip_chunks(members: AsyncIterable[Member]) -> AsyncGenerator[bytes]:
    """The bytes of a ZIP of these files. While a chunk is sent to a slow client, nobody else waits."""
    limit = _limits.setdefault(asyncio.get_running_loop(), asyncio.Semaphore(_AT_ONCE))
    made = cast("AsyncGenerator[bytes]", async_stream_zip(members))
    async with aclosing(made):
        while True:
            async with limit:
                chunk = await anext(made, None)
            if chunk is None:
                return
            yield chunk
