"""Who changed somebody else's account or cards."""

from dataclasses import dataclass
from typing import Self
from uuid import UUID

from servicekit.auth import Actor


@dataclass(frozen=True)
class ChangedBy:
    """The acting account and card, and the org_path for which they acted. The holder is told the organisation only."""

    account_id: UUID | None
    card_id: UUID | None
    path: str | None
    client: str | None = None

    @classmethod
    def of(cls, actor: Actor, client: str) -> Self:
        """From the caller of a request."""
        return cls(actor.account_id, actor.card_id, actor.path, client)


PLATFORM = ChangedBy(None, None, None)
"""The platform itself."""
