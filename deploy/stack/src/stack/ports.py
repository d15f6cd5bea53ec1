"""Finds free TCP ports on loopback."""

import random
import socket

LOOPBACK = "127.0.0.1"
_RANGE = range(20000, 32000)  # below the kernel's own choice for outgoing connections, so that none is taken in between


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
    if preferred is not None and preferred not in taken and is_free(preferred):
        return preferred
    for _ in range(200):
        port = random.SystemRandom().choice(_RANGE)
        if port not in taken and is_free(port):
            return port
    raise OSError("no free port between 20000 and 31999")


def pick_many(count: int) -> list[int]:
    """Return `count` different free ports."""
    chosen: list[int] = []
    for _ in range(count):
        chosen.append(pick(taken=frozenset(chosen)))
    return chosen
