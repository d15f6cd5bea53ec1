"""Paired rounds (A B A B), so that other load of the machine affects both alike."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Measured:
    """One round: operations a second, CPU milliseconds of one, and the median of their milliseconds where measured."""

    rate: float
    cpu: float
    p50: float | None = None


async def paired[A, B](
    rounds: int, ours: Callable[[], Awaitable[A]], baseline: Callable[[], Awaitable[B]]
) -> list[tuple[A, B]]:
    """Run both in turns; every other round begins with the other one, so that neither always runs second."""
    found: list[tuple[A, B]] = []
    for turn in range(rounds):
        if turn % 2 == 0:
            first = await ours()
            found.append((first, await baseline()))
        else:
            second = await baseline()
            found.append((await ours(), second))
    return found


def percentile(values: Sequence[float], part: float) -> float:
    """The percentile `part` (0 to 1); the largest value for 1."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * part))]
