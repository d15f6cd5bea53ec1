"""Lists of terms; one term is read through the directory."""

from datetime import date
from uuid import UUID

from contracts.base import ancestor
from servicekit.db import Tx
from servicekit.directory import Directory

from records.domain.term import Term


async def page(
    tx: Tx, directory: Directory[Term], org_path: str, path: str | None, before: UUID | None, limit: int
) -> list[Term]:
    """Terms of schools above or below `org_path` (and `path`), newest first."""
    rows = await tx.fetch(
        "SELECT * FROM directory_terms WHERE (path @> $1::ltree OR path <@ $1::ltree) "
        "AND ($2::ltree IS NULL OR path @> $2::ltree OR path <@ $2::ltree) AND ($3::uuid IS NULL OR id < $3) "
        "ORDER BY id DESC LIMIT $4",
        org_path, path, before, limit,
    )  # fmt: skip
    return [directory.read(row) for row in rows]


async def running(tx: Tx, path: str, scheme_id: str, today: date, after: UUID, limit: int) -> list[UUID]:
    """So many of the terms of a scheme under way or to come below an organisation, after one of them, by id."""
    rows = await tx.fetch(
        "SELECT id FROM directory_terms WHERE path <@ $1::text::ltree AND scheme_id = $2 AND ends_on >= $3 AND id > $4 "
        "ORDER BY id LIMIT $5",
        path, scheme_id, today, after, limit,
    )  # fmt: skip
    return [row["id"] for row in rows]


async def of_school(tx: Tx, directory: Directory[Term], path: str, school_year: str, number: int) -> Term | None:
    """The term of the school that an organisation or class lies in; None: the school has none of this number in this year."""
    row = await tx.fetchrow(
        "SELECT * FROM directory_terms WHERE path = $1::text::ltree AND school_year = $2 AND number = $3",
        ancestor(path, "school"), school_year, number,
    )  # fmt: skip
    return None if row is None else directory.read(row)


async def below(tx: Tx, directory: Directory[Term], path: str, school_year: str, number: int, limit: int) -> list[Term]:
    """The terms of this number and year at the schools below an organisation, at most `limit`."""
    rows = await tx.fetch(
        "SELECT * FROM directory_terms WHERE path <@ $1::text::ltree AND school_year = $2 AND number = $3 AND complete "
        "ORDER BY path LIMIT $4",
        path, school_year, number, limit,
    )  # fmt: skip
    return [directory.read(row) for row in rows]
