"""The town, once for all tests here, on the platform that all tests share."""

from collections.abc import AsyncIterator

import pytest_asyncio
from stack.platform import Platform

from . import history, town
from .asking import Asker


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def asker(platform: Platform) -> AsyncIterator[Asker]:
    """The town with its past, and everybody in it with a token."""
    place = await town.settle(platform)
    await history.live(place)
    async with place.world.gateway.http as http:
        asker = Asker(place, http)
        await asker.ready()
        yield asker
