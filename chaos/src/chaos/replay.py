"""Deletes the data of the bus, replays all outboxes, and compares the tables of every service with those before."""

import asyncio
import hashlib
import os
import shutil
import time
from typing import Any

from stack import plan
from stack.provision import provision

from chaos.check import events
from chaos.check.base import Databases, Finding, open_databases
from chaos.checker import Checker
from chaos.platform import LinkedPlatform

INTERNAL_TABLES = frozenset(
    {"outbox", "inbox", "idempotency", "jobs", "dead_letters", "schema_migrations", "counters", "counter_changes"}
)
"""Tables of servicekit that are not compared; `jobs` has times. Counters are compared with what waits to be added to them."""
_COUNTED = """
SELECT concat_ws(' ', counter, period, path, item, sum(count)) AS row
  FROM (SELECT counter, period, path, item, count FROM counters
         UNION ALL
        SELECT counter, period, subpath(path, 0, n.depth), item, change
          FROM counter_changes CROSS JOIN LATERAL generate_series(1, nlevel(path)) AS n (depth)) c
 WHERE counter <> 'accounts'
 GROUP BY counter, period, path, item HAVING sum(count) <> 0 ORDER BY 1
"""
TABLES_BY_CLOCK = frozenset({("importer", "files"), ("identity", "school_counts"), ("records", "kind_counts")})
"""Chores write these by the clock, whatever is replayed: they delete uploads of checked workbooks, and count again. So
do the counters `accounts` of identity."""

PEOPLE = ("identity.organisation.%", "identity.student%")
READ_MODELS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "records": (("directory_organisations", "directory_students"), PEOPLE),
    "publicity": (
        ("directory_students", "class_titles", "directory_opt_outs", "summaries"),
        (*PEOPLE, "records.participation.%", "archive.evaluation.%"),
    ),
    "archive": (("directory_opt_outs",), ("records.participation.%",)),
    "importer": (
        (
            "directory_organisations",
            "directory_students",
            "registry_numbers",
            "directory_terms",
            "sealed_terms",
            "evaluations",
        ),
        (*PEOPLE, "records.term.%", "archive.term.sealed.%", "archive.evaluation.%"),
    ),
    "notify": (("directory_terms",), ("records.term.%",)),
}
"""(tables, subjects): these tables are built from these events only, so a replay must restore them when they are emptied."""


async def empty_read_models(databases: Databases) -> int:
    """Empty the read models and delete the inbox rows of their events. Returns the number of deleted rows."""
    deleted = 0
    for service, (tables, subjects) in READ_MODELS.items():
        connection = databases.connections[service]
        async with connection.transaction():
            for table in tables:
                deleted += int(await databases.value(service, f'SELECT count(*) FROM "{table}"'))
                await connection.execute(f'TRUNCATE "{table}"')
            await connection.execute("DELETE FROM inbox WHERE subject LIKE ANY($1)", list(subjects))
    return deleted


async def dump_tables(databases: Databases) -> dict[str, tuple[int, str]]:
    """Row count and hash of each table of each service, independent of the order of rows."""
    found = {}
    for service in plan.NAMES:
        tables = await databases.rows(
            service, "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY 1"
        )
        queries = {"counters": _COUNTED}
        for table in (row["relname"] for row in tables):
            if table not in INTERNAL_TABLES and (service, table) not in TABLES_BY_CLOCK:
                queries[table] = f'SELECT t::text AS row FROM "{table}" t ORDER BY 1'
        for table, query in queries.items():
            rows = await databases.rows(service, query)
            all_rows = "\n".join(row["row"] for row in rows).encode()
            found[f"{service}.{table}"] = (len(rows), hashlib.sha256(all_rows).hexdigest())
    return found


async def check_replay(platform: LinkedPlatform, checker: Checker, numbers: dict[str, Any], seconds: float) -> list[Finding]:
    """Dump, wipe the bus, empty the read models, replay, wait, dump again, compare."""
    begun = time.monotonic()
    consumers = set((await events.read_bus(checker.nats)).waiting)
    async with open_databases(checker.postgres) as databases:
        before = await dump_tables(databases)
    await wipe_bus(platform)
    async with open_databases(checker.postgres) as databases:
        numbers["read_model_rows_lost"] = await empty_read_models(databases)
    numbers["events_replayed"] = await replay(platform)
    remaining = await wait_for_consumers(checker.nats, consumers, seconds) or await checker.wait_until_quiet(seconds)
    found = [Finding("replay", name, f"{count} left") for name, count in remaining.items()]
    async with open_databases(checker.postgres) as databases:
        after = await dump_tables(databases)
    for table in sorted({*before, *after}):
        if before.get(table) != after.get(table):
            what = f"{before.get(table)} before, {after.get(table)} after"
            found.append(Finding("replay", table, "differs from before the bus was wiped", what))
    numbers["rows_compared"] = sum(count for count, _ in after.values())
    numbers["seconds_to_replay"] = round(time.monotonic() - begun, 1)
    return found


async def wipe_bus(platform: LinkedPlatform) -> None:
    """Stop the bus, delete its data, start it, create its streams. Services create their consumers again themselves."""
    supervisor = platform.supervisors["nats"]
    await supervisor.stop()
    await asyncio.to_thread(shutil.rmtree, platform.root / "nats" / "jetstream")
    await supervisor.start()
    await provision(platform.endpoints.nats_url("admin"))


async def wait_for_consumers(url: str, names: set[str], seconds: float) -> dict[str, int]:
    """Wait until these consumers exist again: without them, nothing would seem to wait. Returns the missing ones."""
    deadline = time.monotonic() + seconds
    missing = names
    while missing and time.monotonic() < deadline:
        await asyncio.sleep(0.3)
        missing = names - set((await events.read_bus(url)).waiting)
    return {f"no consumer {name}": 1 for name in sorted(missing)}


async def replay(platform: LinkedPlatform) -> int:
    """Run `python -m <service> replay` for every service. Returns the number of events published again."""
    return sum(await asyncio.gather(*(_replay_service(platform, service) for service in plan.NAMES)))


async def _replay_service(platform: LinkedPlatform, service: str) -> int:
    command = (*platform.run(service)[:2], service, "replay")
    process = await asyncio.create_subprocess_exec(
        *command, env={**os.environ, **platform.env(service)}, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    output, _ = await process.communicate()
    last = output.decode().strip().splitlines()[-1]
    if process.returncode != 0:
        raise RuntimeError(f"replay of {service} failed: {output.decode()[-500:]}")
    return int(last.split()[0])
