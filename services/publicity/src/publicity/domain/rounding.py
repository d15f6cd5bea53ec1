"""Times of what a complainant does: only rounded ones are stored and passed on, so that none leads to a person (L-17). Pure.

Somebody who knows when a complaint was filed finds the complainant among those who were at a computer then.
"""

from datetime import datetime, timedelta

_EPOCH = datetime.fromisoformat("2000-01-01T00:00:00+00:00")


def rounded(now: datetime, seconds: int) -> datetime:
    """The last full step of so many seconds; 0: the time itself."""
    return now if seconds == 0 else now - (now - _EPOCH) % timedelta(seconds=seconds)


def next_step(now: datetime, seconds: int) -> datetime:
    """When what was done until now is passed on."""
    return rounded(now, seconds) + timedelta(seconds=seconds)
