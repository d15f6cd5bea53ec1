"""Lists of terms; one term is read through the directory."""

from uuid import UUID

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
