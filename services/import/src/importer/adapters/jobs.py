"""Work that goes on beside requests in this process: a few at a time, ended with it. What must survive is a due row."""

import asyncio
import contextlib
from collections.abc import Coroutine
from typing import Any

from servicekit import log

_log = log.get(__name__)


class Jobs:
    """Runs coroutines as tasks, at most `at_once`."""

    def __init__(self, at_once: int) -> None:
        self._at_once = at_once
        self._tasks: dict[str, asyncio.Task[None]] = {}

    @property
    def full(self) -> bool:
        """Whether nothing more may begin."""
        return len(self._tasks) >= self._at_once

    def running(self, key: str) -> bool:
        """Whether the work called `key` goes on here."""
        return key in self._tasks

    def begin(self, key: str, work: Coroutine[Any, Any, None]) -> None:
        """Begin `work`; what it raises is logged."""
        task = asyncio.create_task(self._run(key, work), name=f"job-{key}")
        self._tasks[key] = task
        task.add_done_callback(lambda _: self._tasks.pop(key, None))

    @staticmethod
    async def _run(key: str, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except Exception:
            _log.exception("job_failed", key=key)

    async def close(self) -> None:
        """End all of them."""
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.gather(*tasks, return_exceptions=True)
