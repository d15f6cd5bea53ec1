"""Who may grant which role in which organisation: to levels below, and to colleagues (NR-01, NR-05)."""

from contracts.base import Role, level_of, within
from servicekit.auth import Actor
from servicekit.refusals import require

ROLE_LEVELS: dict[Role, frozenset[str]] = {
    "administrator": frozenset({"province", "city", "district", "school"}),
    "recorder": frozenset({"province", "city", "district", "school"}),
    "auditor": frozenset({"province", "city", "district", "school"}),
    "principal": frozenset({"school"}),
    "class_teacher": frozenset({"class"}),
    "subject_teacher": frozenset({"school", "grade", "class"}),
}
"""The organisation levels at which each staff role exists."""


def may_grant(actor: Actor, role: Role, path: str) -> bool:
    """Operators appoint the administrators of provinces. Administrators appoint any role in their own organisation and
    administrators in all below it; a school's administrator appoints all staff of the school."""
    if actor.role == "operator":
        return role == "administrator" and level_of(path) == "province"
    if actor.role != "administrator" or not within(path, actor.path):
        return False
    return role == "administrator" or path == actor.path or actor.level == "school"


def require_grant(actor: Actor, role: Role, path: str) -> None:
    """Refuse a grant out of the actor's scope (`not_found`), of a role that does not exist at that level
    (`role_misplaced`), or of a role that the actor may not grant (`role_not_grantable`)."""
    if actor.role != "operator":
        actor.need(path)
    require(level_of(path) in ROLE_LEVELS.get(role, frozenset()), "role_misplaced", field="role", rule="SH-12")
    require(may_grant(actor, role, path), "role_not_grantable", field="role", rule="NR-05", help="请联系上一级管理员")


def require_may_create(actor: Actor, parent: str) -> None:
    """Operators create provinces; administrators create organisations below their own (NR-01)."""
    if actor.role == "operator":
        require(parent == "", "role_not_grantable", rule="NR-01", help="请使用该组织管理员的身份卡")
    else:
        actor.need(parent)
