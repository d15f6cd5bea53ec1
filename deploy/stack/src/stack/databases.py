"""Creates the services' databases and roles on a PostgreSQL server, as its superuser. The services create their tables.

Each service has two roles: the owner role owns the tables and runs the migrations, the working role reads and writes rows.
So an attacker who controls a service cannot change tables that migrations mark as append-only (`servicekit.migrate`).
"""

import contextlib
from collections.abc import AsyncIterator
from urllib.parse import urlsplit, urlunsplit

import asyncpg

from stack import plan

TEMPLATE = "zp_template"


async def prepare(superuser_url: str, passwords: dict[str, str]) -> None:
    """Create the template, and the roles and the database of each service. Idempotent."""
    async with connected(superuser_url) as admin:
        if await _owner(admin, TEMPLATE) is None:
            await admin.execute(f"CREATE DATABASE {TEMPLATE}")
    async with connected(at(superuser_url, TEMPLATE)) as template:
        for extension in plan.EXTENSIONS:
            await template.execute(f"CREATE EXTENSION IF NOT EXISTS {extension}")
    async with connected(superuser_url) as admin:
        for name in plan.NAMES:
            for role in (plan.owner(name), name):
                await _role(admin, role, passwords[role])
            owner = await _owner(admin, name)
            if owner is None:
                await create(admin, name, service=name)
            elif owner != plan.owner(name):
                await _hand_over(admin, superuser_url, name)


async def create(admin: asyncpg.Connection, database: str, service: str, template: str = TEMPLATE) -> None:
    """Create a database to which only the service's two roles may connect. Nobody may be connected to `template` meanwhile."""
    await admin.execute(f"CREATE DATABASE {database} TEMPLATE {template} OWNER {plan.owner(service)}")
    await _admit(admin, database, service)


async def _admit(admin: asyncpg.Connection, database: str, service: str) -> None:
    await admin.execute(f"REVOKE ALL ON DATABASE {database} FROM PUBLIC")
    await admin.execute(f"GRANT CONNECT, TEMPORARY ON DATABASE {database} TO {service}")


async def _hand_over(admin: asyncpg.Connection, superuser_url: str, name: str) -> None:
    """Change the owner of a database from a release in which the working role owned it."""
    await admin.execute(f"ALTER DATABASE {name} OWNER TO {plan.owner(name)}")
    await _admit(admin, name, name)
    async with connected(at(superuser_url, name)) as inside:
        await inside.execute(f"REASSIGN OWNED BY {name} TO {plan.owner(name)}")


@contextlib.asynccontextmanager
async def connected(url: str) -> AsyncIterator[asyncpg.Connection]:
    """A connection, closed at the end."""
    connection = await asyncpg.connect(url, timeout=20)
    try:
        yield connection
    finally:
        await connection.close()


def at(url: str, database: str) -> str:
    """`url` with another database name."""
    return urlunsplit(urlsplit(url)._replace(path=f"/{database}"))


async def _owner(admin: asyncpg.Connection, database: str) -> str | None:
    """The owner of a database; None if there is no such database."""
    found: str | None = await admin.fetchval("SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = $1", database)
    return found


async def _role(admin: asyncpg.Connection, name: str, password: str) -> None:
    known = await admin.fetchval("SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = $1)", name)
    verb = "ALTER" if known else "CREATE"
    quoted = await admin.fetchval("SELECT quote_literal($1)", password)
    await admin.execute(f"{verb} ROLE {name} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD {quoted}")
