"""Who of this process waits for what: one listener for all live streams, each woken only for its own addresses."""

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from uuid import UUID

from servicekit.live import Wakeups
from servicekit.refusals import Refusal

_MANY = 900
"""So many payloads at once may mean that some were dropped: then everybody looks."""


class Seat:
    """One stream's place: `wake` is set when there may be something new, `ended` when it has to go."""

    def __init__(self) -> None:
        self.wake = asyncio.Event()
        self.ended = False

    def end(self) -> None:
        """Let the stream end itself."""
        self.ended = True
        self.wake.set()


class Hub:
    """Seats by address. Wake-ups hint; the table decides, so one too many does no harm."""

    def __init__(self, wakeups: Wakeups, channel: str, per_account: int, in_all: int) -> None:
        self._wakeups, self._channel, self._per_account, self._in_all = wakeups, channel, per_account, in_all
        self._seats: dict[str, set[Seat]] = defaultdict(set)
        self._of: dict[UUID, list[Seat]] = defaultdict(list)
        self._closed = False
        self._taken = 0

    @contextlib.asynccontextmanager
    async def seat(self, account_id: UUID, addresses: Sequence[str]) -> AsyncIterator[Seat]:
        """A seat while inside. An account with too many seats loses its oldest; a full house asks to come again."""
        if self._taken >= self._in_all:
            raise Refusal("busy", retry_after=5)
        self._taken += 1
        seat, keys = Seat(), [*addresses, f"read:{account_id}"]
        own = self._of[account_id]
        own.append(seat)
        for old in own[: -self._per_account]:
            old.end()
        for key in keys:
            self._seats[key].add(seat)
        if self._closed:
            seat.end()
        try:
            yield seat
        finally:
            self._taken -= 1
            own.remove(seat)
            if not own:
                self._of.pop(account_id, None)
            for key in keys:
                self._seats[key].discard(seat)
                if not self._seats[key]:
                    del self._seats[key]

    def taken(self) -> int:
        """How many streams this process serves."""
        return self._taken

    def close(self) -> None:
        """The process stops: every stream ends, now and from now on."""
        self._closed = True
        for seats in self._of.values():
            for seat in seats:
                seat.end()

    async def run(self) -> None:
        """Pass wake-ups on until cancelled."""
        woken = self._wakeups.event(self._channel)
        async with self._wakeups.listen(self._channel) as queue:
            while True:
                await woken.wait()
                woken.clear()
                heard = queue.qsize()
                keys = {queue.get_nowait() for _ in range(heard)}
                if not 0 < heard < _MANY:  # a new connection, or too much at once: something may have been missed
                    keys = set(self._seats)
                for key in keys:
                    for seat in self._seats.get(key, ()):
                        seat.wake.set()
