"""Who may grant which role where: only downwards, and to colleagues (NR-01, NR-05)."""

from contracts.base import Role, level_of, within
from servicekit.auth import Actor
from servicekit.refusals import require

PLACES: dict[Role, frozenset[str]] = {
    "administrator": frozenset({"province", "city", "district", "school"}),
    "recorder": frozenset({"province", "city", "district", "school"}),
    "auditor": frozenset({"province", "city", "district", "school"}),
    "principal": frozenset({"school"}),
    "class_teacher": frozenset({"class"}),
    "subject_teacher": frozenset({"school", "grade", "class"}),
}
"""At which levels a staff role exists."""


def may_grant(actor: Actor, role: Role, path: str) -> bool:
    """Operators make provinces' administrators. Administrators make colleagues of any role at their own place, and
    administrators anywhere below; a school's makes all staff of the school."""
    if actor.role == "operator":
        return role == "administrator" and level_of(path) == "province"
    if actor.role != "administrator" or not within(path, actor.path):
        return False
    return role == "administrator" or path == actor.path or actor.level == "school"


def require_grant(actor: Actor, role: Role, path: str) -> None:
    """Out of scope is `not_found`; a role that does not exist there, or is not the actor's to give, is said so."""
    if actor.role != "operator":
        actor.need(path)
    require(level_of(path) in PLACES.get(role, frozenset()), "role_misplaced", field="role", rule="SH-12")
    require(may_grant(actor, role, path), "role_not_grantable", field="role", rule="NR-05", help="请联系上一级管理员")


def require_founder(actor: Actor, parent: str) -> None:
    """Operators found provinces; administrators found what is below their own place (NR-01)."""
    if actor.role == "operator":
        require(parent == "", "role_not_grantable", rule="NR-01", help="请使用该组织管理员的身份卡")
    else:
        actor.need(parent)
