"""Row counts and content hashes of all tables: a refused write must change neither. Reads the databases directly."""

import asyncio
from typing import Any

import asyncpg
from stack import plan
from stack.platform import Platform

EXCLUDED = frozenset(
    {
        "audit",
        "board_looks",
        "board_views",
        "captchas",
        "dead_letters",
        "failures",
        "files",
        "held_downloads",
        "idempotency",
        "inbox",
        "jobs",
        "page_pictures",
        "page_sets",
        "qr_sign_ins",
        "read_marks",
        "read_up_to",
        "refresh_tokens",
        "revoked_cards",
        "schema_migrations",
        "counters",
        "counter_changes",
        "sessions",
        "sso_arrivals",
        "used_downloads",
    }
)
"""Tables that reading, signing in and offering an upload may change, and tables of servicekit."""
COUNTED_AGAIN = frozenset({"kind_counts", "school_counts", "school_progress"})
"""Numbers that a scheduled job makes anew from the other tables: their rows are counted, their contents may change."""
ROW_COUNT = "count(*)"
CONTENT_HASH = "md5(coalesce(string_agg(md5(t::text), '' ORDER BY t::text), ''))"


async def per_table(platform: Platform, aggregate: str = ROW_COUNT) -> dict[str, Any]:
    """The value of a SQL aggregate over the rows `t` of each table, by `service.table`."""
    parts = await asyncio.gather(*(_of_service(platform, service, aggregate) for service in plan.NAMES))
    return {name: value for part in parts for name, value in part.items()}


async def settled(platform: Platform, aggregate: str = ROW_COUNT) -> dict[str, Any]:
    """As `per_table`, once no events are on their way: two equal results 0.3 s apart."""
    before = await per_table(platform, aggregate)
    for _ in range(100):
        await asyncio.sleep(0.3)
        after = await per_table(platform, aggregate)
        if after == before:
            return after
        before = after
    raise TimeoutError("the tables keep changing")


async def _of_service(platform: Platform, service: str, aggregate: str) -> dict[str, Any]:
    connection = await asyncpg.connect(platform.endpoints.database_url(service))
    try:
        names = await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename")
        left_out = EXCLUDED | (COUNTED_AGAIN if aggregate == CONTENT_HASH else frozenset())
        counted = [row["tablename"] for row in names if row["tablename"] not in left_out]
        return {f"{service}.{name}": await connection.fetchval(f"SELECT {aggregate} FROM {name} t") for name in counted}
    finally:
        await connection.close()
