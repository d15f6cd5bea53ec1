"""Migrations: numbered SQL files, each in its own transaction, under one lock, so that several may start at once."""

import hashlib
import re
from importlib.resources import files
from importlib.resources.abc import Traversable

from servicekit.db import Database

_NAME = re.compile(r"(\d{4})_\w+\.sql")
_LOCK = 7_201_977
"""Any number that nothing else of ours locks."""


def _found(package: str) -> list[tuple[int, Traversable]]:
    room = files(package) / "migrations"
    if not room.is_dir():
        return []
    return sorted((int(m[1]), f) for f in room.iterdir() if (m := _NAME.fullmatch(f.name)))


async def migrate(db: Database, package: str) -> list[str]:
    """Bring the database up to date: first the kit's tables, then the service's. Returns the names applied.

    A file that was applied may not change afterwards: that is an error, not a surprise in production.
    """
    applied: list[str] = []
    connection = await db.dedicated()
    try:
        await connection.execute("SELECT pg_advisory_lock($1)", _LOCK)
        await connection.execute(
            "CREATE TABLE IF NOT EXISTS schema_migrations ("
            "room text, number integer, name text NOT NULL, digest text NOT NULL,"
            "applied_at timestamptz NOT NULL DEFAULT now(), PRIMARY KEY (room, number))"
        )
        for room in ("servicekit", package):
            for number, file in _found(room):
                sql = file.read_text(encoding="utf-8")
                digest = hashlib.sha256(sql.encode()).hexdigest()
                known = await connection.fetchval(
                    "SELECT digest FROM schema_migrations WHERE room = $1 AND number = $2", room, number
                )
                if known == digest:
                    continue
                if known is not None:
                    raise RuntimeError(f"migration {room}/{file.name} changed after it was applied")
                async with connection.transaction():
                    await connection.execute("SET LOCAL lock_timeout = '5s'")
                    await connection.execute(sql)
                    await connection.execute(
                        "INSERT INTO schema_migrations (room, number, name, digest) VALUES ($1, $2, $3, $4)",
                        room,
                        number,
                        file.name,
                        digest,
                    )
                applied.append(f"{room}/{file.name}")
    finally:
        await connection.close()
    if applied:
        await db.pool.expire_connections()
    return applied
