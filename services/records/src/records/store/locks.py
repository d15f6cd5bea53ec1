"""SQL of the classes whose results are locked (BJ-07, BJ-10)."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from servicekit.db import Tx


async def save(tx: Tx, term_id: UUID, path: str, version: int, locked: bool, at: datetime) -> None:
    """Save that a class is locked or no longer locked; an older version changes nothing."""
    await tx.execute(
        "INSERT INTO locked_results AS l (term_id, path, version, locked, at) VALUES ($1, $2::text::ltree, $3, $4, $5) "
        "ON CONFLICT (term_id, path) DO UPDATE SET version = excluded.version, locked = excluded.locked, at = excluded.at "
        "WHERE l.version < excluded.version",
        term_id,
        path,
        version,
        locked,
        at,
    )


async def locked(tx: Tx, term_id: UUID, paths: Collection[str]) -> dict[str, datetime]:
    """Those of these classes whose results are locked in a term, and since when."""
    rows = await tx.fetch(
        "SELECT path::text AS path, at FROM locked_results WHERE term_id = $1 AND path = ANY($2::text[]::ltree[]) AND locked",
        term_id,
        list(paths),
    )
    return {row["path"]: row["at"] for row in rows}
