"""One warm press for all tests of archive: starting one takes longer than everything they print."""

import asyncio
from collections.abc import AsyncIterator

import pytest_asyncio

from .school import PRESS


@pytest_asyncio.fixture(scope="session", loop_scope="session", autouse=True)
async def _press() -> AsyncIterator[None]:
    yield
    await asyncio.to_thread(PRESS.close)
