"""SQL of cards whose role is another, or gone, in an adopted version of the scheme (X-01)."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from contracts.base import Role
from servicekit.db import Tx

from identity.domain.account_scope import HeldCard


@dataclass(frozen=True, slots=True)
class RoleCount:
    """Cards of a role (as cards hold it) at a level, not revoked, and in how many schools or units above."""

    level: str
    role: Role
    cards: int
    units: int


async def count(tx: Tx, path: str, scheme_id: str, version: str, roles: Collection[tuple[str, Role]]) -> list[RoleCount]:
    """The staff cards of these (level, role) at and below an organisation, where it follows an older version."""
    if not roles:
        return []
    rows = await tx.fetch(
        """
        SELECT o.level, c.role, count(*)::integer AS cards,
               count(DISTINCT subpath(c.path, 0, least(4, nlevel(c.path))))::integer AS units
          FROM cards c JOIN organisations o ON o.path = c.path
          JOIN unnest($4::text[], $5::text[]) AS r (level, role) ON r.level = o.level AND r.role = c.role
         WHERE c.path <@ $1::text::ltree AND c.revoked_at IS NULL AND c.student_id IS NULL AND o.scheme_id = $2
           AND string_to_array(o.scheme_version, '.')::integer[] < string_to_array($3, '.')::integer[]
         GROUP BY 1, 2 ORDER BY 1, 2
        """,
        path, scheme_id, version, [level for level, _ in roles], [role for _, role in roles],
    )  # fmt: skip
    return [RoleCount(**row) for row in rows]


async def lock(tx: Tx, paths: Sequence[str], roles: Collection[tuple[str, Role]]) -> list[tuple[str, HeldCard]]:
    """Lock the staff cards of these (level, role) at these organisations that are not revoked: (level, card), by path."""
    rows = await tx.fetch(
        """
        SELECT o.level, c.id, c.account_id, c.role, c.path AS org_path
          FROM cards c JOIN organisations o ON o.path = c.path
          JOIN unnest($2::text[], $3::text[]) AS r (level, role) ON r.level = o.level AND r.role = c.role
         WHERE c.path = ANY($1::text[]::ltree[]) AND c.revoked_at IS NULL AND c.student_id IS NULL
         ORDER BY c.path, c.id FOR UPDATE OF c
        """,
        list(paths), [level for level, _ in roles], [role for _, role in roles],
    )  # fmt: skip
    return [(row["level"], _held(row)) for row in rows]


def _held(row: Any) -> HeldCard:
    return HeldCard(row["id"], row["account_id"], row["role"], row["org_path"])


async def rename(tx: Tx, roles: Mapping[UUID, Role]) -> set[UUID]:
    """Give these cards another role; returns those that have it now, without those of accounts that hold it there already."""
    rows = await tx.fetch(
        """
        UPDATE cards c SET role = n.role FROM unnest($1::uuid[], $2::text[]) AS n (id, role)
         WHERE c.id = n.id AND NOT EXISTS (
               SELECT FROM cards h WHERE h.account_id = c.account_id AND h.path = c.path AND h.role = n.role
                  AND h.revoked_at IS NULL AND h.student_id IS NULL)
           AND c.id = (SELECT m.id FROM cards m JOIN unnest($1::uuid[], $2::text[]) AS k (id, role) ON k.id = m.id
                        WHERE m.account_id = c.account_id AND m.path = c.path AND k.role = n.role ORDER BY m.id LIMIT 1)
        RETURNING c.id
        """,
        list(roles), list(roles.values()),
    )  # fmt: skip
    return {row["id"] for row in rows}
