"""What students selected for their career archives."""

from uuid import UUID

from servicekit.db import Tx

from archive.domain.career import Career
from archive.domain.states import Collecting


async def get(tx: Tx, student_id: UUID) -> Career:
    """The student's selection; an empty one where there is none."""
    row = await tx.fetchrow("SELECT * FROM careers WHERE student_id = $1", student_id)
    if row is None:
        return Career(student_id)
    return Career(student_id, tuple(row["record_ids"]), row["version"], Collecting(row["state"]))


async def lock(tx: Tx, student_id: UUID) -> Career:
    """The student's selection, locked; saved first where there is none."""
    await tx.execute(
        "INSERT INTO careers (student_id, record_ids, version) VALUES ($1, '{}', 0) ON CONFLICT DO NOTHING", student_id
    )
    await tx.fetchval("SELECT version FROM careers WHERE student_id = $1 FOR UPDATE", student_id)
    return await get(tx, student_id)


async def save(tx: Tx, career: Career) -> None:
    """Save the selection and its state."""
    await tx.execute(
        "UPDATE careers SET record_ids = $2, version = $3, state = $4 WHERE student_id = $1",
        career.student_id, list(career.record_ids), career.version, career.state,
    )  # fmt: skip


async def sealed_terms(tx: Tx, student_id: UUID) -> list[UUID]:
    """The sealed terms in which the student has a ready archive, oldest first."""
    rows = await tx.fetch(
        "SELECT DISTINCT t.id, t.starts_on FROM archives a JOIN directory_terms t ON t.id = a.term_id "
        "JOIN term_states s ON s.term_id = t.id "
        "WHERE a.student_id = $1 AND a.kind = 'term' AND a.state = 'ready' AND s.state = 'sealed' ORDER BY t.starts_on, t.id",
        student_id,
    )
    return [row["id"] for row in rows]
