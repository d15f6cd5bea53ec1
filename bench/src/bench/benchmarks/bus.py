"""Relay and consumer with outbox and inbox, compared with the bus alone: the same messages, also in two processes."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import date
from uuid import uuid4

from contracts.records import PositionApprovedV1
from servicekit.ids import new_id
from stack import databases, plan

from bench import rounds, usage
from bench.environment import Environment
from bench.figures import Figure, comparison
from bench.load import BenchError, Call, send
from bench.rounds import Measured

GOAL = 0.4
COUNT = 1500
_INSERT_EVENTS = """
INSERT INTO outbox (event_id, subject, aggregate, body, occurred_at)
SELECT uuidv7(), $1, 'position:' || g, $2, now() FROM generate_series(1, $3::int) g
"""


@dataclass(frozen=True)
class Programs:
    """Names of the services' databases, URLs of the baseline programs, and the process ids."""

    outbox: str
    inbox: str
    publisher: str
    fetcher: str
    ours: tuple[int, int]
    baseline: tuple[int, int]


def an_event() -> PositionApprovedV1:
    """An event of typical size."""
    return PositionApprovedV1(
        position_id=new_id(), term_id=new_id(), student_id=new_id(), student_name="李晓雨", path="jx.nc.dh.s1.g2025.c01",
        title="学习委员", level="班级", starts_on=date(2026, 9, 1), ends_on=None, duties="组织晚自习答疑", version=1,
    )  # fmt: skip


@asynccontextmanager
async def running_programs(env: Environment) -> AsyncIterator[Programs]:
    """Start the four processes."""
    names = {kind: f"bench_{kind}_{uuid4().hex[:6]}" for kind in ("outbox", "inbox")}
    async with databases.connected(env.platform.endpoints.postgres) as admin:
        for name in names.values():
            await admin.execute(f"CREATE DATABASE {name} TEMPLATE {databases.TEMPLATE}")
    keys = json.dumps(env.platform.keyring.token_keys)
    async with AsyncExitStack() as stack:
        found = []
        for kind, user, name in (("relay", "records", names["outbox"]), ("consumer", "notify", names["inbox"])):
            bus_url = env.platform.endpoints.nats_url(user)
            variables = {"ZP_DATABASE_URL": env.superuser(name), "ZP_NATS_URL": bus_url, "ZP_TOKEN_KEYS": keys}
            found.append(await stack.enter_async_context(env.start_program("bus_services", variables, kind)))
        baseline = {"BENCH_NATS": env.platform.endpoints.nats_url(plan.ADMIN)}
        for kind in ("publisher", "fetcher"):
            found.append(await stack.enter_async_context(env.start_program("baseline_bus", baseline, kind)))
        (_, relay), (_, consumer), (publisher, publisher_pid), (fetcher, fetcher_pid) = found
        yield Programs(names["outbox"], names["inbox"], publisher, fetcher, (relay, consumer), (publisher_pid, fetcher_pid))


async def seconds_through_services(env: Environment, programs: Programs, count: int) -> float:
    """Seconds from the commit of `count` events until the last one is in the inbox."""
    event = an_event()
    async with env.database(programs.outbox) as outbox, env.database(programs.inbox) as inbox:
        before = await inbox.fetchval("SELECT count(*) FROM inbox")
        async with outbox.transaction():
            await outbox.execute(_INSERT_EVENTS, event.subject, event.model_dump_json().encode(), count)
            await outbox.execute("SELECT pg_notify('outbox', '')")
        begun = time.perf_counter()
        while time.perf_counter() - begun < 60:
            if await inbox.fetchval("SELECT count(*) FROM inbox") >= before + count:
                return time.perf_counter() - begun
            await asyncio.sleep(0.02)
    raise BenchError(f"{count} events did not arrive within a minute")


async def seconds_through_bus(env: Environment, programs: Programs, count: int) -> float:
    """Seconds from the first publish until the last message is fetched and acknowledged."""
    body = an_event().model_dump_json().encode()
    async with env.http.post(f"{programs.fetcher}/fetch?count={count}") as fetched:
        if fetched.status != 200 or await fetched.content.readline() != b"ready\n":
            raise BenchError(f"the baseline consumer answered {fetched.status}")
        begun = time.perf_counter()
        await send(env.http, Call("POST", f"{programs.publisher}/publish?count={count}", {}, body))
        if await fetched.content.readline() != b"done\n":
            raise BenchError("the baseline consumer did not get all messages")
        return time.perf_counter() - begun


async def measure(env: Environment) -> list[Figure]:
    """d: events a second, services over baseline."""
    async with running_programs(env) as programs:

        async def measured(seconds: Awaitable[float], pids: Sequence[int]) -> Measured:
            before = usage.cpu_seconds(pids)
            taken = await seconds
            return Measured(COUNT / taken, (usage.cpu_seconds(pids) - before) / COUNT * 1000)

        async def ours() -> Measured:
            pids = [*programs.ours, env.pid("nats"), env.pid("postgres")]
            return await measured(seconds_through_services(env, programs, COUNT), pids)

        async def baseline() -> Measured:
            return await measured(seconds_through_bus(env, programs, COUNT), [*programs.baseline, env.pid("nats")])

        await ours()
        await baseline()
        found = await rounds.paired(env.options.rounds, ours, baseline)
    return [comparison("d", "outbox, relay, consumer, inbox ÷ acknowledged publish and fetch", GOAL, found, events=COUNT)]
