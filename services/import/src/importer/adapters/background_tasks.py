"""Tasks beside requests in this process: a limited number, cancelled when it ends. Scheduled jobs start them again."""

import asyncio
import contextlib
from collections.abc import Coroutine
from typing import Any

from servicekit import log

_log = log.get(__name__)


class BackgroundTasks:
    """Runs coroutines as tasks, at most `at_once`."""

    def __init__(self, at_once: int) -> None:
        self._at_once = at_once
        self._tasks: dict[str, asyncio.Task[None]] = {}

    @property
    def full(self) -> bool:
        """Whether nothing more may begin."""
        return len(self._tasks) >= self._at_once

    def running(self, key: str) -> bool:
        """Whether this process runs the task `key`."""
        return key in self._tasks

    def begin(self, key: str, work: Coroutine[Any, Any, None]) -> None:
        """Begin `work`; its exceptions are logged."""
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
        """Cancel all tasks."""
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.gather(*tasks, return_exceptions=True)
