"""The region's users as callers."""

import pytest_asyncio

from tests.world.region import Region

from .callers import Callers


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def callers(region: Region) -> Callers:
    """Every user of the region with a token."""
    made = Callers(region, region.world.gateway.http)
    await made.prepare()
    return made
