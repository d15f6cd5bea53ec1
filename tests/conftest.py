"""The platform and the test worlds on it, each made once for all suites below this folder."""

from collections.abc import AsyncIterator

import pytest_asyncio
from demo.world import World
from stack import testing
from stack.platform import Platform

from tests.world import build
from tests.world.region import Region


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def platform() -> AsyncIterator[Platform]:
    """The whole platform."""
    async with testing.platform() as running:
        yield running


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def world(platform: Platform) -> World:
    """After one term of two small schools; the sessions of all users are still valid."""
    return await build.a_whole_term(platform)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def region(platform: Platform) -> AsyncIterator[Region]:
    """Four schools, with one term in each phase at the first."""
    made = await build.a_region(platform)
    yield made
    await made.world.gateway.http.close()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def school(platform: Platform) -> AsyncIterator[Region]:
    """A school that fuzzing may change; nobody else uses it."""
    made = await build.a_school(platform)
    yield made
    await made.world.gateway.http.close()
