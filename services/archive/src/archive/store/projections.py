"""The read models that archive builds from the events of others. An older version changes nothing."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from contracts.base import RecordSnapshot, StatementLine
from contracts.records import PositionApprovedV1
from servicekit.db import Tx

from archive.store.rows import columns


async def close_publicity(tx: Tx, term_id: UUID, entries: int, at: datetime) -> bool:
    """Save that publicity closed; False where the term is not known yet."""
    found = await tx.fetchval(
        "UPDATE term_states SET closed_at = $3, cleared_at_once = $2 WHERE term_id = $1 RETURNING true", term_id, entries, at
    )
    return found is True


async def open_case(tx: Tx, case_id: UUID, term_id: UUID, record_id: UUID, about: str) -> None:
    """Save an open case."""
    await tx.execute(
        "INSERT INTO cases (id, term_id, record_id, about) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
        case_id, term_id, record_id, about,
    )  # fmt: skip


async def close_case(tx: Tx, case_id: UUID, term_id: UUID, record_id: UUID, outcome: str, at: datetime, about: str) -> None:
    """Save how a case ended."""
    await tx.execute(
        "INSERT INTO cases (id, term_id, record_id, outcome, closed_at, about) VALUES ($1, $2, $3, $4, $5, $6) "
        "ON CONFLICT (id) DO UPDATE SET outcome = $4, closed_at = $5",
        case_id, term_id, record_id, outcome, at, about,
    )  # fmt: skip


async def collect(tx: Tx, records: Iterable[RecordSnapshot], published: bool, cleared_at: datetime | None = None) -> None:
    """Save records for the archives; a newer version replaces. After the term's seal they wait for a correction."""
    newest = {r.record_id: r for r in sorted(records, key=lambda r: r.version)}.values()
    rows = [(r.record_id, r.term_id, r.student_id, r.kind, r.version, r.model_dump_json()) for r in newest]
    await tx.execute(
        """
        INSERT INTO collected AS c (record_id, term_id, student_id, kind, published, version, snapshot, late, cleared_at)
        SELECT r.record_id, r.term_id, r.student_id, r.kind, $7, r.version, r.snapshot::jsonb, t.state <> 'collecting', $8
          FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::int[], $6::text[])
            AS r (record_id, term_id, student_id, kind, version, snapshot)
          JOIN term_states t ON t.term_id = r.term_id
        ON CONFLICT (record_id) DO UPDATE SET version = greatest(c.version, excluded.version),
            snapshot = CASE WHEN c.version < excluded.version THEN excluded.snapshot ELSE c.snapshot END,
            kind = excluded.kind, published = c.published OR excluded.published, late = excluded.late,
            cleared_at = coalesce(c.cleared_at, excluded.cleared_at)
         WHERE c.version < excluded.version OR (excluded.published AND NOT c.published)
        """,
        *columns(rows, 6),
        published,
        cleared_at,
    )


async def carry_over(tx: Tx, term_id: UUID, record_ids: Sequence[UUID], cleared_at: datetime) -> None:
    """Save that these records of earlier terms count in the archive that this term has of the stage (CS-01). After its seal
    they wait for a correction."""
    await tx.execute(
        """
        WITH added AS (
            INSERT INTO carried_over (term_id, record_id, cleared_at) SELECT $1, r.id, $3 FROM unnest($2::uuid[]) AS r (id)
            ON CONFLICT DO NOTHING RETURNING record_id
        )
        UPDATE collected c SET late = true FROM added a, term_states t
         WHERE c.record_id = a.record_id AND t.term_id = $1 AND t.state <> 'collecting'
        """,
        term_id, list(record_ids), cleared_at,
    )  # fmt: skip


async def save_release(tx: Tx, record_id: UUID, release: dict[str, Any]) -> bool:
    """Save a misconduct's release; False where the record has not arrived yet."""
    found = await tx.fetchval(
        "UPDATE collected c SET release = $2, late = t.state <> 'collecting' FROM term_states t "
        "WHERE t.term_id = c.term_id AND c.record_id = $1 RETURNING true",
        record_id, release,
    )  # fmt: skip
    return found is True


