"""Counts for home screens and for progress by organisation."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from servicekit.db import Tx

from archive.domain.progress import ClassSize, RecordCount, SchoolSeal, WrittenCount
from archive.domain.terms import VERDICT


async def school_seals(tx: Tx, path: str, today: date, school_year: str | None, number: int | None) -> list[SchoolSeal]:
    """How far the archives are in the present term of each school below `path`, or of the school that it lies in; or in the
    term that is named."""
    rows = await tx.fetch(
        """
        WITH terms AS (
            SELECT DISTINCT ON (t.path) t.id, t.path, s.state
              FROM directory_terms t JOIN term_states s ON s.term_id = t.id
             WHERE (t.path <@ $1::ltree OR t.path @> $1::ltree) AND s.student_id IS NULL
               AND ($3::text IS NULL OR t.school_year = $3) AND ($4::integer IS NULL OR t.number = $4)
             ORDER BY t.path, t.starts_on <= $2 DESC, t.starts_on DESC, t.id DESC)
        SELECT t.id AS term_id, t.path, t.state, l.archives, l.made_at, l.sealed_at,
               CASE WHEN l.state = 'sealed' THEN l.archives
                    WHEN l.state = 'sealing' THEN (SELECT count(*) FROM archives a WHERE a.seal_id = l.id AND a.state = 'ready')
               END AS ready
          FROM terms t LEFT JOIN seals l ON l.term_id = t.id AND l.kind = 'term' AND l.version = 1
        """,
        path,
        today,
        school_year,
        number,
    )
    return [SchoolSeal(**row) for row in rows]


async def class_sizes(tx: Tx, path: str, term_ids: Collection[UUID]) -> list[ClassSize]:
    """The classes below a path with their numbers of students who take part in these terms (SH-03), in order."""
    rows = await tx.fetch(
        """
        SELECT path, max(grade_title) AS grade_title, max(class_title) AS class_title, count(*) AS students
          FROM directory_students s WHERE path <@ $1::ltree AND status NOT IN ('left', 'suspended')
           AND NOT EXISTS (SELECT FROM directory_opt_outs o
                            WHERE o.term_id = ANY($2) AND o.student_id = s.id AND NOT o.participates)
         GROUP BY path ORDER BY class_order(path)
        """,
        path,
        list(term_ids),
    )
    return [ClassSize(**row) for row in rows]


async def written_counts(tx: Tx, path: str, term_ids: Collection[UUID]) -> list[WrittenCount]:
    """How many students of each class below a path have a complete evaluation, by type, and how many a verdict."""
    rows = await tx.fetch(
        """
        SELECT s.path, e.type, count(*) AS written
          FROM directory_students s JOIN evaluations e ON e.student_id = s.id AND e.term_id = ANY($2) AND e.complete
         WHERE s.path <@ $1::ltree AND s.status NOT IN ('left', 'suspended')
           AND NOT EXISTS (SELECT FROM directory_opt_outs o
                            WHERE o.term_id = ANY($2) AND o.student_id = s.id AND NOT o.participates)
         GROUP BY s.path, e.type
         UNION ALL
        SELECT s.path, $3, count(*) AS written
          FROM directory_students s JOIN verdicts v ON v.student_id = s.id AND v.term_id = ANY($2)
         WHERE s.path <@ $1::ltree AND s.status NOT IN ('left', 'suspended')
           AND NOT EXISTS (SELECT FROM directory_opt_outs o
                            WHERE o.term_id = ANY($2) AND o.student_id = s.id AND NOT o.participates)
         GROUP BY s.path
        """,
        path,
        list(term_ids),
        VERDICT,
    )
    return [WrittenCount(**row) for row in rows]


async def record_counts(tx: Tx, student_ids: Collection[UUID]) -> list[RecordCount]:
    """The records of these students that count for archives, by term and kind, oldest term first."""
    rows = await tx.fetch(
        """
        SELECT c.term_id, t.title AS term_title, t.scheme_id, t.scheme_version, c.kind, count(*)
          FROM collected c JOIN directory_terms t ON t.id = c.term_id
         WHERE c.student_id = ANY($1) AND NOT EXISTS (SELECT 1 FROM gone g WHERE g.record_id = c.record_id)
         GROUP BY c.term_id, t.title, t.scheme_id, t.scheme_version, t.starts_on, c.kind ORDER BY t.starts_on, c.term_id
        """,
        list(student_ids),
    )
    return [RecordCount(**row) for row in rows]


async def written_by(tx: Tx, student_ids: Collection[UUID], term_ids: Collection[UUID]) -> set[tuple[UUID, str]]:
    """The complete evaluations that these students have in these terms: term and type."""
    rows = await tx.fetch(
        "SELECT DISTINCT term_id, type FROM evaluations WHERE student_id = ANY($1) AND term_id = ANY($2) AND complete",
        list(student_ids),
        list(term_ids),
    )
    return {(row["term_id"], row["type"]) for row in rows}


@dataclass(frozen=True)
class OfficeWork:
    """What waits at a school or an organisation above: corrections to sign, archives to correct, backfills not sealed."""

    corrections: int
    late_archives: int
    backfills: int


async def office_work(tx: Tx, path: str, roles: Collection[str], account_id: UUID) -> OfficeWork:
    """What waits for an office below a path; a correction waits for nobody who asked for it."""
    row: Any = await tx.fetchrow(
        """
        SELECT (SELECT count(*) FROM corrections WHERE path <@ $1::ltree AND state = 'waiting' AND second_by = ANY($2)
                   AND asked_by <> $3) AS corrections,
               (SELECT count(DISTINCT (c.student_id, a.term_id))
                  FROM collected c JOIN directory_students s ON s.id = c.student_id
                  JOIN archives a ON a.student_id = c.student_id AND a.state = 'ready' AND a.term_id IS NOT NULL
                 WHERE c.late AND s.path <@ $1::ltree
                   AND (EXISTS (SELECT 1 FROM archives h WHERE h.id = c.archive_id AND h.term_id = a.term_id)
                        OR EXISTS (SELECT 1 FROM carried_over o WHERE o.record_id = c.record_id AND o.term_id = a.term_id)
                        OR (c.term_id = a.term_id
                            AND NOT EXISTS (SELECT 1 FROM archives h WHERE h.id = c.archive_id AND h.term_id <> a.term_id)
                            AND NOT EXISTS (SELECT 1 FROM carried_over o
                                       WHERE o.record_id = c.record_id AND o.term_id <> a.term_id)))) AS late_archives,
               (SELECT count(*) FROM backfills b LEFT JOIN term_states t ON t.term_id = b.id
                 WHERE b.path <@ $1::ltree AND coalesce(t.state, 'collecting') = 'collecting') AS backfills
        """,
        path,
        list(roles),
        account_id,
    )
    return OfficeWork(**row)


@dataclass(frozen=True)
class SealProgress:
    """How far a term's archives are: so many are `ready` of `archives`."""

    archives: int
    ready: int
    made_at: datetime
    sealed_at: datetime | None


async def seal_progress(tx: Tx, term_id: UUID) -> SealProgress | None:
    """How far the first seal of a term is; None: nobody asked for it."""
    row = await tx.fetchrow(
        """
        SELECT l.archives, l.made_at, l.sealed_at, count(*) FILTER (WHERE a.state = 'ready') AS ready
          FROM seals l LEFT JOIN archives a ON a.seal_id = l.id
         WHERE l.term_id = $1 AND l.kind = 'term' AND l.version = 1 GROUP BY l.id
        """,
        term_id,
    )
    return SealProgress(**row) if row else None
