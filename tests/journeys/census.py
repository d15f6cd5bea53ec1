"""What each service's tables hold: what a refused write must leave as it was. The only look behind the gateway here."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import asyncpg
from stack import plan
from stack.platform import Platform

BESIDES = frozenset(
    {
        "audit",
        "board_looks",
        "board_views",
        "captchas",
        "dead_letters",
        "jobs",
        "failures",
        "files",
        "idempotency",
        "inbox",
        "read_marks",
        "read_up_to",
        "refresh_tokens",
    }
    | {"revoked_cards", "schema_migrations", "sessions", "sso_arrivals"}
)
"""Tables that hold no one's data: traces of looking and signing in, offers of uploads, and what the kit needs to work.
(A key of a refused write is free again: `test_double_clicks`.)"""


async def _of(platform: Platform, service: str, asked: str) -> dict[str, Any]:
    connection = await asyncpg.connect(platform.database_url(service))
    try:
        names = await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename")
        wanted = [row["tablename"] for row in names if row["tablename"] not in BESIDES]
        return {f"{service}.{name}": await connection.fetchval(f"SELECT {asked} FROM {name} t") for name in wanted}
    finally:
        await connection.close()


async def per_table(platform: Platform, asked: str) -> dict[str, Any]:
    """One value per table that holds somebody's data; `asked` is what to select from it, as `t`."""
    parts = await asyncio.gather(*(_of(platform, service, asked) for service in plan.NAMES))
    return {name: value for part in parts for name, value in part.items()}


async def census(platform: Platform) -> dict[str, int]:
    """Rows per table: records and their history, entries, cases, archives, events to tell."""
    return await per_table(platform, "count(*)")


async def still[T](look: Callable[[Platform], Awaitable[T]], platform: Platform) -> T:
    """What a look shows once events under way have arrived: the same twice, a moment apart."""
    before = await look(platform)
    for _ in range(100):
        await asyncio.sleep(0.3)
        after = await look(platform)
        if after == before:
            return after
        before = after
    raise TimeoutError("events keep travelling")


async def settled(platform: Platform) -> dict[str, int]:
    """The census once it stands still."""
    return await still(census, platform)
