"""How many live streams this process serves, in all and for one account."""

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import Iterator
from uuid import UUID

from servicekit.refusals import Refusal


class StreamLimits:
    """Counts open streams. An account with too many loses its oldest; a full process asks to come again."""

    def __init__(self, per_account: int, in_all: int) -> None:
        self._per_account, self._in_all = per_account, in_all
        self._endings: dict[UUID, list[asyncio.Event]] = defaultdict(list)
        self.open = 0

    @contextlib.contextmanager
    def admit(self, account_id: UUID) -> Iterator[asyncio.Event]:
        """Count a stream while inside; the event is set when it has to make room. Raises Refusal `busy`."""
        if self.open >= self._in_all:
            raise Refusal("busy", retry_after=5)
        self.open += 1
        ending, own = asyncio.Event(), self._endings[account_id]
        own.append(ending)
        for oldest in own[: -self._per_account]:
            oldest.set()
        try:
            yield ending
        finally:
            self.open -= 1
            own.remove(ending)
            if not own:
                self._endings.pop(account_id, None)
