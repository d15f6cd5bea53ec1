"""Values and rules of notify. No I/O."""

from notify.domain.messages import (
    OVERLAP,
    Handled,
    Link,
    Notification,
    Notifications,
    address_for,
    addresses_of,
    place_at,
    rank_of,
)

__all__ = ["OVERLAP", "Handled", "Link", "Notification", "Notifications", "address_for", "addresses_of", "place_at", "rank_of"]
