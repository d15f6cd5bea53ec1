"""Makes the services' databases and roles on a PostgreSQL server, as its superuser. Tables are the services' own."""

import contextlib
from collections.abc import AsyncIterator
from urllib.parse import urlsplit, urlunsplit

import asyncpg

from stack import plan

TEMPLATE = "zp_template"


async def prepare(superuser_url: str, passwords: dict[str, str]) -> None:
    """Make the template, then one role and one database per service. Safe to repeat."""
    async with connected(superuser_url) as admin:
        if not await _exists(admin, TEMPLATE):
            await admin.execute(f"CREATE DATABASE {TEMPLATE}")
    async with connected(at(superuser_url, TEMPLATE)) as template:
        for extension in plan.EXTENSIONS:
            await template.execute(f"CREATE EXTENSION IF NOT EXISTS {extension}")
    async with connected(superuser_url) as admin:
        for name in plan.NAMES:
            await _role(admin, name, passwords[name])
            if not await _exists(admin, name):
                await create(admin, name, owner=name)


async def create(admin: asyncpg.Connection, database: str, owner: str, template: str = TEMPLATE) -> None:
    """Make a database that only its owner may enter. `template` must have no visitors at the moment."""
    await admin.execute(f"CREATE DATABASE {database} TEMPLATE {template} OWNER {owner}")
    await admin.execute(f"REVOKE ALL ON DATABASE {database} FROM PUBLIC")


@contextlib.asynccontextmanager
async def connected(url: str) -> AsyncIterator[asyncpg.Connection]:
    """One connection, closed at the end."""
    connection = await asyncpg.connect(url, timeout=20)
    try:
        yield connection
    finally:
        await connection.close()


def at(url: str, database: str) -> str:
    """Return `url` with another database."""
    return urlunsplit(urlsplit(url)._replace(path=f"/{database}"))


async def _exists(admin: asyncpg.Connection, database: str) -> bool:
    return bool(await admin.fetchval("SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)", database))


async def _role(admin: asyncpg.Connection, name: str, password: str) -> None:
    known = await admin.fetchval("SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = $1)", name)
    verb = "ALTER" if known else "CREATE"
    quoted = await admin.fetchval("SELECT quote_literal($1)", password)
    await admin.execute(f"{verb} ROLE {name} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD {quoted}")
