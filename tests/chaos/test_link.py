"""The proxy between two parts: whenever a fault is cancelled, the link can be restored."""

import asyncio

import pytest
from chaos.link import Cut, Link
from stack import ports


@pytest.mark.parametrize("steps", range(6))
async def test_a_link_whose_restoring_was_cancelled_is_restored_the_next_time(steps: int) -> None:
    link = Link("records-nats")
    await link.open(frozenset())
    await link.cut(Cut.REFUSE)
    restoring = asyncio.create_task(link.restore())
    for _ in range(steps):
        await asyncio.sleep(0)
    restoring.cancel()
    await asyncio.gather(restoring, return_exceptions=True)
    await asyncio.gather(link.restore(), link.restore())
    _, writer = await asyncio.open_connection(ports.LOOPBACK, link.port)
    assert not writer.is_closing(), "the link listens again"
    writer.close()
    await link.close()
