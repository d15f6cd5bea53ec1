"""Who may reset the password of an account or disable it: those who may grant its cards (JX-16, NR-05)."""

from dataclasses import dataclass
from uuid import UUID

from contracts.base import Role, within
from servicekit.auth import Actor
from servicekit.refusals import Refusal, require

from identity.domain.authority import may_grant

_HELP = "请联系学校管理员或上一级管理员"


@dataclass(frozen=True)
class AccountScope:
    """Everything that an account gives access to."""

    staff: tuple[tuple[Role, str], ...] = ()
    """(role, org_path) of each active staff card."""
    own: tuple[tuple[UUID, str], ...] = ()
    """(student, class) of the holder's own enrolments."""
    children: tuple[tuple[UUID, str], ...] = ()
    """(student, class) of the children for whom the school registered this guardian."""

    @property
    def paths(self) -> tuple[str, ...]:
        """The org_paths of all of these."""
        return tuple(sorted({path for _, path in (*self.staff, *self.own, *self.children)}))


def may_manage(actor: Actor, scope: AccountScope) -> bool:
    """May the actor reset this account's password, or disable it?

    For staff: only actors who may grant every one of the staff cards, so that nobody gains access to more than they may
    grant. For others: the class teacher of the student or child, the school's administrator, and a student's guardian.
    """
    if scope.staff:
        return all(may_grant(actor, role, path) for role, path in scope.staff)
    if actor.role == "guardian":
        return any(student_id in actor.students for student_id, _ in scope.own)
    may_help = actor.is_("class_teacher", "school_administrator")
    return may_help and any(actor.covers(path) for _, path in (*scope.own, *scope.children))


def require_may_manage(actor: Actor, scope: AccountScope) -> None:
    """Refuse with `not_found` if the account is outside the actor's organisation, with `account_not_yours` if it is inside."""
    if may_manage(actor, scope):
        return
    in_sight = any(within(path, actor.path) for path in scope.paths) if actor.is_staff and actor.role != "operator" else False
    require(in_sight, "not_found")
    raise Refusal("account_not_yours", rule="JX-16", help=_HELP)
