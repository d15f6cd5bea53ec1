"""Runs that lock the results of a grade or school, and their classes (X-15)."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from servicekit.db import Tx
from servicekit.mapping import from_row

from archive.domain.score_runs import RunClass, ScoreRun
from archive.store.rows import columns


def _run(row: Any) -> ScoreRun:
    return from_row(ScoreRun, row)


async def add(tx: Tx, run: ScoreRun, classes: Sequence[RunClass]) -> ScoreRun:
    """Insert a run with its classes; the one that is under way in the term already, if there is one."""
    row = await tx.fetchrow(
        """
        INSERT INTO score_runs (id, term_id, path, account_id, author_name, roles, asked_at, done, total)
        VALUES ($1, $2, $3::ltree, $4, $5, $6, $7, $8, $9)
            ON CONFLICT (term_id) WHERE finished_at IS NULL DO NOTHING RETURNING *
        """,
        run.id, run.term_id, run.path, run.account_id, run.author_name, run.roles, run.asked_at, run.done, run.total,
    )  # fmt: skip
    if row is None:
        known = await tx.fetchrow("SELECT * FROM score_runs WHERE term_id = $1 AND finished_at IS NULL", run.term_id)
        return _run(known) if known else run
    await tx.execute(
        "INSERT INTO score_run_classes (run_id, path, version, title) "
        "SELECT $1, c.path::ltree, c.version, c.title "
        "FROM unnest($2::text[], $3::int[], $4::text[]) AS c (path, version, title)",
        run.id,
        *columns([(one.path, one.version, one.title) for one in classes], 3),
    )
    return _run(row)


async def lock(tx: Tx, run_id: UUID) -> ScoreRun | None:
    """A run, locked."""
    row = await tx.fetchrow("SELECT * FROM score_runs WHERE id = $1 FOR UPDATE", run_id)
    return _run(row) if row else None


async def get(tx: Tx, run_id: UUID) -> ScoreRun | None:
    """A run."""
    row = await tx.fetchrow("SELECT * FROM score_runs WHERE id = $1", run_id)
    return _run(row) if row else None


async def page(tx: Tx, term_id: UUID, path: str, after: UUID | None, limit: int) -> list[ScoreRun]:
    """The runs of a term at or below an organisation, newest first."""
    rows = await tx.fetch(
        "SELECT * FROM score_runs WHERE term_id = $1 AND path <@ $2::ltree AND ($3::uuid IS NULL OR id < $3) "
        "ORDER BY id DESC LIMIT $4",
        term_id, path, after, limit,
    )  # fmt: skip
    return [_run(row) for row in rows]


async def waiting(tx: Tx, run_id: UUID, limit: int) -> list[RunClass]:
    """The next classes that had no turn yet, in order."""
    rows = await tx.fetch(
        "SELECT path::text AS path, version, title, locked, code, detail, help FROM score_run_classes "
        "WHERE run_id = $1 AND locked IS NULL "
        "ORDER BY class_order(score_run_classes.path) LIMIT $2",
        run_id,
        limit,
    )
    return [from_row(RunClass, row) for row in rows]


async def refused(tx: Tx, run_ids: Iterable[UUID]) -> dict[UUID, list[RunClass]]:
    """The classes of runs that were not locked, in order."""
    rows = await tx.fetch(
        "SELECT run_id, path::text AS path, version, title, locked, code, detail, help FROM score_run_classes "
        "WHERE run_id = ANY($1) AND NOT locked ORDER BY run_id, class_order(score_run_classes.path)",
        list(run_ids),
    )
    found: dict[UUID, list[RunClass]] = {}
    for row in rows:
        found.setdefault(row["run_id"], []).append(from_row(RunClass, {k: v for k, v in row.items() if k != "run_id"}))
    return found


async def save(tx: Tx, run: ScoreRun, classes: Sequence[RunClass], done: int, finished_at: datetime | None) -> None:
    """Save what became of classes, and how far the run is."""
    await tx.executemany(
        "UPDATE score_run_classes SET locked = $3, code = $4, detail = $5, help = $6 WHERE run_id = $1 AND path = $2::ltree",
        [(run.id, one.path, one.locked, one.code, one.detail, one.help) for one in classes],
    )
    await tx.execute("UPDATE score_runs SET done = $2, finished_at = $3 WHERE id = $1", run.id, done, finished_at)
