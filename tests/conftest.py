"""All services on real servers, and one whole term run through the gateway; shared by every test below this folder."""

from collections.abc import AsyncIterator

import pytest_asyncio
from demo.world import World
from stack import testing
from stack.platform import Platform

from demo import job

STUDENTS = 36


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def platform() -> AsyncIterator[Platform]:
    """The whole platform."""
    async with testing.platform() as running:
        yield running


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def world(platform: Platform) -> World:
    """After one term of two small schools; sessions of all its people are still good."""
    return await job.run(platform.gateway_url, 0, STUDENTS, platform.keyring.operator_password)
