"""The memory of the idle platform, and the time until it is ready."""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
import time
from pathlib import Path

from stack import plan

from bench import usage
from bench.environment import Environment
from bench.figures import Figure
from bench.load import BenchError

MEMORY_GOAL_MIB = 110.0
READY_GOAL_SECONDS = 15.0
SETTLE_SECONDS = 3.0


async def memory(env: Environment) -> list[Figure]:
    """h: the memory of every service's process and children, some seconds after all are ready."""
    await asyncio.sleep(SETTLE_SECONDS)
    found = {name: usage.memory(env.pid(name)) for name in plan.NAMES}
    largest = max(found.values(), key=lambda memory_: memory_.rss)
    each: dict[str, float | int | str] = {name: f"{memory_.rss:.0f} ({memory_.pss:.0f})" for name, memory_ in found.items()}
    what = "idle memory of the largest service, RSS; each RSS (PSS)"
    return [Figure("h", what, largest.rss, "MiB", MEMORY_GOAL_MIB, "at most", made_of=each)]


async def ready(env: Environment) -> list[Figure]:
    """i: the time of `python -m stack up --detach` in an empty folder, i.e. of `make up` without installation and demo data."""
    with tempfile.TemporaryDirectory(prefix="zp-up-") as name:
        folder = Path(name)
        await asyncio.to_thread(folder.chmod, 0o711)
        try:
            begun = time.perf_counter()
            await _stack(folder, "up", "--detach")
            seconds = time.perf_counter() - begun
        finally:
            await _stack(folder, "down")
            await _stack(folder, "forget")
    load = os.getloadavg()[0]
    env.log(f"ready in {seconds:.1f} s")
    return [Figure("i", "installed to ready", seconds, "s", READY_GOAL_SECONDS, "at most", made_of={"load before": load})]


async def _stack(folder: Path, *words: str) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "stack", "--data", str(folder / "data"), *words,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    made_of, _ = await process.communicate()
    if process.returncode != 0:
        raise BenchError(f"stack {' '.join(words)}: {made_of.decode(errors='replace')[-2000:]}")
