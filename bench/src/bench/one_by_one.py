"""Requests of one screen, sent one at a time: the screen is there when its slowest request was answered."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from statistics import median

from bench.environment import Environment
from bench.figures import Figure
from bench.load import Call, closed_loop
from bench.rounds import percentile

WARM_UP_SECONDS = 0.2


async def slowest(
    env: Environment, benchmark: str, what: str, calls: Mapping[str, Call | Iterator[Call]], goal: float, seconds: float
) -> Figure:
    """The median milliseconds of the slowest of these requests, each measured for `seconds`; a `Call` is repeated."""
    took: dict[str, float] = {}
    made_of: dict[str, float | int | str] = {}
    for name, call in calls.items():
        each = itertools.repeat(call) if isinstance(call, Call) else call
        await closed_loop(env.http, each, 1, WARM_UP_SECONDS)
        done = await closed_loop(env.http, each, 1, seconds)
        took[name] = median(done.durations) * 1000
        made_of[name] = f"{took[name]:.1f} (p95 {percentile(done.durations, 0.95) * 1000:.1f})"
    return Figure(benchmark, f"{what}, slowest request", max(took.values()), "ms", goal, "at most", made_of=made_of)
