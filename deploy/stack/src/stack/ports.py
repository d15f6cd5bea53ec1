"""Finds free TCP ports on loopback. One that was given away is not given again, to this process or another, while its
server is still on the way."""

import os
import random
import socket
import sys
from collections import deque

LOOPBACK = "127.0.0.1"
_RANGE = range(20000, 32000)  # below the kernel's own choice for outgoing connections, so that none is taken in between
_HELD = 200
_held: deque[tuple[int, int]] = deque()
"""What this process gave away lately, the oldest first: by then those servers listen, or are gone."""


def is_free(port: int) -> bool:
    """True when a server could listen on `port` of the loopback address now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def pick(preferred: int | None = None, taken: frozenset[int] = frozenset()) -> int:
    """Return `preferred` if it is free, else some free port that is not in `taken`.

    Raises OSError when none is found.
    """
    ours = {port for port, _ in _held}
    if preferred is not None and preferred not in taken and is_free(preferred) and (preferred in ours or _hold(preferred)):
        return preferred
    for _ in range(200):
        port = random.SystemRandom().choice(_RANGE)
        if port not in taken and port not in ours and is_free(port) and _hold(port):
            return port
    raise OSError("no free port between 20000 and 31999")


def _hold(port: int) -> bool:
    """Mark a port as given away; False where another process did. The mark is a name that ends with us (Linux only)."""
    mark = -1
    if sys.platform == "linux":
        named = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            named.bind(f"\0zongping-port-{port}")
        except OSError:
            named.close()
            return False
        mark = named.detach()
    _held.append((port, mark))
    if len(_held) > _HELD and (oldest := _held.popleft()[1]) >= 0:
        os.close(oldest)
    return True


def pick_many(count: int) -> list[int]:
    """Return `count` different free ports."""
    return [pick() for _ in range(count)]
