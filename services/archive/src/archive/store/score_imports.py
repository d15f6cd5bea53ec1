"""Scores and adjustments of a workbook: what there is of its students, and what an undone import leaves (BJ-06)."""

from collections.abc import Collection, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from servicekit.db import Tx

from archive.domain.scores import Adjustment, Score
from archive.store.scores import adjustment_of, score_of


async def lock(tx: Tx, term_id: UUID, student_ids: Collection[UUID], scorers: Mapping[str, UUID]) -> dict[UUID, list[Score]]:
    """The scores of these parts with their scorers, by student, locked."""
    rows = await tx.fetch(
        "SELECT * FROM scores WHERE term_id = $1 AND student_id = ANY($2) "
        "AND (part, scorer) IN (SELECT * FROM unnest($3::text[], $4::uuid[])) ORDER BY student_id, part, dimension FOR UPDATE",
        term_id, sorted(student_ids), list(scorers), list(scorers.values()),
    )  # fmt: skip
    found: dict[UUID, list[Score]] = {}
    for row in rows:
        found.setdefault(row["student_id"], []).append(score_of(row))
    return found


async def history(
    tx: Tx, term_id: UUID, student_ids: Collection[UUID], scorers: Mapping[str, UUID]
) -> dict[UUID, dict[tuple[str, str], dict[int, Decimal]]]:
    """Every value of these parts with their scorers: by student, part and dimension, version."""
    rows = await tx.fetch(
        "SELECT student_id, part, dimension, version, value FROM score_versions WHERE term_id = $1 AND student_id = ANY($2) "
        "AND (part, scorer) IN (SELECT * FROM unnest($3::text[], $4::uuid[]))",
        term_id, sorted(student_ids), list(scorers), list(scorers.values()),
    )  # fmt: skip
    found: dict[UUID, dict[tuple[str, str], dict[int, Decimal]]] = {}
    for student_id, part, dimension, version, value in rows:
        found.setdefault(student_id, {}).setdefault((part, dimension), {})[version] = value
    return found


async def last_versions(
    tx: Tx, term_id: UUID, part: str, student_ids: Collection[UUID], scorer: UUID
) -> dict[tuple[UUID, str], int]:
    """The last version of values that there are no longer, because their import was undone: by student and dimension."""
    rows = await tx.fetch(
        "SELECT student_id, dimension, max(version) AS version FROM score_versions v "
        "WHERE term_id = $1 AND part = $2 AND student_id = ANY($3) AND scorer = $4 AND NOT EXISTS (SELECT FROM scores s "
        "WHERE s.term_id = $1 AND s.part = $2 AND s.student_id = v.student_id AND s.dimension = v.dimension AND s.scorer = $4) "
        "GROUP BY student_id, dimension",
        term_id, part, sorted(student_ids), scorer,
    )  # fmt: skip
    return {(row["student_id"], row["dimension"]): row["version"] for row in rows}


async def adjustments(tx: Tx, term_id: UUID, student_ids: Collection[UUID]) -> dict[UUID, list[Adjustment]]:
    """The adjustments in force of these students, by student."""
    rows = await tx.fetch(
        "SELECT * FROM adjustments WHERE term_id = $1 AND student_id = ANY($2) AND withdrawn_at IS NULL ORDER BY id",
        term_id, sorted(student_ids),
    )  # fmt: skip
    found: dict[UUID, list[Adjustment]] = {}
    for row in rows:
        found.setdefault(row["student_id"], []).append(adjustment_of(row))
    return found


async def sheets_of_batch(tx: Tx, batch_id: UUID) -> dict[UUID, list[str]]:
    """The classes whose scores or adjustments are of this import, by term."""
    rows = await tx.fetch(
        "SELECT term_id, path::text AS path FROM scores WHERE batch_id = $1 "
        "UNION SELECT term_id, path::text FROM adjustments WHERE batch_id = $1 AND withdrawn_at IS NULL ORDER BY 1, 2",
        batch_id,
    )
    found: dict[UUID, list[str]] = {}
    for row in rows:
        found.setdefault(row["term_id"], []).append(row["path"])
    return found


async def undo_scores(tx: Tx, batch_id: UUID, term_id: UUID, paths: Collection[str]) -> tuple[list[Score], list[Score]]:
    """Delete the values of these classes that an import brought first, where nobody changed them since; and those that it
    changed, as they are to be saved again: (deleted, to restore)."""
    removed = await tx.fetch(
        "DELETE FROM scores WHERE batch_id = $1 AND term_id = $2 AND path = ANY($3::text[]::ltree[]) AND replaced IS NULL "
        "RETURNING *",
        batch_id, term_id, list(paths),
    )  # fmt: skip
    rows = await tx.fetch(
        """
        SELECT s.term_id, s.student_id, s.path, s.part, s.dimension, s.scorer, v.value, v.account_id, v.author_name, v.at,
               s.version + 1 AS version, v.batch_id, v.replaced
          FROM scores s
          JOIN score_versions v ON v.term_id = s.term_id AND v.student_id = s.student_id AND v.part = s.part
                               AND v.dimension = s.dimension AND v.scorer = s.scorer AND v.version = s.replaced
         WHERE s.batch_id = $1 AND s.term_id = $2 AND s.path = ANY($3::text[]::ltree[])
           FOR UPDATE OF s
        """,
        batch_id, term_id, list(paths),
    )  # fmt: skip
    return [score_of(row) for row in removed], [score_of(row) for row in rows]


async def undo_adjustments(
    tx: Tx, batch_id: UUID, term_id: UUID, paths: Collection[str], by: str, because: str, now: datetime
) -> list[Adjustment]:
    """Withdraw the adjustments of an import in these classes; they stay visible."""
    rows = await tx.fetch(
        "UPDATE adjustments SET withdrawn_at = $4, withdrawn_by = $5, withdrawn_because = $6 WHERE batch_id = $1 "
        "AND term_id = $2 AND path = ANY($3::text[]::ltree[]) AND withdrawn_at IS NULL RETURNING *",
        batch_id, term_id, list(paths), now, by, because,
    )  # fmt: skip
    return [adjustment_of(row) for row in rows]


async def kept(tx: Tx, batch_id: UUID, handled: Collection[tuple[UUID, str, str]]) -> list[str]:
    """After an undo: the names of students with a value of this import, or one that replaced it, that stays. handled: student,
    part and dimension of those that were removed or restored."""
    rows: list[Any] = await tx.fetch(
        """
        SELECT v.student_id, v.part, v.dimension, d.name, d.path
          FROM score_versions v
          JOIN scores s ON s.term_id = v.term_id AND s.student_id = v.student_id AND s.part = v.part
                       AND s.dimension = v.dimension AND s.scorer = v.scorer
          LEFT JOIN directory_students d ON d.id = v.student_id
         WHERE v.batch_id = $1
        UNION
        SELECT a.student_id, a.part, a.dimension, d.name, d.path
          FROM adjustments a LEFT JOIN directory_students d ON d.id = a.student_id
         WHERE a.batch_id = $1 AND a.withdrawn_at IS NULL
         ORDER BY path, student_id
        """,
        batch_id,
    )
    done = set(handled)
    stay = {
        row["student_id"]: row["name"] or "" for row in rows if (row["student_id"], row["part"], row["dimension"]) not in done
    }
    return list(stay.values())
