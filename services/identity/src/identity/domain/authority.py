"""Who may grant which role in which organisation: as the scheme says, else the platform (NR-01, NR-05, SH-12)."""

from contracts.base import within
from scheme.roles import RoleRule
from servicekit.auth import Actor
from servicekit.refusals import require


def may_grant(actor: Actor, path: str, granted_by: frozenset[str]) -> bool:
    """May this card appoint somebody to a role at an organisation? It must be a role that grants it, there or above."""
    if "operator" in actor.roles:
        return "operator" in granted_by
    return within(path, actor.path) and actor.is_(*granted_by)


def require_grant(actor: Actor, rule: RoleRule | None, path: str) -> RoleRule:
    """Refuse a grant out of the actor's scope (`not_found`), of a role that does not exist at that level
    (`role_misplaced`; `rule` is None), or of a role that the actor may not grant (`role_not_grantable`)."""
    if actor.role != "operator":
        actor.need(path)
    require(rule is not None, "role_misplaced", field="role", rule="SH-12")
    assert rule is not None
    require(
        may_grant(actor, path, rule.granted_by), "role_not_grantable", field="role", rule="NR-05", help="请联系上一级管理员"
    )
    return rule


def require_may_create(actor: Actor, parent: str) -> None:
    """Operators create provinces; administrators create organisations below their own (NR-01)."""
    if actor.role == "operator":
        require(parent == "", "role_not_grantable", rule="NR-01", help="请使用该组织管理员的身份卡")
    else:
        actor.need(parent)
