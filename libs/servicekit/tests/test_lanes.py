"""Lanes: order per key, together where things wait, alone where that fails."""

import asyncio
from collections.abc import Sequence

import pytest
from servicekit.lanes import Lanes


class Worker:
    """Remembers what it was given; refuses `bad` things."""

    def __init__(self) -> None:
        self.units: list[list[str]] = []

    async def together(self, things: Sequence[str]) -> list[str]:
        if any(thing.endswith("bad") for thing in things):
            raise ValueError
        self.units.append(list(things))
        await asyncio.sleep(0.01)
        return [thing.upper() for thing in things]

    async def alone(self, thing: str) -> str:
        self.units.append([thing])
        await asyncio.sleep(0.01)
        if thing.endswith("bad"):
            raise ValueError(thing)
        return thing.upper()


async def test_what_waits_is_done_together_in_the_order_it_came_and_what_is_large_alone() -> None:
    worker = Worker()
    lanes = Lanes(worker.together, worker.alone, lanes=1, most=3, room=100)
    sizes = {"a": 1, "b": 1, "c": 1, "d": 1, "large": 101, "e": 1}
    done = await asyncio.gather(*(lanes.do(name, name, size) for name, size in sizes.items()))
    assert done == ["A", "B", "C", "D", "LARGE", "E"]
    assert worker.units == [["a", "b", "c"], ["d"], ["large"], ["e"]]


async def test_one_that_fails_leaves_the_others_their_results() -> None:
    worker = Worker()
    lanes = Lanes(worker.together, worker.alone, lanes=2)
    keys = ("k", "k", "k", "k")
    done = await asyncio.gather(*map(lanes.do, keys, ("1", "2bad", "3", "4"), (1,) * 4), return_exceptions=True)
    assert [done[0], done[2], done[3]] == ["1", "3", "4"]
    assert isinstance(done[1], ValueError)
    assert worker.units == [["1"], ["2bad"], ["3"], ["4"]]
    with pytest.raises(ValueError, match="5bad"):
        await lanes.do("k", "5bad", 1)
