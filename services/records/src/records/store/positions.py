"""Student positions (JX-11)."""

from typing import Any
from uuid import UUID

from servicekit.auth import Actor
from servicekit.db import Tx

from records.domain.position import Position, PositionState
from records.store.scopes import in_each_scope, scope_of


def _position(row: Any) -> Position:
    return Position(**(dict(row) | {"state": PositionState(row["state"])}))


async def add(tx: Tx, p: Position) -> None:
    """A new one."""
    await tx.execute(
        "INSERT INTO positions (id, term_id, student_id, student_name, path, data, state, step, reviewer_role, version, "
        "submitted_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        p.id, p.term_id, p.student_id, p.student_name, p.path, p.data, p.state, p.step, p.reviewer_role, p.version,
        p.submitted_at,
    )  # fmt: skip


async def save(tx: Tx, p: Position) -> None:
    """As it is now; its row is locked."""
    await tx.execute(
        "UPDATE positions SET data = $2, state = $3, step = $4, reviewer_role = $5, version = $6, submitted_at = $7, "
        "reason_code = $8, note = $9 WHERE id = $1",
        p.id, p.data, p.state, p.step, p.reviewer_role, p.version, p.submitted_at, p.reason_code, p.note,
    )  # fmt: skip


async def lock(tx: Tx, position_id: UUID) -> Position | None:
    """One, held until the transaction ends."""
    row = await tx.fetchrow("SELECT * FROM positions WHERE id = $1 FOR UPDATE", position_id)
    return None if row is None else _position(row)


_PAGES = in_each_scope("""
SELECT r.* FROM positions r
 WHERE :scope: AND ($3::uuid IS NULL OR r.term_id = $3) AND ($4::text IS NULL OR r.state = $4)
   AND ($5::uuid IS NULL OR r.id < $5)
 ORDER BY r.id DESC
 LIMIT $6
""")


async def page(
    tx: Tx, actor: Actor, term_id: UUID | None, state: str | None, student_id: UUID | None, before: UUID | None, limit: int
) -> list[Position]:
    """Those this card may see, newest first."""
    scope = scope_of(actor, None, student_id)
    if scope is None:
        return []
    rows = await tx.fetch(_PAGES[scope.name], scope.of, scope.place, term_id, state, before, limit)
    return [_position(row) for row in rows]
