"""Who gave a one-time password or a code. A grant ends when its giver loses the right to give it (L-11)."""

from dataclasses import dataclass
from typing import Self
from uuid import UUID

from contracts.base import Role, ancestor
from servicekit.auth import Actor

from identity.domain.account_scope import AccountScope, HeldCard, Help, has_right, help_of


@dataclass(frozen=True)
class Issuer:
    """The card that gave it, as it was then."""

    card_id: UUID
    role: Role
    path: str
    student_id: UUID | None = None
    """Of a guardian's card: the child."""

    @classmethod
    def of(cls, actor: Actor) -> Self:
        """From the caller of a request."""
        return cls(actor.card_id, actor.role, actor.path, next(iter(actor.students), None))

    @property
    def organisation(self) -> str:
        """The organisation for which it was given: the school, or the unit above it."""
        return ancestor(self.path, "school")

    def actor(self, capabilities: frozenset[str] | None = None) -> Actor:
        """The issuer as an actor, to ask for their rights again. `capabilities`: what their card may do now."""
        students = frozenset() if self.student_id is None else frozenset({self.student_id})
        return Actor(self.card_id, self.card_id, self.role, self.path, "", students, capabilities=capabilities)

    def still_may_help(
        self, scope: AccountScope, capabilities: frozenset[str], *, suspends: bool = False, slip: bool = False
    ) -> bool:
        """Would the issuer, with these capabilities, be allowed to give it now? `slip`: a password of a slip."""
        found = help_of(self.actor(capabilities), scope)
        return found is Help.FULL or (suspends and found is Help.SUSPENDING) or (slip and found is Help.SLIP)

    def may_activate(self, card: HeldCard) -> bool:
        """Does a password from this issuer prove this staff card?"""
        return card.student_id is None and has_right(self.actor(), card)
