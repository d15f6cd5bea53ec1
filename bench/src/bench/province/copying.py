"""COPY of many rows into a table of a service, with its indexes and foreign keys made again afterwards."""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

import asyncpg

type Connection = asyncpg.Connection[asyncpg.Record]
CHUNK = 4_000
_INDEXES = """
SELECT c.relname AS name, pg_get_indexdef(i.indexrelid) AS made
  FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
 WHERE i.indrelid = $1::text::regclass AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = i.indexrelid)
"""
_KEYS = """
SELECT conname AS name, pg_get_constraintdef(oid) AS made FROM pg_constraint
 WHERE conrelid = $1::text::regclass AND contype = 'f'
"""


async def _lines(rows: Iterable[str]) -> AsyncIterator[bytes]:
    waiting: list[str] = []
    for row in rows:
        waiting.append(row)
        if len(waiting) == CHUNK:
            yield "".join(waiting).encode()
            waiting.clear()
    yield "".join(waiting).encode()


async def copy(connection: Connection, table: str, columns: str, rows: Iterable[str]) -> None:
    """Write rows: lines with tabs between values. `columns`: names with spaces between them."""
    await connection.copy_to_table(table, source=_lines(rows), columns=columns.split(), format="text")


@asynccontextmanager
async def without_indexes(connection: Connection, *tables: str) -> AsyncIterator[None]:
    """Drop the indexes and foreign keys of tables, but not primary and unique keys; make the same ones afterwards."""
    keys = [(table, row["name"], row["made"]) for table in tables for row in await connection.fetch(_KEYS, table)]
    indexes = [(row["name"], row["made"]) for table in tables for row in await connection.fetch(_INDEXES, table)]
    for table, name, _ in keys:
        await connection.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')
    for name, _ in indexes:
        await connection.execute(f'DROP INDEX "{name}"')
    yield
    await connection.execute("SET maintenance_work_mem = '1GB'")
    for _, made in indexes:
        await connection.execute(made)
    for table, name, made in keys:
        await connection.execute(f'ALTER TABLE {table} ADD CONSTRAINT "{name}" {made}')
    for table in tables:
        await connection.execute(f"VACUUM (ANALYZE) {table}")
