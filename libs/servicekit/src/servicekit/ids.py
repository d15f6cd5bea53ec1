"""New ids and the current time. Domain functions get both as parameters."""

from datetime import UTC, datetime
from uuid import UUID

from uuid_utils.compat import uuid7


def new_id() -> UUID:
    """A UUIDv7: sorts by creation time (in one process strictly), so that new rows are next to each other in indexes."""
    return uuid7()


def utc_now() -> datetime:
    """Now, aware, in UTC."""
    return datetime.now(UTC)
