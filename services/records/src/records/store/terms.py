"""Terms and their timetables."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from contracts.base import Window
from servicekit.db import Tx

from records.domain.rules import Term


def _term(row: Any) -> Term:
    return Term(**(dict(row) | {"windows": tuple(Window.model_validate(window) for window in row["windows"])}))


async def add(tx: Tx, term: Term) -> bool:
    """False where the school has this term already."""
    made = await tx.fetchval(
        "INSERT INTO terms (id, path, title, school_year, number, scheme_id, scheme_version, time_zone, starts_on, "
        "ends_on, windows, version) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) "
        "ON CONFLICT (path, school_year, number) DO NOTHING RETURNING true",
        term.id, term.path, term.title, term.school_year, term.number, term.scheme_id, term.scheme_version,
        term.time_zone, term.starts_on, term.ends_on, term.windows, term.version,
    )  # fmt: skip
    return bool(made)


async def get(tx: Tx, term_id: UUID) -> Term | None:
    """One term."""
    row: Any = await tx.fetchrow("SELECT * FROM terms WHERE id = $1", term_id)
    return None if row is None else _term(row)


async def lock(tx: Tx, term_id: UUID) -> Term | None:
    """One term, held until the transaction ends."""
    row: Any = await tx.fetchrow("SELECT * FROM terms WHERE id = $1 FOR UPDATE", term_id)
    return None if row is None else _term(row)


async def many(tx: Tx, ids: Sequence[UUID]) -> dict[UUID, Term]:
    """These terms, by id."""
    rows = await tx.fetch("SELECT * FROM terms WHERE id = ANY($1)", ids)
    return {row["id"]: _term(row) for row in rows}


async def set_windows(tx: Tx, term: Term) -> None:
    """The timetable as it is now."""
    await tx.execute("UPDATE terms SET windows = $2, version = $3 WHERE id = $1", term.id, term.windows, term.version)


async def page(tx: Tx, place: str, path: str | None, before: UUID | None, limit: int) -> list[Term]:
    """Terms of schools above or below `place` (and `path`), newest first."""
    rows = await tx.fetch(
        "SELECT * FROM terms WHERE (path @> $1::ltree OR path <@ $1::ltree) "
        "AND ($2::ltree IS NULL OR path @> $2::ltree OR path <@ $2::ltree) AND ($3::uuid IS NULL OR id < $3) "
        "ORDER BY id DESC LIMIT $4",
        place, path, before, limit,
    )  # fmt: skip
    return [_term(row) for row in rows]
