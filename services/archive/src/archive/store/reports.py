"""Reports that were asked for, and their parts while they are made (BJ-08)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from servicekit.db import Tx
from servicekit.mapping import from_row

from archive.domain.reports import ReportRun, ResultRow
from archive.store.rows import columns


def _run(row: Any) -> ReportRun:
    return from_row(ReportRun, row)


async def add(tx: Tx, run: ReportRun, paths: Sequence[str]) -> ReportRun:
    """Insert a run with its parts; the one that the same account has under way already, if there is one."""
    row = await tx.fetchrow(
        """
        INSERT INTO report_runs (id, report, title, path, scheme_id, scheme_version, school_year, number, term_id, format,
                                 account_id, author_name, asked_at, state, done, total, name, object_key, expires_at,
                                 stage)
        VALUES ($1, $2, $3, $4::ltree, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)
            ON CONFLICT (account_id, report, path, scheme_id, school_year, number, format) WHERE state = 'making' DO NOTHING
        RETURNING *
        """,
        run.id, run.report, run.title, run.path, run.scheme_id, run.scheme_version, run.school_year, run.number, run.term_id,
        run.format, run.account_id, run.author_name, run.asked_at, run.state, run.done, run.total, run.name, run.object_key,
        run.expires_at, run.stage,
    )  # fmt: skip
    if row is None:
        known = await tx.fetchrow(
            "SELECT * FROM report_runs WHERE account_id = $1 AND report = $2 AND path = $3::ltree AND scheme_id = $4 "
            "AND school_year = $5 AND number = $6 AND format = $7 AND state = 'making'",
            run.account_id, run.report, run.path, run.scheme_id, run.school_year, run.number, run.format,
        )  # fmt: skip
        return _run(known) if known else run
    await tx.execute(
        "INSERT INTO report_parts (run_id, number, path) "
        "SELECT $1, n.number, n.path::ltree FROM unnest($2::int[], $3::text[]) AS n (number, path)",
        run.id,
        *columns(list(enumerate(paths)), 2),
    )
    return _run(row)


async def get(tx: Tx, run_id: UUID, account_id: UUID) -> ReportRun | None:
    """A run of this account."""
    row = await tx.fetchrow("SELECT * FROM report_runs WHERE id = $1 AND account_id = $2", run_id, account_id)
    return _run(row) if row else None


async def page(tx: Tx, account_id: UUID, after: UUID | None, limit: int) -> list[ReportRun]:
    """The runs of an account, newest first."""
    rows = await tx.fetch(
        "SELECT * FROM report_runs WHERE account_id = $1 AND ($2::uuid IS NULL OR id < $2) ORDER BY id DESC LIMIT $3",
        account_id, after, limit,
    )  # fmt: skip
    return [_run(row) for row in rows]


async def lock(tx: Tx, run_id: UUID) -> ReportRun | None:
    """A run, locked."""
    row = await tx.fetchrow("SELECT * FROM report_runs WHERE id = $1 FOR UPDATE", run_id)
    return _run(row) if row else None


async def save(tx: Tx, run: ReportRun) -> None:
    """Save how far a run is."""
    await tx.execute(
        "UPDATE report_runs SET state = $2, done = $3, sha256 = $4, size = $5, ready_at = $6, expires_at = $7, problem = $8 "
        "WHERE id = $1",
        run.id, run.state, run.done, run.sha256, run.size, run.ready_at, run.expires_at, run.problem,
    )  # fmt: skip


async def next_part(tx: Tx, run_id: UUID) -> tuple[int, str] | None:
    """The number and path of the next class that is not done."""
    row = await tx.fetchrow(
        "SELECT number, path::text AS path FROM report_parts WHERE run_id = $1 AND rows IS NULL AND key IS NULL "
        "ORDER BY number LIMIT 1",
        run_id,
    )
    return (row["number"], row["path"]) if row else None


async def save_part(tx: Tx, run_id: UUID, number: int, rows: list[Any] | None, key: str | None) -> None:
    """Save what was made of a class: its rows, or the key of its pages."""
    await tx.execute("UPDATE report_parts SET rows = $3, key = $4 WHERE run_id = $1 AND number = $2", run_id, number, rows, key)


async def parts(tx: Tx, run_id: UUID) -> list[tuple[list[Any], str]]:
    """The rows and keys of all classes, in order."""
    rows = await tx.fetch("SELECT rows, key FROM report_parts WHERE run_id = $1 ORDER BY number", run_id)
    return [(row["rows"] or [], row["key"] or "") for row in rows]


async def remove_parts(tx: Tx, run_id: UUID) -> None:
    """Delete the parts of a run that is over."""
    await tx.execute("DELETE FROM report_parts WHERE run_id = $1", run_id)


async def expired(tx: Tx, now: datetime, limit: int) -> list[ReportRun]:
    """Runs that are kept no longer, locked."""
    rows = await tx.fetch(
        "SELECT * FROM report_runs WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2 FOR UPDATE SKIP LOCKED", now, limit
    )
    return [_run(row) for row in rows]


async def remove(tx: Tx, run_ids: Sequence[UUID]) -> None:
    """Delete runs with their parts."""
    await tx.execute("DELETE FROM report_runs WHERE id = ANY($1)", list(run_ids))


async def results(tx: Tx, term_id: UUID, path: str) -> list[ResultRow]:
    """The results in force of a class, by registry number: locked scores, or verdicts."""
    rows = await tx.fetch(
        """
        SELECT s.name, s.sex, s.registry_number, s.grade_title || s.class_title AS class_title, coalesce(l.band, '') AS band,
               l.total::text AS total, '' AS reason, l.dimensions, s.id
          FROM locked_scores_in_force l JOIN directory_students s ON s.id = l.student_id
         WHERE l.term_id = $1 AND l.path = $2::ltree
         UNION ALL
        SELECT s.name, s.sex, s.registry_number, s.grade_title || s.class_title, v.choice, '', v.reason, NULL, s.id
          FROM verdicts v JOIN directory_students s ON s.id = v.student_id
         WHERE v.term_id = $1 AND v.path = $2::ltree
         ORDER BY registry_number, id
        """,
        term_id, path,
    )  # fmt: skip
    return [from_row(ResultRow, row) for row in rows]
