"""Ids and time: the two things that rules are given rather than take."""

import os
import time
from datetime import UTC, datetime
from uuid import UUID

_last = [0]


def new_id() -> UUID:
    """A UUIDv7 (RFC 9562, method 3): sorts by the time it was made, so that keyset pages and indexes stay warm.

    Milliseconds and 12 bits below them, never the same twice in a process, then 62 random bits.
    """
    whole, below = divmod(time.time_ns(), 1_000_000)
    _last[0] = at = max(whole << 12 | below * 4096 // 1_000_000, _last[0] + 1)
    random = int.from_bytes(os.urandom(8)) >> 2
    return UUID(int=(at >> 12) << 80 | 7 << 76 | (at & 4095) << 64 | 2 << 62 | random)


def utc_now() -> datetime:
    """Now, aware, in UTC."""
    return datetime.now(UTC)
