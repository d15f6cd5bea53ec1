"""The bus is lost: wiped, made anew, and filled again from the outboxes. Every service holds the same as before."""

import asyncio
import hashlib
import os
import shutil
import time
from typing import Any

from stack import plan
from stack.provision import provision

from chaos.check.base import Books, Finding, opened
from chaos.checker import Checker
from chaos.platform import LinkedPlatform

TECHNICAL = frozenset({"outbox", "inbox", "idempotency", "jobs", "dead_letters", "schema_migrations"})
"""What is not a service's own subject; `jobs` holds times."""

PEOPLE = ("identity.organisation.%", "identity.student%")
READ_MODELS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "records": (("organisations", "students"), PEOPLE),
    "publicity": (("students", "places"), PEOPLE),
    "importer": (
        ("organisations", "students", "terms", "sealed_terms", "evaluations"),
        (*PEOPLE, "records.term.%", "archive.term.sealed.%", "archive.evaluation.%"),
    ),
    "notify": (("terms",), ("records.term.%",)),
}
"""Tables that hold nothing but what was heard in these events: emptied, they must grow again as they were."""


async def empty(books: Books) -> int:
    """Lose read models, and the memory of having heard their events. Returns how many rows are gone."""
    gone = 0
    for service, (tables, subjects) in READ_MODELS.items():
        connection = books.connections[service]
        async with connection.transaction():
            for table in tables:
                gone += int(await books.value(service, f'SELECT count(*) FROM "{table}"'))
                await connection.execute(f'TRUNCATE "{table}"')
            await connection.execute("DELETE FROM inbox WHERE subject LIKE ANY($1)", list(subjects))
    return gone


async def dump(books: Books) -> dict[str, tuple[int, str]]:
    """Rows and a hash of each table of each service, independent of the order of rows."""
    found = {}
    for service in plan.NAMES:
        tables = await books.rows(
            service, "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY 1"
        )
        for table in (row["relname"] for row in tables):
            if table in TECHNICAL:
                continue
            rows = await books.rows(service, f'SELECT t::text AS row FROM "{table}" t ORDER BY 1')
            whole = "\n".join(row["row"] for row in rows).encode()
            found[f"{service}.{table}"] = (len(rows), hashlib.sha256(whole).hexdigest())
    return found


async def prove(platform: LinkedPlatform, checker: Checker, numbers: dict[str, Any], seconds: float) -> list[Finding]:
    """Dump, wipe the bus, empty some read models, replay, wait, dump again, compare."""
    begun = time.monotonic()
    async with opened(checker.postgres) as books:
        before = await dump(books)
    await wipe(platform)
    async with opened(checker.postgres) as books:
        numbers["read_model_rows_lost"] = await empty(books)
    numbers["facts_replayed"] = await replay(platform)
    left = await checker.quiet(seconds)
    found = [Finding("replay", name, f"{count} left") for name, count in left.items()]
    async with opened(checker.postgres) as books:
        after = await dump(books)
    for table in sorted({*before, *after}):
        if before.get(table) != after.get(table):
            what = f"{before.get(table)} before, {after.get(table)} after"
            found.append(Finding("replay", table, "is another than before the bus was lost", what))
    numbers["rows_compared"] = sum(count for count, _ in after.values())
    numbers["seconds_to_replay"] = round(time.monotonic() - begun, 1)
    return found


async def wipe(platform: LinkedPlatform) -> None:
    """Stop the bus, delete all it kept, start it, make its streams. Services make their consumers again themselves."""
    supervisor = platform.supervisors["nats"]
    await supervisor.stop()
    await asyncio.to_thread(shutil.rmtree, platform.root / "nats" / "jetstream")
    await supervisor.start()
    await provision(platform.nats_url("admin"))


async def replay(platform: LinkedPlatform) -> int:
    """`python -m <service> replay` for every service. Returns how many events are published again."""
    return sum(await asyncio.gather(*(_one(platform, service) for service in plan.NAMES)))


async def _one(platform: LinkedPlatform, service: str) -> int:
    command = (*platform.run(service)[:2], service, "replay")
    process = await asyncio.create_subprocess_exec(
        *command, env={**os.environ, **platform.env(service)}, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    said, _ = await process.communicate()
    last = said.decode().strip().splitlines()[-1]
    if process.returncode != 0:
        raise RuntimeError(f"replay of {service} failed: {said.decode()[-500:]}")
    return int(last.split()[0])
