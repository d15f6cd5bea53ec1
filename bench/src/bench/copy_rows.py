"""Fills tables with copies of a real row, inside PostgreSQL; works for any table."""

from __future__ import annotations

import asyncpg

type Connection = asyncpg.Connection[asyncpg.Record]


async def insert_copies(
    connection: Connection, table: str, key: str, model: object, count: int, changed: str, *more: object
) -> None:
    """Insert `count` copies of the row whose column `key` is `model`.

    `changed`: the changed columns as SQL arguments of jsonb_build_object; `g` counts from 1, and `more` are $3, $4, ...
    """
    await connection.execute(
        f"INSERT INTO {table} OVERRIDING SYSTEM VALUE SELECT made.* FROM {table} t, generate_series(1, $2::int) g, "  # noqa: S608
        f"LATERAL jsonb_populate_record(t, jsonb_build_object('_', g, {changed})) made WHERE t.{key} = $1",
        model,
        count,
        *more,
    )


async def vacuum(connection: Connection, *tables: str) -> None:
    """Update the planner's statistics, and vacuum now rather than in the middle of a measurement."""
    for table in tables:
        await connection.execute(f"VACUUM (ANALYZE) {table}")
