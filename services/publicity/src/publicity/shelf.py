"""What one process keeps at hand: the things used last, so many and no more. What is kept never decides anything."""

from collections import OrderedDict
from collections.abc import Hashable


class Shelf[K: Hashable, V]:
    """Values by key; the one not asked for the longest makes room."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._held: OrderedDict[K, V] = OrderedDict()

    def get(self, key: K) -> V | None:
        """What is kept, or None."""
        found = self._held.get(key)
        if found is not None:
            self._held.move_to_end(key)
        return found

    def put(self, key: K, value: V) -> V:
        """Keep it."""
        self._held[key] = value
        self._held.move_to_end(key)
        if len(self._held) > self._most:
            self._held.popitem(last=False)
        return value
