"""Paired rounds: A B A B, so that what the machine does meanwhile hits both; medians, and the spread beside them."""

import statistics
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Ratio:
    """The median of the rounds' own ratios, with the lowest and highest."""

    median: float
    low: float
    high: float
    rounds: int


async def paired[A, B](rounds: int, ours: Callable[[], Awaitable[A]], bare: Callable[[], Awaitable[B]]) -> list[tuple[A, B]]:
    """Run both in turns; every other round begins with the other one, so that neither always runs warm."""
    found: list[tuple[A, B]] = []
    for turn in range(rounds):
        if turn % 2 == 0:
            one = await ours()
            found.append((one, await bare()))
        else:
            other = await bare()
            found.append((await ours(), other))
    return found


def ratio(pairs: Sequence[tuple[float, float]]) -> Ratio:
    """Of first to second."""
    each = [a / b for a, b in pairs]
    return Ratio(statistics.median(each), min(each), max(each), len(each))


def median(values: Sequence[float]) -> float:
    """The middle one."""
    return statistics.median(values)


def percentile(values: Sequence[float], part: float) -> float:
    """The value below which `part` (0 to 1) of all lie; the largest one for 1."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * part))]
