"""What is in the databases, in one number per table: what a refused write must leave as it was, to the letter."""

import asyncio

import asyncpg
from stack import plan
from stack.platform import Platform

from tests.journeys.census import BESIDES

TRACES = BESIDES | {"board_looks", "captchas"}
_ONE = "SELECT md5(coalesce(string_agg(md5(t::text), '' ORDER BY t::text), '')) FROM {} t"


async def _of(platform: Platform, service: str) -> dict[str, str]:
    connection = await asyncpg.connect(platform.database_url(service))
    try:
        names = await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename")
        wanted = [row["tablename"] for row in names if row["tablename"] not in TRACES]
        return {f"{service}.{name}": await connection.fetchval(_ONE.format(name)) for name in wanted}
    finally:
        await connection.close()


async def digest(platform: Platform) -> dict[str, str]:
    """A number for the content of each table that holds somebody's data."""
    parts = await asyncio.gather(*(_of(platform, service) for service in plan.NAMES))
    return {name: value for part in parts for name, value in part.items()}


async def settled(platform: Platform) -> dict[str, str]:
    """The digest once facts under way have arrived: the same twice, a moment apart."""
    before = await digest(platform)
    for _ in range(100):
        await asyncio.sleep(0.4)
        after = await digest(platform)
        if after == before:
            return after
        before = after
    raise TimeoutError("facts keep travelling")


def differences(before: dict[str, str], after: dict[str, str]) -> list[str]:
    """Tables whose content changed."""
    return [name for name in before if before[name] != after.get(name)]
