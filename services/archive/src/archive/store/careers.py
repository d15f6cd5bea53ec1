"""What students selected for the career archives of their stages, and which terms of a student there are (BJ-03)."""

from uuid import UUID

from servicekit.db import Tx
from servicekit.mapping import from_row

from archive.domain.career import Career, HeldTerm
from archive.domain.states import Collecting


async def get(tx: Tx, student_id: UUID, stage: str) -> Career:
    """The student's selection for a stage; an empty one where there is none. One whose stage an older release left out counts
    for whichever stage is asked for first."""
    row = await tx.fetchrow(
        "SELECT * FROM careers WHERE student_id = $1 AND stage IN ($2, '') ORDER BY stage DESC LIMIT 1", student_id, stage
    )
    if row is None:
        return Career(student_id, stage)
    return Career(student_id, stage, tuple(row["record_ids"]), row["version"], Collecting(row["state"]))


async def lock(tx: Tx, student_id: UUID, stage: str) -> Career:
    """The student's selection for a stage, locked; saved first where there is none."""
    await tx.execute(
        "UPDATE careers SET stage = $2 WHERE student_id = $1 AND stage = '' "
        "AND NOT EXISTS (SELECT FROM careers c WHERE c.student_id = $1 AND c.stage = $2)",
        student_id, stage,
    )  # fmt: skip
    await tx.execute(
        "INSERT INTO careers (student_id, stage, record_ids, version) VALUES ($1, $2, '{}', 0) ON CONFLICT DO NOTHING",
        student_id, stage,
    )  # fmt: skip
    await tx.fetchval("SELECT version FROM careers WHERE student_id = $1 AND stage = $2 FOR UPDATE", student_id, stage)
    return await get(tx, student_id, stage)


async def save(tx: Tx, career: Career) -> None:
    """Save the selection and its state."""
    await tx.execute(
        "UPDATE careers SET record_ids = $3, version = $4, state = $5 WHERE student_id = $1 AND stage = $2",
        career.student_id, career.stage, list(career.record_ids), career.version, career.state,
    )  # fmt: skip


async def held(tx: Tx, student_id: UUID) -> list[HeldTerm]:
    """The sealed terms in which the student has a ready archive, oldest first, with the class then."""
    rows = await tx.fetch(
        """
        SELECT * FROM (
            SELECT DISTINCT ON (t.id) t.id AS term_id, t.starts_on, a.path::text AS path, a.school_title,
                   coalesce(a.grade_title, '') AS grade_title, coalesce(a.class_title, '') AS class_title
              FROM archives a JOIN directory_terms t ON t.id = a.term_id JOIN term_states s ON s.term_id = t.id
             WHERE a.student_id = $1 AND a.kind = 'term' AND a.state = 'ready' AND s.state = 'sealed'
             ORDER BY t.id, a.version DESC) h
         ORDER BY starts_on, term_id
        """,
        student_id,
    )
    return [from_row(HeldTerm, row) for row in rows]


async def terms_of(tx: Tx, student_id: UUID) -> list[UUID]:
    """The terms of which there is anything about a student that a career archive may hold."""
    rows = await tx.fetch(
        """
        SELECT term_id FROM collected WHERE student_id = $1 UNION SELECT term_id FROM positions WHERE student_id = $1
         UNION SELECT term_id FROM evaluations WHERE student_id = $1
         UNION SELECT term_id FROM peer_evaluations WHERE student_id = $1
         UNION SELECT term_id FROM locked_scores WHERE student_id = $1
        """,
        student_id,
    )
    return [row["term_id"] for row in rows]
