"""What failed tries cost. Pure: counts and times in, seconds out.

Signing in (JX-01): failures bring first a picture to read, then answers that are held back longer and longer; nobody is
locked out. Three counts are asked: the account from this source, the account from everywhere, this source against all
accounts. A device that signed in to the account before has a count of its own and is asked for nothing because of
others: strangers' failures never reach the holder.

Proofs of identity by somebody signed in (cards, the old password) make that account wait, from that address.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address, ip_network

FREE = 5
LONGEST = 60.0
FORGET = timedelta(hours=1)
SLOW_FROM = 20
SLOWEST = 2.0
CAPTCHA_HERE = 5
CAPTCHA_EVERYWHERE = 15
LONGEST_HOLD = 4.0
LONGEST_LINE = 12.0
"""More than so many seconds in line are not waited for: come back later."""


@dataclass(frozen=True)
class Failures:
    """So many, the last one then."""

    count: int
    last_at: datetime


@dataclass(frozen=True)
class Standing:
    """What is counted against one try; a known device is held only against its own failures."""

    here: Failures | None
    everywhere: Failures | None = None
    source: Failures | None = None


def _count(failures: Failures | None, now: datetime) -> int:
    return 0 if failures is None or now - failures.last_at >= FORGET else failures.count


def one_more(failures: Failures | None, at: datetime) -> Failures:
    """With a try at that time, as the table counts it: old counts begin anew."""
    return Failures(_count(failures, at) + 1, at)


def needs_captcha(standing: Standing, now: datetime, most_of_source: int) -> bool:
    """Must a picture be read before this password is looked at (JX-01)?"""
    return (
        _count(standing.here, now) >= CAPTCHA_HERE
        or _count(standing.everywhere, now) >= CAPTCHA_EVERYWHERE
        or _count(standing.source, now) >= most_of_source
    )


def turn(standing: Standing, now: datetime) -> datetime | None:
    """When this try is looked at: tries of one source at one account stand in line. None: the line is too long."""
    here = standing.here
    count = _count(here, now)
    at = now
    if here is not None and count >= CAPTCHA_HERE:
        hold = min(LONGEST_HOLD, 0.25 * 2.0 ** min(count - CAPTCHA_HERE, 10))
        at = max(now, here.last_at) + timedelta(seconds=hold)
    if (at - now).total_seconds() > LONGEST_LINE:
        return None
    return at + timedelta(seconds=slow_down(standing.everywhere, now))


def wait(failures: Failures | None, now: datetime) -> float:
    """Seconds until this address may try this account again; 0: now. What is refused meanwhile is not counted."""
    if failures is None or _count(failures, now) < FREE:
        return 0.0
    pause = min(LONGEST, 2.0 ** (failures.count - FREE))
    return max(0.0, pause - (now - failures.last_at).total_seconds())


def slow_down(failures: Failures | None, now: datetime) -> float:
    """Seconds by which the answer is held back, when an account is tried from many addresses."""
    count = _count(failures, now)
    return 0.0 if count < SLOW_FROM else min(SLOWEST, 0.1 * (count - SLOW_FROM + 1))


def source_of(client: str) -> str:
    """What counts as one source: an IPv4 address, or the /64 that one IPv6 customer is given."""
    try:
        address = ip_address(client)
    except ValueError:
        return client
    if not isinstance(address, IPv6Address):
        return str(address)
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(ip_network((address, 64), strict=False))
