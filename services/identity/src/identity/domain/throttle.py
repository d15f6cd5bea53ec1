"""How long to wait after failed sign-ins. Pure: counts and times in, seconds out.

Counted per account and caller's address: an attacker elsewhere never makes the holder wait. What is refused while
waiting is not counted, so nobody prolongs a wait by hammering. Failures against one account from everywhere only slow
the answers down.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

FREE = 5
LONGEST = 60.0
FORGET = timedelta(hours=1)
SLOW_FROM = 20
SLOWEST = 2.0


@dataclass(frozen=True)
class Failures:
    """So many, the last one then."""

    count: int
    last_at: datetime


def wait(failures: Failures | None, now: datetime) -> float:
    """Seconds until this address may try this account again; 0: now."""
    if failures is None or now - failures.last_at >= FORGET or failures.count < FREE:
        return 0.0
    pause = min(LONGEST, 2.0 ** (failures.count - FREE))
    return max(0.0, pause - (now - failures.last_at).total_seconds())


def slow_down(failures: Failures | None, now: datetime) -> float:
    """Seconds by which the answer is held back, when an account is tried from many addresses."""
    if failures is None or now - failures.last_at >= FORGET or failures.count < SLOW_FROM:
        return 0.0
    return min(SLOWEST, 0.1 * (failures.count - SLOW_FROM + 1))
