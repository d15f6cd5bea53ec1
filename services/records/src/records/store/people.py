"""Statements about organisations and students in the directory, and which students have a career archive."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from servicekit.db import Tx
from servicekit.mapping import from_row

from records.domain.statements import Counted


async def scheme_at(tx: Tx, path: str) -> tuple[str, str | None, str] | None:
    """Scheme and version of the nearest organisation above (or at) `path` that names one, and the time zone there."""
    row: Any = await tx.fetchrow(
        "SELECT scheme_id, scheme_version, (SELECT time_zone FROM directory_organisations WHERE path @> $1::ltree "
        "ORDER BY nlevel(path) DESC LIMIT 1) AS time_zone FROM directory_organisations "
        "WHERE path @> $1::ltree AND scheme_id IS NOT NULL ORDER BY nlevel(path) DESC LIMIT 1",
        path,
    )
    return None if row is None else (row["scheme_id"], row["scheme_version"], row["time_zone"])


async def grades(tx: Tx, path: str) -> list[str]:
    """The paths of a school's grades."""
    rows = await tx.fetch(
        "SELECT path::text FROM directory_organisations WHERE path <@ $1::text::ltree AND level = 'grade' ORDER BY path", path
    )
    return [row["path"] for row in rows]


_FOLLOW_RECORDS = """
UPDATE records r
   SET student_name = s.name,
       path = CASE WHEN r.state IN ('draft', 'submitted', 'returned', 'escalated', 'amending') OR s.path <@ t.path
                   THEN s.path ELSE t.path END
  FROM directory_students s, directory_terms t
 WHERE s.id = ANY($1) AND r.student_id = s.id AND t.id = r.term_id AND (r.student_name <> s.name OR r.path <> s.path)
"""
_FOLLOW_POSITIONS = """
UPDATE positions p
   SET student_name = s.name,
       path = CASE WHEN p.state <> 'approved' OR s.path <@ t.path THEN s.path ELSE t.path END
  FROM directory_students s, directory_terms t
 WHERE s.id = ANY($1) AND p.student_id = s.id AND t.id = p.term_id AND (p.student_name <> s.name OR p.path <> s.path)
"""


async def follow_students(tx: Tx, ids: Sequence[UUID]) -> None:
    """Move open records and positions to the student's class; finished ones move within the term's school only (BJ-04)."""
    await tx.execute(_FOLLOW_RECORDS, ids)
    await tx.execute(_FOLLOW_POSITIONS, ids)


def literal(words: str) -> str:
    """The words as a LIKE pattern without wildcards."""
    return words.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


async def seal_career(tx: Tx, student_id: UUID, stage: str, at: datetime) -> None:
    """Note that this student has a career archive of a stage."""
    await tx.execute(
        "INSERT INTO sealed_careers (student_id, stage, at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING", student_id, stage, at
    )


async def school_stage(tx: Tx, path: str) -> str:
    """The stage of the school that a class lies in; empty where it is not known."""
    stage: str | None = await tx.fetchval(
        "SELECT stage FROM directory_organisations WHERE path @> $1::text::ltree AND level = 'school' LIMIT 1", path
    )
    return stage or ""


async def has_career(tx: Tx, student_id: UUID, stage: str) -> bool:
    """Has this student a career archive of this stage (JX-14), or one whose stage is not known?"""
    return bool(
        await tx.fetchval(
            "SELECT EXISTS (SELECT FROM sealed_careers WHERE student_id = $1 AND stage IN ($2, ''))", student_id, stage
        )
    )


async def used(tx: Tx, ids: Sequence[UUID]) -> list[UUID]:
    """Those of these students of whom there are records or positions."""
    rows = await tx.fetch(
        "SELECT id FROM unnest($1::uuid[]) AS s (id) WHERE EXISTS (SELECT FROM records r WHERE r.student_id = s.id) "
        "OR EXISTS (SELECT FROM positions p WHERE p.student_id = s.id) ORDER BY id",
        list(ids),
    )
    return [row["id"] for row in rows]


async def records_of(tx: Tx, student_id: UUID) -> list[Counted]:
    """How many records of a student are in which state, by term; drafts are not counted (BJ-04)."""
    rows = await tx.fetch(
        "SELECT t.title AS term, t.path::text AS school, r.state, count(*) AS count FROM records r "
        "JOIN directory_terms t ON t.id = r.term_id WHERE r.student_id = $1 AND r.state <> 'draft' "
        "GROUP BY t.id, r.state ORDER BY t.starts_on, t.id, r.state",
        student_id,
    )
    return [from_row(Counted, row) for row in rows]


async def positions_of(tx: Tx, student_id: UUID) -> list[Counted]:
    """How many positions of a student are in which state, by term (BJ-04)."""
    rows = await tx.fetch(
        "SELECT t.title AS term, t.path::text AS school, p.state, count(*) AS count FROM positions p "
        "JOIN directory_terms t ON t.id = p.term_id WHERE p.student_id = $1 "
        "GROUP BY t.id, p.state ORDER BY t.starts_on, t.id, p.state",
        student_id,
    )
    return [from_row(Counted, row) for row in rows]
