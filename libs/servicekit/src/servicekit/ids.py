"""New ids and the current time. Domain functions get both as parameters."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from uuid_utils.compat import uuid7


def new_id() -> UUID:
    """A UUIDv7: sorts by creation time (in one process strictly), so that new rows are next to each other in indexes."""
    return uuid7()


def first_id(at: datetime) -> UUID:
    """A UUIDv7 that sorts before all that are made at this time or later."""
    return UUID(int=int(at.timestamp() * 1000) << 80 | 7 << 76 | 2 << 62)


def utc_now() -> datetime:
    """Now, aware, in UTC."""
    return datetime.now(UTC)


def end_of_day(now: datetime) -> datetime:
    """The next midnight (UTC): what is stored instead of a time that nobody has to know exactly."""
    return now.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
