"""How many rows each service holds: what a refused write must leave as it was. The only look behind the gateway here."""

import asyncio

import asyncpg
from stack import plan
from stack.platform import Platform

BESIDES = frozenset(
    {
        "audit",
        "board_views",
        "captchas",
        "dead_letters",
        "due",
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


async def _count(platform: Platform, service: str) -> dict[str, int]:
    connection = await asyncpg.connect(platform.database_url(service))
    try:
        names = await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename")
        wanted = [row["tablename"] for row in names if row["tablename"] not in BESIDES]
        return {f"{service}.{name}": await connection.fetchval(f"SELECT count(*) FROM {name}") for name in wanted}
    finally:
        await connection.close()


async def census(platform: Platform) -> dict[str, int]:
    """Rows per table: records and their history, entries, cases, archives, facts to tell."""
    counted = await asyncio.gather(*(_count(platform, service) for service in plan.NAMES))
    return {name: count for part in counted for name, count in part.items()}


async def settled(platform: Platform) -> dict[str, int]:
    """The census once facts under way have arrived: the same twice, a moment apart."""
    before = await census(platform)
    for _ in range(100):
        await asyncio.sleep(0.3)
        after = await census(platform)
        if after == before:
            return after
        before = after
    raise TimeoutError("facts keep travelling")
