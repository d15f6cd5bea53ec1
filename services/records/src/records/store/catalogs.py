"""The items of lists that staff keep (SH-04)."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from servicekit.db import Tx
from servicekit.ids import new_id

from records.domain.catalogs import Item
from records.domain.record import ChangedBy

_OFFERED = """
SELECT catalog, title FROM catalog_items
 WHERE catalog = ANY($1) AND path @> $2::text::ltree AND NOT retired
"""


async def offered(tx: Tx, catalogs: Collection[str], path: str) -> dict[str, set[str]]:
    """By list, the titles that the school of a class and the organisations above it offer."""
    found: dict[str, set[str]] = {name: set() for name in catalogs}
    for row in await tx.fetch(_OFFERED, list(catalogs), path):
        found[row["catalog"]].add(row["title"])
    return found


async def mark_used(tx: Tx, catalog: str, path: str, title: str) -> None:
    """Note that a submitted record of a class has this item."""
    await tx.execute(
        "UPDATE catalog_items SET used = true WHERE catalog = $1 AND path @> $2::text::ltree AND title = $3 AND NOT used",
        catalog, path, title,
    )  # fmt: skip


_PAGE = """
SELECT id, path::text AS path, title, retired, version, used FROM catalog_items
 WHERE catalog = $1 AND path @> $2::text::ltree AND ($3::boolean OR NOT retired) AND ($4::uuid IS NULL OR id > $4)
 ORDER BY id LIMIT $5
"""


async def page(tx: Tx, catalog: str, path: str, with_retired: bool, after: UUID | None, limit: int) -> list[Item]:
    """Items of an organisation and of those above it, oldest first."""
    rows: list[Any] = await tx.fetch(_PAGE, catalog, path, with_retired, after, limit)
    return [Item(**row) for row in rows]


async def lock(tx: Tx, catalog: str, item_id: UUID) -> Item | None:
    """One item of a list, locked."""
    row: Any = await tx.fetchrow(
        "SELECT id, path::text AS path, title, retired, version, used FROM catalog_items "
        "WHERE id = $1 AND catalog = $2 FOR UPDATE",
        item_id,
        catalog,
    )
    return None if row is None else Item(**row)


async def count(tx: Tx, catalog: str, path: str) -> int:
    """How many items an organisation keeps; those who add to its list wait for each other until the transaction ends."""
    await tx.execute("SELECT pg_advisory_xact_lock(hashtextextended('catalog:' || $1 || ':' || $2, 0))", catalog, path)
    found: int = await tx.fetchval(
        "SELECT count(*) FROM catalog_items WHERE catalog = $1 AND path = $2::text::ltree", catalog, path
    )
    return found


async def add(tx: Tx, catalog: str, path: str, titles: Sequence[str], by: ChangedBy, at: datetime) -> int:
    """Add items that the organisation does not keep yet, and offer retired ones again; returns how many it were."""
    ids = [new_id() for _ in titles]
    rows = await tx.fetch(
        "INSERT INTO catalog_items AS i (id, catalog, path, title, created_at, by_name) "
        "SELECT n.id, $2, $3::text::ltree, n.title, $5, $6 FROM unnest($1::uuid[], $4::text[]) AS n (id, title) "
        "ON CONFLICT (catalog, path, title) DO UPDATE SET retired = false, version = i.version + 1 WHERE i.retired "
        "RETURNING i.id, i.title, i.version",
        ids, catalog, path, list(titles), at, by.name,
    )  # fmt: skip
    for row in rows:
        await log(tx, row["id"], "add" if row["version"] == 1 else "restore", row["title"], by, at)
    return len(rows)


async def save(tx: Tx, item: Item, action: str, by: ChangedBy, at: datetime) -> bool:
    """Save a locked item; False if the organisation has another one of that title."""
    taken = await tx.fetchval(
        "SELECT EXISTS (SELECT FROM catalog_items i JOIN catalog_items o ON o.catalog = i.catalog AND o.path = i.path "
        "AND o.id <> i.id AND o.title = $2 WHERE i.id = $1)",
        item.id,
        item.title,
    )
    if taken:
        return False
    await tx.execute(
        "UPDATE catalog_items SET title = $2, retired = $3, version = $4 WHERE id = $1",
        item.id, item.title, item.retired, item.version,
    )  # fmt: skip
    await log(tx, item.id, action, item.title, by, at)
    return True


async def remove(tx: Tx, item: Item, by: ChangedBy, at: datetime) -> None:
    """Delete an item that no record has."""
    await tx.execute("DELETE FROM catalog_items WHERE id = $1", item.id)
    await log(tx, item.id, "remove", item.title, by, at)


async def log(tx: Tx, item_id: UUID, action: str, title: str, by: ChangedBy, at: datetime) -> None:
    """Log who changed an item."""
    await tx.execute(
        "INSERT INTO catalog_changes (id, at, item_id, action, title, by_id, by_name, by_role) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        new_id(), at, item_id, action, title, by.id, by.name, by.role,
    )  # fmt: skip
