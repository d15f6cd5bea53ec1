"""The fixture `parts` with real servers; pytest finds it because this package is installed as a plugin."""

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import pytest_asyncio

if TYPE_CHECKING:
    from stack.testing import Parts


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def parts() -> "AsyncIterator[Parts]":
    """PostgreSQL, NATS and storage, started for the first test that needs them and shared by the whole run."""
    from stack import testing  # imported here because many test runs need no server

    async with testing.parts() as running:
        yield running
