"""Corrections of results by cases, and classes whose results are final (X-15)."""

from collections.abc import Collection
from uuid import UUID

from contracts.publicity import ResultAmendedV1, ResultsSettledV1
from servicekit.db import Tx


async def add(tx: Tx, event: ResultAmendedV1) -> bool:
    """Insert a correction; False if it is stored already."""
    rows = await tx.fetch(
        "INSERT INTO result_corrections (case_id, dimension, term_id, student_id, path, band, reason, at) "
        "SELECT $1, dimension, $2, $3, $4::ltree, band, $5, $6 FROM unnest($7::text[], $8::text[]) AS n (dimension, band) "
        "ON CONFLICT DO NOTHING RETURNING dimension",
        event.case_id, event.term_id, event.student_id, event.path, event.reason, event.at, list(event.grades),
        list(event.grades.values()),
    )  # fmt: skip
    return bool(rows)


async def in_force(tx: Tx, term_id: UUID, student_ids: Collection[UUID]) -> dict[UUID, dict[str, str]]:
    """The corrected bands of these students, by student and dimension; of several corrections the last one."""
    rows = await tx.fetch(
        "SELECT student_id, dimension, band FROM result_corrections WHERE term_id = $1 AND student_id = ANY($2) "
        "ORDER BY at, case_id",
        term_id,
        list(student_ids),
    )
    found: dict[UUID, dict[str, str]] = {}
    for row in rows:
        found.setdefault(row["student_id"], {})[row["dimension"]] = row["band"]
    return found


async def settle(tx: Tx, event: ResultsSettledV1) -> None:
    """Save that a class is final; an older version changes nothing."""
    await tx.execute(
        "INSERT INTO results_settled AS s (term_id, path, version, amended) VALUES ($1, $2::ltree, $3, $4) "
        "ON CONFLICT (term_id, path) DO UPDATE SET version = $3, amended = $4 "
        "WHERE (s.version, s.amended) < (excluded.version, excluded.amended)",
        event.term_id, event.path, event.version, event.amended,
    )  # fmt: skip
