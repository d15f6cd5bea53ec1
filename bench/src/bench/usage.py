"""What processes use: processor time, which a noisy machine stretches less than the clock, and memory."""

from collections.abc import Iterable
from dataclasses import dataclass

import psutil


@dataclass(frozen=True)
class Memory:
    """In MiB. `rss` counts shared pages in full, `pss` by share; children counted in."""

    rss: float
    pss: float


def _family(pid: int) -> list[psutil.Process]:
    process = psutil.Process(pid)
    return [process, *process.children(recursive=True)]


def cpu_seconds(pids: Iterable[int]) -> float:
    """Processor seconds so far of these processes and their children, living or gone."""
    total = 0.0
    for pid in pids:
        for process in _family(pid):
            try:
                times = process.cpu_times()
            except psutil.NoSuchProcess:
                continue
            total += times.user + times.system + times.children_user + times.children_system
    return total


def memory(pid: int) -> Memory:
    """Of a process and its children."""
    rss = pss = 0
    for process in _family(pid):
        found = process.memory_full_info()
        rss += found.rss
        pss += getattr(found, "pss", found.rss)
    return Memory(rss / 2**20, pss / 2**20)
