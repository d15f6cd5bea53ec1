"""Work in lanes: what has the same key is done in the order it came; what waits in a lane meanwhile is done together."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from zlib import crc32

from servicekit import log

_log = log.get(__name__)


class Lanes[T, R]:
    """`together` does several things as one unit (all or nothing); where that fails, `alone` does each for itself.

    Nothing waits for company: a lane takes what is there when it is free. A unit is at most `most` things and about
    `room` bytes, so that one that is large anyway is alone.
    """

    def __init__(
        self,
        together: Callable[[Sequence[T]], Awaitable[Sequence[R]]],
        alone: Callable[[T], Awaitable[R]],
        *,
        lanes: int,
        most: int = 32,
        room: int = 64 * 1024,
    ) -> None:
        self._together, self._alone, self._most, self._room = together, alone, most, room
        self._waiting: list[deque[tuple[T, int, asyncio.Future[R]]]] = [deque() for _ in range(lanes)]
        self._tasks: list[asyncio.Task[None] | None] = [None] * lanes

    async def do(self, key: str, thing: T, size: int) -> R:
        """The result for this thing, after everything of the same key that came before. `size` in bytes."""
        number = (crc32(key.encode()) >> 16) % len(self._waiting)  # its last bits are alike for keys that end in 0 to 3
        done: asyncio.Future[R] = asyncio.get_running_loop().create_future()
        self._waiting[number].append((thing, size, done))
        if (task := self._tasks[number]) is None or task.done():
            self._tasks[number] = asyncio.create_task(self._work(self._waiting[number]))
        return await done

    async def _work(self, lane: deque[tuple[T, int, asyncio.Future[R]]]) -> None:
        while lane:
            taken, room = [lane.popleft()], self._room
            room -= taken[0][1]
            while lane and len(taken) < self._most and lane[0][1] <= room:
                room -= lane[0][1]
                taken.append(lane.popleft())
            if len(taken) > 1:
                try:
                    results = await self._together([thing for thing, _, _ in taken])
                except Exception as fault:
                    _log.info("not_together", things=len(taken), error=repr(fault))  # each says what is wrong with it below
                else:
                    for (_, _, done), result in zip(taken, results, strict=True):
                        _settle(done, result)
                    continue
            for thing, _, done in taken:
                try:
                    _settle(done, await self._alone(thing))
                except Exception as fault:
                    if not done.done():
                        done.set_exception(fault)


def _settle[R](done: asyncio.Future[R], result: R) -> None:
    if not done.done():  # who waited may have been cut off
        done.set_result(result)
