"""Fixtures with real servers for the tests of every member; pytest finds them where this package is installed."""

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import pytest_asyncio

if TYPE_CHECKING:
    from stack.testing import Parts


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def parts() -> "AsyncIterator[Parts]":
    """PostgreSQL, the bus and storage, started when the first test asks, shared by the whole run."""
    from stack import testing  # most runs of rules need no server

    async with testing.parts() as running:
        yield running
