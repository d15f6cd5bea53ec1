"""One warm PDF renderer for all tests of archive: starting one takes longer than everything they print."""

from collections.abc import AsyncIterator

import pytest_asyncio

from .school import RENDERER


@pytest_asyncio.fixture(scope="session", loop_scope="session", autouse=True)
async def _renderer() -> AsyncIterator[None]:
    yield
    await RENDERER.close()
