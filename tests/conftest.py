"""The platform and the test worlds on it, each made once for all suites below this folder."""

from collections.abc import AsyncIterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import pytest_asyncio
from demo.world import World
from stack import testing
from stack.platform import Platform

from tests.world import build, schemes
from tests.world.region import Region


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The first test that needs the platform, a world or a region also waits until it is made, minutes on a busy machine."""
    for item in items:
        if Path(__file__).parent in item.path.parents and item.get_closest_marker("timeout") is None:
            item.add_marker(pytest.mark.timeout(600))


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def platform() -> AsyncIterator[Platform]:
    """The whole platform, with the schemes of the repository, made-up ones, and one with every role."""
    with pytest.MonkeyPatch.context() as settings, TemporaryDirectory() as folder:
        schemes.write(Path(folder))
        settings.setenv("ZP_SCHEMES", folder)
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
