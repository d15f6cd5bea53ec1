"""SQL for account slips: who may need one. Whether the printer may print it is decided in `domain.account_scope`."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

from contracts.base import LEVELS
from servicekit.db import Tx

type Audience = Literal["students", "guardians", "staff"]


@dataclass(frozen=True)
class Recipient:
    """Somebody for whom a slip is printed. `about`: the class, the child, or the role (a use case replaces it by its title)."""

    account_id: UUID
    name: str
    username: str
    path: str
    about: str
    has_password: bool = False
    """The slip does not sign in: it activates offered cards."""


def _recipient(row: Any) -> Recipient:
    return Recipient(row["account_id"], row["name"], row["username"], row["path"], row["about"], row["has_password"])


async def students(tx: Tx, path: str, limit: int) -> list[Recipient]:
    """Students in an organisation and below it, by class and EID."""
    rows = await tx.fetch(
        "SELECT s.account_id, s.name, s.eid AS username, s.path, concat_ws(' ', s.grade_title, s.class_title) AS about, "
        "false AS has_password "
        "FROM student_details s JOIN credentials c ON c.account_id = s.account_id "
        "WHERE s.path <@ $1::ltree AND s.status <> 'left' AND c.password_hash IS NULL "
        "ORDER BY s.ordering, s.path, s.eid LIMIT $2",
        path,
        limit,
    )
    return [_recipient(row) for row in rows]


async def guardians(tx: Tx, path: str, limit: int) -> list[Recipient]:
    """Guardians without a password of students in an organisation and below it, one row an account."""
    rows = await tx.fetch(
        "SELECT * FROM (SELECT DISTINCT ON (g.account_id) g.account_id, g.name, coalesce(g.phone, a.username) AS username, "
        "s.path, s.ordering, concat_ws(' ', s.grade_title, s.class_title, s.name || '的' || g.relation) AS about, "
        "false AS has_password "
        "FROM student_details s JOIN guardians g ON g.student_id = s.id JOIN accounts a ON a.id = g.account_id "
        "JOIN credentials c ON c.account_id = a.id WHERE s.path <@ $1::ltree AND s.status <> 'left' "
        "AND g.removed_at IS NULL AND c.password_hash IS NULL "
        "ORDER BY g.account_id, s.ordering, s.path) AS found ORDER BY ordering, path, username LIMIT $2",
        path,
        limit,
    )
    return [_recipient(row) for row in rows]


async def staff(tx: Tx, path: str, granted: Collection[tuple[str, str]], limit: int) -> list[Recipient]:
    """Staff in an organisation and below it who have no password, or whose card waits to be proved. `granted`: the roles, each
    with the level of its organisation, that the printer appoints (NR-01, NR-05)."""
    rows = await tx.fetch(
        "SELECT * FROM (SELECT DISTINCT ON (k.account_id) k.account_id, p.name, a.username, k.path, k.role AS about, "
        "c.password_hash IS NOT NULL AS has_password "
        "FROM cards k JOIN accounts a ON a.id = k.account_id JOIN persons p ON p.id = k.person_id "
        "JOIN credentials c ON c.account_id = a.id WHERE k.path <@ $1::ltree AND k.revoked_at IS NULL "
        "AND k.student_id IS NULL AND (c.password_hash IS NULL OR k.activated_at IS NULL OR k.suspended_at IS NOT NULL) "
        "AND EXISTS (SELECT FROM unnest($2::text[], $3::int[]) AS granted (role, labels) "
        "WHERE granted.role = k.role AND granted.labels = nlevel(k.path)) "
        "ORDER BY k.account_id, k.path) AS found ORDER BY path, username LIMIT $4",
        path,
        [role for role, _ in granted],
        [LEVELS.index(level) for _, level in granted],
        limit,
    )
    return [_recipient(row) for row in rows]
