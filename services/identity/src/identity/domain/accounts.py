"""Whose account somebody may open anew, or close: the same people who may give its cards (JX-16, NR-05). Pure."""

from dataclasses import dataclass
from uuid import UUID

from contracts.base import Role, within
from servicekit.auth import Actor
from servicekit.refusals import Refusal, require

from identity.domain.authority import may_grant

_HELP = "请联系学校管理员或上一级管理员"


@dataclass(frozen=True)
class Held:
    """What an account stands for: staff cards in force, the holder's own places at school, the children's places."""

    staff: tuple[tuple[Role, str], ...] = ()
    own: tuple[tuple[UUID, str], ...] = ()
    """(student, class)."""
    children: tuple[tuple[UUID, str], ...] = ()
    """(student, class), as the school registered."""

    @property
    def paths(self) -> tuple[str, ...]:
        """All places."""
        return tuple(sorted({path for _, path in (*self.staff, *self.own, *self.children)}))


def may_handle(actor: Actor, held: Held) -> bool:
    """May the actor reset this account's password, or close it?

    Who is staff: only whoever may grant every one of the cards, so that nobody opens more than they may give. Else: the
    class teacher of the student or of a child, the school's administrator, and for a student the guardian.
    """
    if held.staff:
        return all(may_grant(actor, role, path) for role, path in held.staff)
    if actor.role == "guardian":
        return any(student_id in actor.students for student_id, _ in held.own)
    near = actor.is_("class_teacher", "school_administrator")
    return near and any(actor.covers(path) for _, path in (*held.own, *held.children))


def require_handle(actor: Actor, held: Held) -> None:
    """Out of sight is `not_found`; in sight, and not the actor's to open, is said so."""
    if may_handle(actor, held):
        return
    seen = any(within(path, actor.path) for path in held.paths) if actor.is_staff and actor.role != "operator" else False
    require(seen, "not_found")
    raise Refusal("account_not_yours", rule="JX-16", help=_HELP)
