"""Ids and time: the two things that rules are given rather than take."""

from datetime import UTC, datetime
from uuid import UUID

from uuid6 import uuid7


def new_id() -> UUID:
    """A UUIDv7: sorts by the time it was made, so that keyset pages and indexes stay warm."""
    return UUID(int=uuid7().int)


def utc_now() -> datetime:
    """Now, aware, in UTC."""
    return datetime.now(UTC)
