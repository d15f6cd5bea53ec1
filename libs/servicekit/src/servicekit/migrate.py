"""Migrations: numbered SQL files, each in its own transaction, under one lock, so that several may start at once.

They run as the role that owns the tables; the service works as another, which may read and write rows, but only add them to
tables whose comment begins with `append-only`.
"""

import hashlib
import re
from collections.abc import Mapping
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

import asyncpg

from servicekit.db import Database

_NAME = re.compile(r"(\d{4})_\w+\.sql")
_LOCK = 7_201_977
"""An advisory lock that nothing else uses."""
_RIGHTS = """
DO $do$
DECLARE
    rel record;
BEGIN
    EXECUTE format('GRANT USAGE ON SCHEMA public TO %1$I', current_setting('zp.role'));
    EXECUTE format('GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO %1$I', current_setting('zp.role'));
    FOR rel IN
        SELECT c.oid::regclass AS name,
               c.relname = 'schema_migrations' AS is_migrations,
               coalesce(obj_description(c.oid, 'pg_class'), '') LIKE 'append-only%' AS append_only
        FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm')
          AND c.relowner = current_user::regrole
    LOOP
        EXECUTE format('REVOKE ALL ON %s FROM %I', rel.name, current_setting('zp.role'));
        EXECUTE format(CASE WHEN rel.is_migrations THEN 'GRANT SELECT ON %s TO %I'
                            WHEN rel.append_only THEN 'GRANT SELECT, INSERT ON %s TO %I'
                            ELSE 'GRANT SELECT, INSERT, UPDATE, DELETE ON %s TO %I' END, rel.name, current_setting('zp.role'));
    END LOOP;
END
$do$
"""


def _found(package: str) -> list[tuple[int, Traversable]]:
    folder = files(package) / "migrations"
    if not folder.is_dir():
        return []
    return sorted((int(m[1]), f) for f in folder.iterdir() if (m := _NAME.fullmatch(f.name)))


async def migrate(
    db: Database, package: str, owner_url: str | None = None, *, last: Mapping[str, int] | None = None
) -> list[str]:
    """Bring the database up to date: first the kit's tables, then the service's. Returns the names applied.

    `owner_url`: the database as the role that owns the tables; without it the service's own role must own them, or
    nothing may be left to do (else PermissionError). A file that was applied may not change afterwards: RuntimeError.
    `last`: the number to stop at, by package (`servicekit`, the service's), for tests of upgrades; None: all.
    """
    connection = await db.dedicated(owner_url)
    try:
        await connection.execute("SELECT pg_advisory_lock($1)", _LOCK)
        applied = await _apply(connection, package, last or {})
        if owner_url:
            await _grant(connection, db, anew=bool(applied))
    except asyncpg.InsufficientPrivilegeError as fault:
        raise PermissionError(f"{package}: migrations wait, and this role does not own the tables") from fault
    finally:
        await connection.close()
    if applied:
        await db.pool.expire_connections()
    return applied


async def _apply(connection: "asyncpg.Connection[Any]", package: str, last: Mapping[str, int]) -> list[str]:
    if await connection.fetchval("SELECT to_regclass('public.schema_migrations')") is None:
        await connection.execute(
            "CREATE TABLE schema_migrations ("
            "room text, number integer, name text NOT NULL, digest text NOT NULL,"
            "applied_at timestamptz NOT NULL DEFAULT now(), PRIMARY KEY (room, number))"
        )
    applied: list[str] = []
    for owner in ("servicekit", package):
        for number, file in _found(owner):
            if number > last.get(owner, number):
                break
            sql = file.read_text(encoding="utf-8")
            digest = hashlib.sha256(sql.encode()).hexdigest()
            known = await connection.fetchval(
                "SELECT digest FROM schema_migrations WHERE room = $1 AND number = $2", owner, number
            )
            if known == digest:
                continue
            if known is not None:
                raise RuntimeError(f"migration {owner}/{file.name} changed after it was applied")
            async with connection.transaction():
                await connection.execute("SET LOCAL lock_timeout = '5s'")
                await connection.execute(sql)
                await connection.execute(
                    "INSERT INTO schema_migrations (room, number, name, digest) VALUES ($1, $2, $3, $4)",
                    owner,
                    number,
                    file.name,
                    digest,
                )
            applied.append(f"{owner}/{file.name}")
    return applied


async def _grant(connection: "asyncpg.Connection[Any]", db: Database, *, anew: bool) -> None:
    async with db.reading() as tx:
        role: str = await tx.fetchval("SELECT current_user")
    if await connection.fetchval("SELECT current_user") == role:
        return
    if not anew and await connection.fetchval("SELECT has_table_privilege($1, 'schema_migrations', 'SELECT')", role):
        return
    async with connection.transaction():
        await connection.execute("SELECT set_config('zp.role', $1, true)", role)
        await connection.execute(_RIGHTS)
