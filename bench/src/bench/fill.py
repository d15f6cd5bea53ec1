"""Rows by the thousand: copies of a real row with other ids, made inside PostgreSQL. It works on any table as it is today."""

from __future__ import annotations

import asyncpg

type Connection = asyncpg.Connection[asyncpg.Record]


async def copies(connection: Connection, table: str, key: str, model: object, count: int, changed: str, *more: object) -> None:
    """`count` copies of the row whose `key` is `model`.

    `changed`: SQL arguments of jsonb_build_object, in which `g` counts from 1 and `more` are $3, $4, ...
    """
    await connection.execute(
        f"INSERT INTO {table} OVERRIDING SYSTEM VALUE SELECT made.* FROM {table} t, generate_series(1, $2::int) g, "  # noqa: S608
        f"LATERAL jsonb_populate_record(t, jsonb_build_object('_', g, {changed})) made WHERE t.{key} = $1",
        model,
        count,
        *more,
    )


async def settle(connection: Connection, *tables: str) -> None:
    """Let the planner know, and clear away what would be cleared in the middle of a measurement."""
    for table in tables:
        await connection.execute(f"VACUUM (ANALYZE) {table}")
