"""What every check is given, and what it finds."""

from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import asyncpg
from stack import plan


@dataclass(frozen=True)
class Finding:
    """A broken promise: which check, at which service, and what shows it."""

    check: str
    service: str
    what: str
    evidence: str = ""

    def __str__(self) -> str:
        return f"{self.check} [{self.service}] {self.what}" + (f": {self.evidence}" if self.evidence else "")


@dataclass
class Books:
    """All databases, read directly."""

    connections: dict[str, Any] = field(default_factory=dict)

    async def rows(self, service: str, sql: str, *args: Any) -> list[dict[str, Any]]:
        """Rows as dicts; uuid as they are, jsonb as text unless cast."""
        return [dict(row) for row in await self.connections[service].fetch(sql, *args)]

    async def value(self, service: str, sql: str, *args: Any) -> Any:
        """One value."""
        return await self.connections[service].fetchval(sql, *args)

    async def versions(self, stem: str) -> list[str]:
        """The subjects of an event in all versions that its producer ever said."""
        sql = "SELECT DISTINCT subject FROM outbox WHERE subject LIKE $1 || '.v%' ORDER BY 1"
        return [row["subject"] for row in await self.rows(stem.partition(".")[0], sql, stem)]

    async def pairs(self, service: str, sql: str, *args: Any) -> dict[Any, Any]:
        """First column → the second, or a tuple of the rest."""
        found = await self.connections[service].fetch(sql, *args)
        return {row[0]: row[1] if len(row) == 2 else tuple(row)[1:] for row in found}


@asynccontextmanager
async def opened(superuser_url: str) -> AsyncIterator[Books]:
    """Connect to every service's database as the superuser."""
    async with AsyncExitStack() as stack:
        books = Books()
        for service in plan.NAMES:
            url = urlunsplit(urlsplit(superuser_url)._replace(path=f"/{service}"))
            connection = await asyncpg.connect(url, timeout=10)
            stack.push_async_callback(connection.close)
            books.connections[service] = connection
        yield books


def grouped(rows: Sequence[dict[str, Any]], key: str) -> dict[Any, list[dict[str, Any]]]:
    """Rows by the value of a column, in their order."""
    found: dict[Any, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        found[row[key]].append(row)
    return found


def same(check: str, service: str, what: str, here: dict[Any, Any], there: dict[Any, Any], most: int = 3) -> list[Finding]:
    """Findings where two maps differ: `there` is the truth, `here` what the service keeps."""
    found = []
    for key in sorted({*here, *there}, key=str):
        if here.get(key) != there.get(key):
            found.append(Finding(check, service, what, f"{key}: has {here.get(key)!r}, should have {there.get(key)!r}"))
    if len(found) > most:
        found = [*found[:most], Finding(check, service, what, f"and {len(found) - most} more")]
    return found
