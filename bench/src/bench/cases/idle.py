"""What the platform costs while nobody uses it, and how long it takes to be there."""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
import time
from pathlib import Path

from stack import plan

from bench import usage
from bench.figures import Figure
from bench.ground import Ground
from bench.load import BenchError

MEMORY = 110.0
READY = 15.0
CALM = 3.0


async def memory(ground: Ground) -> list[Figure]:
    """h: every service's own process (and children) some seconds after all are ready."""
    await asyncio.sleep(CALM)
    found = {name: usage.memory(ground.pid(name)) for name in plan.NAMES}
    most = max(found.values(), key=lambda one: one.rss)
    each: dict[str, float | int | str] = {name: f"{one.rss:.0f} ({one.pss:.0f})" for name, one in found.items()}
    what = "idle memory of the largest service, RSS; each RSS (PSS)"
    return [Figure("h", what, most.rss, "MiB", MEMORY, "at most", said=each)]


async def ready(ground: Ground) -> list[Figure]:
    """i: `python -m stack up --detach` in an empty folder: what `make up` does once it is installed, without demo data."""
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
    ground.log(f"ready in {seconds:.1f} s")
    return [Figure("i", "installed to ready", seconds, "s", READY, "at most", said={"load before": load})]


async def _stack(folder: Path, *words: str) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "stack", "--data", str(folder / "data"), *words,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    said, _ = await process.communicate()
    if process.returncode != 0:
        raise BenchError(f"stack {' '.join(words)}: {said.decode(errors='replace')[-2000:]}")