async def remove(tx: Tx, record_id: UUID, why: str) -> None:
    """The record no longer counts, even if it has not arrived yet. Voided is final, excluded may be restored."""
    await tx.execute(
        "INSERT INTO gone AS g (record_id, why) VALUES ($1, $2) "
        "ON CONFLICT (record_id) DO UPDATE SET why = $2 WHERE g.why <> 'voided'",
        record_id, why,
    )  # fmt: skip
    await tx.execute("UPDATE collected SET late = true WHERE record_id = $1 AND archive_id IS NOT NULL", record_id)


async def restore(tx: Tx, record_id: UUID) -> None:
    """An excluded record counts again; after the seal of its term, or of the stage's archives, it waits for a correction."""
    await tx.execute("DELETE FROM gone WHERE record_id = $1 AND why = 'excluded'", record_id)
    await tx.execute(
        "UPDATE collected c SET late = true FROM term_states t WHERE c.record_id = $1 AND t.state <> 'collecting' AND "
        "(t.term_id = c.term_id OR t.term_id IN (SELECT o.term_id FROM carried_over o WHERE o.record_id = c.record_id))",
        record_id,
    )


async def save_position(tx: Tx, event: PositionApprovedV1) -> None:
    """Save an approved position."""
    await tx.execute(
        "INSERT INTO positions AS p (id, term_id, student_id, title, level, starts_on, ends_on, duties, version) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (id) DO UPDATE SET title = $4, level = $5, "
        "starts_on = $6, ends_on = $7, duties = $8, version = $9 WHERE p.version < $9",
        event.position_id, event.term_id, event.student_id, event.title, event.level, event.starts_on, event.ends_on,
        event.duties, event.version,
    )  # fmt: skip


async def used(tx: Tx, student_ids: Sequence[UUID]) -> list[UUID]:
    """Those of these students of whom there are comments, archives, backfills, corrections or collected records."""
    rows = await tx.fetch(
        """
        SELECT id FROM unnest($1::uuid[]) AS s (id)
         WHERE EXISTS (SELECT FROM evaluations e WHERE e.student_id = s.id)
            OR EXISTS (SELECT FROM archives a WHERE a.student_id = s.id)
            OR EXISTS (SELECT FROM collected c WHERE c.student_id = s.id)
            OR EXISTS (SELECT FROM positions p WHERE p.student_id = s.id)
            OR EXISTS (SELECT FROM corrections k WHERE k.student_id = s.id)
            OR EXISTS (SELECT FROM backfills b WHERE b.student_id = s.id)
         ORDER BY id
        """,
        list(student_ids),
    )
    return [row["id"] for row in rows]


async def statement_of(tx: Tx, student_id: UUID) -> list[StatementLine]:
    """How many evaluations, locked scores, verdicts and sealed archives there are of a student, by term (BJ-04)."""
    rows = await tx.fetch(
        """
        SELECT coalesce(t.title, n.term) AS term, coalesce(t.path::text, '') AS school, n.title, n.count, n.running
          FROM (SELECT term_id, NULL AS term, '评语与自评' AS title, count(*) AS count, false AS running
                  FROM evaluations WHERE student_id = $1 GROUP BY term_id
                UNION ALL
                SELECT term_id, NULL, '同学互评', count(*), false FROM peer_evaluations
                 WHERE student_id = $1 AND submitted_at IS NOT NULL GROUP BY term_id
                UNION ALL
                SELECT term_id, NULL, '已锁定的评价结果', count(*), false
                  FROM locked_scores_in_force WHERE student_id = $1 GROUP BY term_id
                UNION ALL
                SELECT term_id, NULL, '已评定的结果', count(*), false FROM verdicts WHERE student_id = $1 GROUP BY term_id
                UNION ALL
                SELECT term_id, NULL, '未签字的确认单', count(*), true FROM confirmations
                 WHERE student_id = $1 AND state = 'printed' GROUP BY term_id
                UNION ALL
                SELECT term_id, min(term_title), CASE kind WHEN 'career' THEN '已生成的生涯档案' ELSE '已封存的学期档案' END,
                       count(*), false
                  FROM archives WHERE student_id = $1 AND state = 'ready' AND superseded_by IS NULL GROUP BY term_id, kind) n
          LEFT JOIN directory_terms t ON t.id = n.term_id
         ORDER BY t.starts_on NULLS LAST, t.id, n.title
        """,
        student_id,
    )
    return [StatementLine(**row) for row in rows]
