"""A batcher that keeps order per key: items of one key run in order; items that wait meanwhile run as one batch."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from zlib import crc32

from servicekit import log

_log = log.get(__name__)


class KeyedBatcher[T, R]:
    """`batch` processes several items as one unit (all or nothing); if that fails, `single` processes each by itself.

    Nothing waits for a batch to fill: a queue takes what is there when it is free. A batch holds at most `max_items`
    items and about `max_bytes` bytes, so that a large item runs by itself.
    """

    def __init__(
        self,
        batch: Callable[[Sequence[T]], Awaitable[Sequence[R]]],
        single: Callable[[T], Awaitable[R]],
        *,
        queues: int,
        max_items: int = 32,
        max_bytes: int = 64 * 1024,
    ) -> None:
        self._batch, self._single, self._max_items, self._max_bytes = batch, single, max_items, max_bytes
        self._waiting: list[deque[tuple[T, int, asyncio.Future[R]]]] = [deque() for _ in range(queues)]
        self._tasks: list[asyncio.Task[None] | None] = [None] * queues

    async def submit(self, key: str, item: T, size: int) -> R:
        """Process the item after earlier items of the same key, and return its result. `size` in bytes."""
        number = (crc32(key.encode()) >> 16) % len(
            self._waiting
        )  # the low bits hardly differ between keys that differ in their last digit
        done: asyncio.Future[R] = asyncio.get_running_loop().create_future()
        self._waiting[number].append((item, size, done))
        if (task := self._tasks[number]) is None or task.done():
            self._tasks[number] = asyncio.create_task(self._work(self._waiting[number]))
        return await done

    async def _work(self, queue: deque[tuple[T, int, asyncio.Future[R]]]) -> None:
        while queue:
            taken, room = [queue.popleft()], self._max_bytes
            room -= taken[0][1]
            while queue and len(taken) < self._max_items and queue[0][1] <= room:
                room -= queue[0][1]
                taken.append(queue.popleft())
            if len(taken) > 1:
                try:
                    results = await self._batch([item for item, _, _ in taken])
                except Exception as fault:
                    _log.info("batch_failed", items=len(taken), error=repr(fault))  # the items run one by one below
                else:
                    for (_, _, done), result in zip(taken, results, strict=True):
                        _settle(done, result)
                    continue
            for item, _, done in taken:
                try:
                    _settle(done, await self._single(item))
                except Exception as fault:
                    if not done.done():
                        done.set_exception(fault)


def _settle[R](done: asyncio.Future[R], result: R) -> None:
    if not done.done():  # its waiter may have been cancelled
        done.set_result(result)
