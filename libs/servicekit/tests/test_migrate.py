"""Who owns the tables, and what the service's own role may do with them."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from servicekit.db import Database
from servicekit.migrate import migrate

LOOKS = """-- A table of looks, kept for ever, and one of notes.
CREATE TABLE looks (who text);
COMMENT ON TABLE looks IS 'append-only: who looked';
CREATE TABLE notes (note text);
"""


@pytest.fixture
async def toy(parts: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[tuple[Database, str]]:
    """A database and its owner's address; the package `toy` has one migration."""
    (tmp_path / "toy" / "migrations").mkdir(parents=True)
    (tmp_path / "toy" / "__init__.py").write_text('"""A toy."""\n')
    (tmp_path / "toy" / "migrations" / "0001_looks.sql").write_text(LOOKS)
    monkeypatch.syspath_prepend(str(tmp_path))
    url = await parts.fresh_database("records")
    db = await Database.connect(url, 2)
    yield db, parts.owner_url("records", url)
    await db.close()
    await parts.drop_database(url)


async def test_what_is_marked_append_only_can_be_added_to_but_not_changed_by_the_service(toy: tuple[Database, str]) -> None:
    db, owner = toy
    await migrate(db, "toy", owner)
    async with db.reading() as own:
        await own.execute("INSERT INTO looks VALUES ('a')")
        await own.execute("INSERT INTO notes VALUES ('a')")
        await own.execute("UPDATE notes SET note = 'b'")
        assert await own.fetchval("SELECT who FROM looks") == "a"
        for change in (
            "UPDATE looks SET who = 'b'",
            "DELETE FROM looks",
            "TRUNCATE looks",
            "DROP TABLE looks",
            "COMMENT ON TABLE looks IS ''",
            "ALTER TABLE looks DISABLE TRIGGER ALL",
            "CREATE TABLE more ()",
            "DELETE FROM schema_migrations",
        ):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await own.execute(change)


async def test_a_service_without_the_owners_address_starts_only_where_nothing_is_left_to_migrate(
    toy: tuple[Database, str],
) -> None:
    db, owner = toy
    with pytest.raises(PermissionError, match="migrations wait"):
        await migrate(db, "toy")
    assert "toy/0001_looks.sql" in await migrate(db, "toy", owner)
    assert await migrate(db, "toy") == []
