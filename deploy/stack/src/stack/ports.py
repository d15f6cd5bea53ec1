"""Finds free TCP ports on loopback, and reserves them across processes until their servers listen."""

import os
import random
import socket
import sys
from collections import deque

LOOPBACK = "127.0.0.1"
_RANGE = range(20000, 32000)  # below the kernel's range for outgoing connections, so that none of those takes a port in between
_MAX_RESERVED = 200
_reserved: deque[tuple[int, int]] = deque()
"""(port, descriptor) reserved by this process, oldest first. Old ones are released: their servers listen or are gone."""


def is_free(port: int) -> bool:
    """True when `port` on loopback is free now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def pick(preferred: int | None = None, taken: frozenset[int] = frozenset()) -> int:
    """Reserve `preferred` if it is free, else a random free port that is not in `taken`.

    Raises OSError when none is found.
    """
    own_ports = {port for port, _ in _reserved}
    if (
        preferred is not None
        and preferred not in taken
        and is_free(preferred)
        and (preferred in own_ports or _reserve(preferred))
    ):
        return preferred
    for _ in range(200):
        port = random.SystemRandom().choice(_RANGE)
        if port not in taken and port not in own_ports and is_free(port) and _reserve(port):
            return port
    raise OSError("no free port between 20000 and 31999")


def _reserve(port: int) -> bool:
    """Reserve a port; False if another process has. The reservation is an abstract Unix socket (Linux only), which the kernel
    removes when this process ends."""
    descriptor = -1
    if sys.platform == "linux":
        lock_socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            lock_socket.bind(f"\0zongping-port-{port}")
        except OSError:
            lock_socket.close()
            return False
        descriptor = lock_socket.detach()
    _reserved.append((port, descriptor))
    if len(_reserved) > _MAX_RESERVED and (oldest := _reserved.popleft()[1]) >= 0:
        os.close(oldest)
    return True
