"""The keyed batcher: order per key, a batch of what waits, one by one if the batch fails."""

import asyncio
from collections.abc import Sequence

import pytest
from servicekit.keyed_batcher import KeyedBatcher


class Worker:
    """Remembers what it was given; refuses `bad` items."""

    def __init__(self) -> None:
        self.units: list[list[str]] = []

    async def batch(self, items: Sequence[str]) -> list[str]:
        bad = [item for item in items if item.endswith("bad")]
        if not bad or len(items) == 1:
            self.units.append(list(items))
            await asyncio.sleep(0.01)
        if bad:
            raise ValueError(*bad)
        return [item.upper() for item in items]


async def test_waiting_items_run_as_one_batch_in_order_and_large_ones_alone() -> None:
    worker = Worker()
    batcher = KeyedBatcher(worker.batch, queues=1, max_items=3, max_bytes=100)
    sizes = {"a": 1, "b": 1, "c": 1, "d": 1, "large": 101, "e": 1}
    done = await asyncio.gather(*(batcher.submit(name, name, size) for name, size in sizes.items()))
    assert done == ["A", "B", "C", "D", "LARGE", "E"]
    assert worker.units == [["a", "b", "c"], ["d"], ["large"], ["e"]]


async def test_one_that_fails_leaves_the_others_their_results() -> None:
    worker = Worker()
    batcher = KeyedBatcher(worker.batch, queues=2)
    keys = ("k", "k", "k", "k")
    done = await asyncio.gather(*map(batcher.submit, keys, ("1", "2bad", "3", "4"), (1,) * 4), return_exceptions=True)
    assert [done[0], done[2], done[3]] == ["1", "3", "4"]
    assert isinstance(done[1], ValueError)
    assert worker.units == [["1"], ["2bad"], ["3"], ["4"]]
    with pytest.raises(ValueError, match="5bad"):
        await batcher.submit("k", "5bad", 1)
