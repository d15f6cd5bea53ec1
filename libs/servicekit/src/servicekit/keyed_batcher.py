"""A batcher that keeps order per key: items of one key are processed in order; waiting items become one batch."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from zlib import crc32

from servicekit import log

_log = log.get(__name__)


class KeyedBatcher[T, R]:
    """`process` handles items all or nothing. If a batch of several fails, each item is processed alone.

    A free queue takes what waits; it does not wait for a batch to fill. A batch has at most `max_items` items and about
    `max_bytes` bytes, so that a large item is processed alone.
    """

    def __init__(
        self,
        process: Callable[[Sequence[T]], Awaitable[Sequence[R]]],
        *,
        queues: int,
        max_items: int = 32,
        max_bytes: int = 64 * 1024,
    ) -> None:
        self._process, self._max_items, self._max_bytes = process, max_items, max_bytes
        self._waiting: list[deque[tuple[T, int, asyncio.Future[R]]]] = [deque() for _ in range(queues)]
        self._tasks: list[asyncio.Task[None] | None] = [None] * queues

    async def submit(self, key: str, item: T, size: int) -> R:
        """Process the item after earlier items of the same key, and return its result. `size` in bytes."""
        # the low bits hardly differ between keys that differ in their last digit
        number = (crc32(key.encode()) >> 16) % len(self._waiting)
        done: asyncio.Future[R] = asyncio.get_running_loop().create_future()
        self._waiting[number].append((item, size, done))
        if (task := self._tasks[number]) is None or task.done():
            self._tasks[number] = asyncio.create_task(self._work(self._waiting[number]))
        return await done

    async def _work(self, queue: deque[tuple[T, int, asyncio.Future[R]]]) -> None:
        while queue:
            taken = [queue.popleft()]
            free = self._max_bytes - taken[0][1]
            while queue and len(taken) < self._max_items and queue[0][1] <= free:
                free -= queue[0][1]
                taken.append(queue.popleft())
            if len(taken) > 1:
                try:
                    results = await self._process([item for item, _, _ in taken])
                except Exception as fault:
                    _log.info("batch_failed", items=len(taken), error=repr(fault))  # the items run one by one below
                else:
                    for (_, _, done), result in zip(taken, results, strict=True):
                        _settle(done, result)
                    continue
            for item, _, done in taken:
                try:
                    _settle(done, (await self._process([item]))[0])
                except Exception as fault:
                    if not done.done():
                        done.set_exception(fault)


def _settle[R](done: asyncio.Future[R], result: R) -> None:
    if not done.done():  # its waiter may have been cancelled
        done.set_result(result)
