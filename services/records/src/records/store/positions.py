"""Student positions (JX-11)."""

from collections.abc import Mapping
from dataclasses import astuple
from typing import Any
from uuid import UUID

from servicekit.auth import Actor
from servicekit.db import Tx

from records.domain.position import Position, PositionState
from records.store.scopes import scope_of


def _position(row: Any) -> Position:
    return Position(**(dict(row) | {"state": PositionState(row["state"])}))


async def save(tx: Tx, p: Position) -> None:
    """Insert a new position, or update a locked one."""
    await tx.execute(
        """
        INSERT INTO positions (id, term_id, student_id, student_name, path, data, state, step, reviewer_role, version,
                               submitted_at, reason_code, note)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
        ON CONFLICT (id) DO UPDATE SET data = $6, state = $7, step = $8, reviewer_role = $9, version = $10,
            submitted_at = $11, reason_code = $12, note = $13
        """,
        p.id, p.term_id, p.student_id, p.student_name, p.path, p.data, p.state, p.step, p.reviewer_role, p.version,
        p.submitted_at, p.reason_code, p.note,
    )  # fmt: skip


async def lock(tx: Tx, position_id: UUID) -> Position | None:
    """One position, locked."""
    row = await tx.fetchrow("SELECT * FROM positions WHERE id = $1 FOR UPDATE", position_id)
    return None if row is None else _position(row)


_PAGE = """
SELECT r.* FROM positions r
 WHERE ($1::uuid IS NULL OR r.student_id = $1)
   AND ($2::uuid[] IS NULL OR r.student_id = ANY($2))
   AND ($3::ltree IS NULL OR r.path = $3)
   AND ($4::ltree IS NULL OR subpath(r.path, 0, 4) = $4)
   AND ($5::ltree IS NULL OR subpath(r.path, 0, 3) = $5)
   AND ($6::ltree IS NULL OR subpath(r.path, 0, 2) = $6)
   AND ($7::ltree IS NULL OR subpath(r.path, 0, 1) = $7)
   AND ($8::bool IS NULL OR nlevel(r.path) > 0)
   AND ($9::ltree IS NULL OR r.path <@ $9
        OR EXISTS (SELECT FROM directory_students s WHERE s.id = r.student_id AND s.path <@ $9))
   AND ($10::uuid IS NULL OR r.term_id = $10)
   AND ($11::text IS NULL OR r.state = $11)
   AND ($12::uuid IS NULL OR r.id < $12)
 ORDER BY r.id DESC
 LIMIT $13
"""


async def page(
    tx: Tx, actor: Actor, term_id: UUID | None, state: str | None, student_id: UUID | None, before: UUID | None, limit: int
) -> list[Position]:
    """Positions that this card may see, newest first."""
    found = scope_of(actor, None, student_id)
    if found is None:
        return []
    rows = await tx.fetch(_PAGE, *astuple(found[0]), term_id, state, before, limit)
    return [_position(row) for row in rows]


async def move_steps(tx: Tx, term_id: UUID, steps: Mapping[str, str]) -> None:
    """Let declared positions of a term that wait at one of these steps wait at another."""
    if steps:
        await tx.execute(
            "UPDATE positions p SET step = n.new FROM unnest($2::text[], $3::text[]) AS n (old, new) "
            "WHERE p.term_id = $1 AND p.step = n.old",
            term_id, list(steps), list(steps.values()),
        )  # fmt: skip
