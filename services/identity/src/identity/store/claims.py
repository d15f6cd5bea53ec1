"""SQL for claims (L-10)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from servicekit.db import Tx
from servicekit.ids import new_id
from servicekit.mapping import from_row

from identity.domain.claims import Claim


def _claim(row: Any) -> Claim:
    return from_row(Claim, row)


async def add(
    tx: Tx, wanted: Sequence[tuple[UUID, str, str]], school: str, batch_id: UUID, asked_by: UUID, now: datetime
) -> list[UUID]:
    """Insert claims (student, present school, wanted class) that the school has not made yet; returns the new ones' ids."""
    rows = await tx.fetch(
        "INSERT INTO student_claims (id, student_id, school, path, held_by, batch_id, asked_by, asked_at, state) "
        "SELECT n.id, n.student_id, $5::text::ltree, n.path::ltree, n.held_by::ltree, $6, $7, $8, 'open' "
        "FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[]) AS n (id, student_id, held_by, path) "
        "ON CONFLICT (student_id, school) WHERE state = 'open' DO NOTHING RETURNING id",
        [new_id() for _ in wanted],
        [student_id for student_id, _, _ in wanted],
        [held_by for _, held_by, _ in wanted],
        [path for _, _, path in wanted],
        school,
        batch_id,
        asked_by,
        now,
    )
    return [row["id"] for row in rows]


async def by_ids(tx: Tx, ids: Sequence[UUID]) -> list[Claim]:
    """The claims with these ids."""
    rows = await tx.fetch("SELECT * FROM claim_details WHERE id = ANY($1::uuid[]) ORDER BY id", list(ids))
    return [_claim(row) for row in rows]


async def lock(tx: Tx, claim_id: UUID) -> Claim | None:
    """Lock a claim until the transaction ends."""
    await tx.execute("SELECT 1 FROM student_claims WHERE id = $1 FOR UPDATE", claim_id)
    found = await by_ids(tx, [claim_id])
    return found[0] if found else None


async def listed(tx: Tx, path: str, state: str | None, before: UUID | None, limit: int) -> list[Claim]:
    """Claims by or of a school within `path`, newest first."""
    rows = await tx.fetch(
        "SELECT * FROM claim_details WHERE (school <@ $1::ltree OR held_by <@ $1::ltree) AND ($2::text IS NULL OR state = $2) "
        "AND ($3::uuid IS NULL OR id < $3) ORDER BY id DESC LIMIT $4",
        path,
        state,
        before,
        limit,
    )
    return [_claim(row) for row in rows]


async def of_batch(tx: Tx, batch_id: UUID) -> list[Claim]:
    """The open claims of a roster."""
    rows = await tx.fetch("SELECT * FROM claim_details WHERE batch_id = $1 AND state = 'open' ORDER BY id", batch_id)
    return [_claim(row) for row in rows]


async def resolve(tx: Tx, ids: Sequence[UUID], state: str, by: UUID | None, reason: str, now: datetime) -> None:
    """End claims."""
    await tx.execute(
        "UPDATE student_claims SET state = $2, resolved_by = $3, reason = $4, resolved_at = $5 WHERE id = ANY($1::uuid[])",
        list(ids),
        state,
        by,
        reason,
        now,
    )


async def open_of_student(tx: Tx, student_id: UUID) -> list[Claim]:
    """All open claims to a student."""
    rows = await tx.fetch("SELECT * FROM claim_details WHERE student_id = $1 AND state = 'open' ORDER BY id", student_id)
    return [_claim(row) for row in rows]
