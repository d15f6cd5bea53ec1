"""Ids and time: the two things that rules are given rather than take."""

from datetime import UTC, datetime
from uuid import UUID

from uuid_utils.compat import uuid7


def new_id() -> UUID:
    """A UUIDv7: sorts by the time it was made (in one process without a tie), so that pages and indexes stay warm."""
    return uuid7()


def utc_now() -> datetime:
    """Now, aware, in UTC."""
    return datetime.now(UTC)
