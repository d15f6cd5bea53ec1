"""Values and rules of notify. No I/O."""

from notify.domain.messages import (
    FAMILY,
    OVERLAP,
    Handled,
    Link,
    Notification,
    Notifications,
    address_for,
    addresses_of,
    author_address,
    place_at,
    rank_of,
)

__all__ = [
    "FAMILY",
    "OVERLAP",
    "Handled",
    "Link",
    "Notification",
    "Notifications",
    "address_for",
    "addresses_of",
    "author_address",
    "place_at",
    "rank_of",
]
