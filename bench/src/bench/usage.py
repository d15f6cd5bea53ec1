"""CPU time and memory of processes. CPU time varies less than wall-clock time on a busy machine."""

from collections.abc import Iterable
from dataclasses import dataclass

import psutil


@dataclass(frozen=True)
class Memory:
    """In MiB, including children. `rss` counts shared pages fully, `pss` by share."""

    rss: float
    pss: float


def _process_tree(pid: int) -> list[psutil.Process]:
    process = psutil.Process(pid)
    return [process, *process.children(recursive=True)]


def cpu_seconds(pids: Iterable[int]) -> float:
    """CPU seconds so far of these processes and their children, including ended ones."""
    total = 0.0
    for pid in pids:
        for process in _process_tree(pid):
            try:
                times = process.cpu_times()
            except psutil.NoSuchProcess:
                continue
            total += times.user + times.system + times.children_user + times.children_system
    return total


def memory(pid: int) -> Memory:
    """Memory of a process and its children."""
    rss = pss = 0
    for process in _process_tree(pid):
        found = process.memory_full_info()
        rss += found.rss
        pss += getattr(found, "pss", found.rss)
    return Memory(rss / 2**20, pss / 2**20)
