"""The databases that every check reads, and the findings that it returns."""

from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from stack import databases as servers
from stack import plan


@dataclass(frozen=True)
class Finding:
    """A violated guarantee: the check, the service, and the evidence."""

    check: str
    service: str
    what: str
    evidence: str = ""

    def __str__(self) -> str:
        return f"{self.check} [{self.service}] {self.what}" + (f": {self.evidence}" if self.evidence else "")


@dataclass
class Databases:
    """Connections to the databases of all services."""

    connections: dict[str, Any] = field(default_factory=dict)

    async def rows(self, service: str, sql: str, *args: Any) -> list[dict[str, Any]]:
        """Rows as dicts; jsonb as text unless cast."""
        return [dict(row) for row in await self.connections[service].fetch(sql, *args)]

    async def value(self, service: str, sql: str, *args: Any) -> Any:
        """One value."""
        return await self.connections[service].fetchval(sql, *args)

    async def versions(self, stem: str) -> list[str]:
        """The subjects of an event in all versions that its producer has published."""
        sql = "SELECT DISTINCT subject FROM outbox WHERE subject LIKE $1 || '.v%' ORDER BY 1"
        return [row["subject"] for row in await self.rows(stem.partition(".")[0], sql, stem)]

    async def pairs(self, service: str, sql: str, *args: Any) -> dict[Any, Any]:
        """A dict from the first column to the second, or to a tuple of the others."""
        found = await self.connections[service].fetch(sql, *args)
        return {row[0]: row[1] if len(row) == 2 else tuple(row)[1:] for row in found}


@asynccontextmanager
async def open_databases(superuser_url: str) -> AsyncIterator[Databases]:
    """Connect to every service's database as the superuser."""
    async with AsyncExitStack() as stack:
        found = Databases()
        for service in plan.NAMES:
            connected = servers.connected(servers.at(superuser_url, service))
            found.connections[service] = await stack.enter_async_context(connected)
        yield found


def grouped(rows: Sequence[dict[str, Any]], key: str) -> dict[Any, list[dict[str, Any]]]:
    """Rows grouped by a column."""
    found: dict[Any, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        found[row[key]].append(row)
    return found


def differences(
    check: str, service: str, what: str, stored: dict[Any, Any], expected: dict[Any, Any], limit: int = 3
) -> list[Finding]:
    """Findings for keys whose values differ; at most `limit` are listed."""
    found = []
    for key in sorted({*stored, *expected}, key=str):
        if stored.get(key) != expected.get(key):
            found.append(Finding(check, service, what, f"{key}: has {stored.get(key)!r}, should have {expected.get(key)!r}"))
    if len(found) > limit:
        found = [*found[:limit], Finding(check, service, what, f"and {len(found) - limit} more")]
    return found
