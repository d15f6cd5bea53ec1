"""Growth handbooks of classes and grades that were asked for, and their ZIP files (BJ-09)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from servicekit.db import Tx
from servicekit.mapping import from_row

from archive.domain.handbook_runs import HandbookPart, HandbookRun


def _part(row: Any) -> HandbookPart:
    return from_row(HandbookPart, row, students=tuple(row["students"]))


async def add(tx: Tx, run: HandbookRun, parts: Sequence[HandbookPart]) -> HandbookRun:
    """Insert a run with its parts; the one that the same account has under way already, if there is one."""
    row = await tx.fetchrow(
        """
        INSERT INTO handbook_runs (id, path, account_id, author_name, asked_at, state, students, done, name, expires_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
            ON CONFLICT (account_id, path) WHERE state = 'making' DO NOTHING
        RETURNING *
        """,
        run.id, run.path, run.account_id, run.author_name, run.asked_at, run.state, run.students, run.done, run.name,
        run.expires_at,
    )  # fmt: skip
    if row is None:
        known = await tx.fetchrow(
            "SELECT * FROM handbook_runs WHERE account_id = $1 AND path = $2::ltree AND state = 'making'",
            run.account_id, run.path,
        )  # fmt: skip
        return from_row(HandbookRun, known) if known else run
    await tx.executemany(
        "INSERT INTO handbook_parts (run_id, number, path, students, title, name) VALUES ($1, $2, $3, $4, $5, $6)",
        [(run.id, part.number, part.path, list(part.students), part.title, part.name) for part in parts],
    )
    return from_row(HandbookRun, row)


async def get(tx: Tx, run_id: UUID, account_id: UUID) -> HandbookRun | None:
    """A run of this account."""
    row = await tx.fetchrow("SELECT * FROM handbook_runs WHERE id = $1 AND account_id = $2", run_id, account_id)
    return from_row(HandbookRun, row) if row else None


async def page(tx: Tx, account_id: UUID, after: UUID | None, limit: int) -> list[HandbookRun]:
    """The runs of an account, newest first."""
    rows = await tx.fetch(
        "SELECT * FROM handbook_runs WHERE account_id = $1 AND ($2::uuid IS NULL OR id < $2) ORDER BY id DESC LIMIT $3",
        account_id, after, limit,
    )  # fmt: skip
    return [from_row(HandbookRun, row) for row in rows]


async def lock(tx: Tx, run_id: UUID) -> HandbookRun | None:
    """A run, locked."""
    row = await tx.fetchrow("SELECT * FROM handbook_runs WHERE id = $1 FOR UPDATE", run_id)
    return from_row(HandbookRun, row) if row else None


async def save(tx: Tx, run: HandbookRun) -> None:
    """Save how far a run is."""
    await tx.execute(
        "UPDATE handbook_runs SET state = $2, done = $3, ready_at = $4, expires_at = $5, problem = $6 WHERE id = $1",
        run.id, run.state, run.done, run.ready_at, run.expires_at, run.problem,
    )  # fmt: skip


async def next_part(tx: Tx, run_id: UUID) -> HandbookPart | None:
    """The next ZIP that is not made."""
    row = await tx.fetchrow("SELECT * FROM handbook_parts WHERE run_id = $1 AND key IS NULL ORDER BY number LIMIT 1", run_id)
    return _part(row) if row else None


async def parts(tx: Tx, run_ids: Sequence[UUID]) -> dict[UUID, list[HandbookPart]]:
    """The ZIPs of runs, in order."""
    found: dict[UUID, list[HandbookPart]] = {}
    for row in await tx.fetch("SELECT * FROM handbook_parts WHERE run_id = ANY($1) ORDER BY run_id, number", list(run_ids)):
        found.setdefault(row["run_id"], []).append(_part(row))
    return found


async def save_part(tx: Tx, run_id: UUID, number: int, key: str, size: int) -> None:
    """Save where a ZIP is stored."""
    await tx.execute(
        "UPDATE handbook_parts SET key = $3, size = $4 WHERE run_id = $1 AND number = $2", run_id, number, key, size
    )


async def expired(tx: Tx, now: datetime, limit: int) -> list[HandbookRun]:
    """Runs that are kept no longer, locked."""
    rows = await tx.fetch(
        "SELECT * FROM handbook_runs WHERE expires_at <= $1 ORDER BY expires_at, id LIMIT $2 FOR UPDATE SKIP LOCKED",
        now, limit,
    )  # fmt: skip
    return [from_row(HandbookRun, row) for row in rows]


async def remove(tx: Tx, ids: Sequence[UUID]) -> None:
    """Delete runs with their parts."""
    await tx.execute("DELETE FROM handbook_runs WHERE id = ANY($1)", list(ids))
