"""What is in the databases, in one number per table: what a refused write must leave as it was, to the letter."""

from stack.platform import Platform

from tests.journeys.census import per_table, still


async def digest(platform: Platform) -> dict[str, str]:
    """A number for the content of each table that holds somebody's data."""
    return await per_table(platform, "md5(coalesce(string_agg(md5(t::text), '' ORDER BY t::text), ''))")


async def settled(platform: Platform) -> dict[str, str]:
    """The digest once it stands still."""
    return await still(digest, platform)


def differences(before: dict[str, str], after: dict[str, str]) -> list[str]:
    """Tables whose content changed."""
    return [name for name in before if before[name] != after.get(name)]
