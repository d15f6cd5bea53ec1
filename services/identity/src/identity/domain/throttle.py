"""Rate limits after failed attempts. Pure: counts and times in, seconds out.

Signing in (JX-01): after failures a captcha is required, then answers are delayed more and more; nobody is locked out.
Failures are counted for the account from this source, for the account from everywhere, and for this source over all
accounts. A device that signed in to the account before has its own count, and only that one applies to it: failures of
strangers never slow down the holder.

Somebody who is signed in and proves their identity (taking a card, the old password) has to wait after failures; the
wait applies to this account from this source.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address, ip_network
from uuid import UUID

FREE_ATTEMPTS = 5
LONGEST_WAIT = 60.0
FORGET_AFTER = timedelta(hours=1)
RESPONSE_DELAY_FROM = 20
LONGEST_RESPONSE_DELAY = 2.0
CAPTCHA_AFTER_OWN = 5
CAPTCHA_AFTER_EVERYWHERE = 15
LONGEST_DELAY = 4.0
LONGEST_QUEUE = 12.0
"""Attempts that would wait longer than so many seconds are refused with `too_many_requests`."""


@dataclass(frozen=True)
class CaptchaAnswer:
    """A captcha's id and the answer typed."""

    id: UUID
    answer: str


@dataclass(frozen=True)
class Failures:
    """The number of failures, and the time of the last one."""

    count: int
    last_at: datetime


@dataclass(frozen=True)
class FailureCounts:
    """The failures that apply to one attempt; for a known device only `own`."""

    own: Failures | None
    everywhere: Failures | None = None
    source: Failures | None = None


def _count(failures: Failures | None, now: datetime) -> int:
    return 0 if failures is None or now - failures.last_at >= FORGET_AFTER else failures.count


def with_one_more(failures: Failures | None, at: datetime) -> Failures:
    """The count after another failure at this time, like `store.failures.count`: counts older than an hour start again."""
    return Failures(_count(failures, at) + 1, at)


def needs_captcha(counts: FailureCounts, now: datetime, captcha_after_source: int) -> bool:
    """Is a captcha required before the password is checked (JX-01)?"""
    return (
        _count(counts.own, now) >= CAPTCHA_AFTER_OWN
        or _count(counts.everywhere, now) >= CAPTCHA_AFTER_EVERYWHERE
        or _count(counts.source, now) >= captcha_after_source
    )


def evaluated_at(counts: FailureCounts, now: datetime) -> datetime | None:
    """When this attempt is evaluated: attempts of one source at one account queue. None: the queue is too long."""
    own = counts.own
    count = _count(own, now)
    at = now
    if own is not None and count >= CAPTCHA_AFTER_OWN:
        delay = min(LONGEST_DELAY, 0.25 * 2.0 ** min(count - CAPTCHA_AFTER_OWN, 10))
        at = max(now, own.last_at) + timedelta(seconds=delay)
    if (at - now).total_seconds() > LONGEST_QUEUE:
        return None
    return at + timedelta(seconds=response_delay(counts.everywhere, now))


def seconds_to_wait(failures: Failures | None, now: datetime) -> float:
    """Seconds until this source may try this account again; 0: now. Refused attempts are not counted."""
    if failures is None or _count(failures, now) < FREE_ATTEMPTS:
        return 0.0
    wait = min(LONGEST_WAIT, 2.0 ** (failures.count - FREE_ATTEMPTS))
    return max(0.0, wait - (now - failures.last_at).total_seconds())


def response_delay(failures: Failures | None, now: datetime) -> float:
    """Seconds by which the answer is delayed because the account is tried from many addresses."""
    count = _count(failures, now)
    return 0.0 if count < RESPONSE_DELAY_FROM else min(LONGEST_RESPONSE_DELAY, 0.1 * (count - RESPONSE_DELAY_FROM + 1))


def source_of(client: str) -> str:
    """The source of an address: itself for IPv4, its /64 network for IPv6 (what one customer gets)."""
    try:
        address = ip_address(client)
    except ValueError:
        return client
    if not isinstance(address, IPv6Address):
        return str(address)
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(ip_network((address, 64), strict=False))
