"""Relay and consumer with outbox and inbox, beside the bus alone: the same messages, the same two processes, synced alike."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import date
from uuid import uuid4

from contracts.records import PositionApprovedV1
from servicekit.ids import new_id
from stack import databases, plan

from bench import rounds, usage
from bench.figures import Figure
from bench.ground import Ground
from bench.load import BenchError, Call, send

GOAL = 0.4
COUNT = 1500
_FILL = """
INSERT INTO outbox (event_id, subject, aggregate, body, occurred_at)
SELECT uuidv7(), $1, 'position:' || g, $2, now() FROM generate_series(1, $3::int) g
"""


@dataclass(frozen=True)
class Ends:
    """Where the processes are: ours by database, the bare ones by address; and their process ids."""

    outbox: str
    inbox: str
    publisher: str
    fetcher: str
    ours: tuple[int, int]
    bare: tuple[int, int]


def an_event() -> PositionApprovedV1:
    """An event of ordinary size."""
    return PositionApprovedV1(
        position_id=new_id(), term_id=new_id(), student_id=new_id(), student_name="李晓雨", path="jx.nc.dh.s1.g2025.c01",
        title="学习委员", level="班级", starts_on=date(2026, 9, 1), ends_on=None, duties="组织晚自习答疑", version=1,
    )  # fmt: skip


@asynccontextmanager
async def ends(ground: Ground) -> AsyncIterator[Ends]:
    """Four processes."""
    assert ground.platform.endpoints is not None
    names = {kind: f"bench_{kind}_{uuid4().hex[:6]}" for kind in ("outbox", "inbox")}
    async with databases.connected(ground.platform.endpoints.postgres) as admin:
        for name in names.values():
            await admin.execute(f"CREATE DATABASE {name} TEMPLATE {databases.TEMPLATE}")
    keys = json.dumps(ground.platform.keyring.token_keys)
    async with AsyncExitStack() as stack:
        found = []
        for kind, user, name in (("relay", "records", names["outbox"]), ("consumer", "notify", names["inbox"])):
            env = {
                "ZP_DATABASE_URL": ground.superuser(name), "ZP_NATS_URL": ground.platform.nats_url(user), "ZP_TOKEN_KEYS": keys
            }  # fmt: skip
            found.append(await stack.enter_async_context(ground.beside("kit_ends", env, kind)))
        bare = {"BENCH_NATS": ground.platform.nats_url(plan.ADMIN)}
        for kind in ("publisher", "fetcher"):
            found.append(await stack.enter_async_context(ground.beside("bare_bus", bare, kind)))
        (_, relay), (_, consumer), (publisher, one), (fetcher, other) = found
        yield Ends(names["outbox"], names["inbox"], publisher, fetcher, (relay, consumer), (one, other))


async def through(ground: Ground, there: Ends, count: int) -> float:
    """Seconds from the commit of `count` events until the last one is in the inbox."""
    event = an_event()
    async with ground.database(there.outbox) as outbox, ground.database(there.inbox) as inbox:
        before = await inbox.fetchval("SELECT count(*) FROM inbox")
        async with outbox.transaction():
            await outbox.execute(_FILL, event.subject, event.model_dump_json().encode(), count)
            await outbox.execute("SELECT pg_notify('outbox', '')")
        begun = time.perf_counter()
        while time.perf_counter() - begun < 60:
            if await inbox.fetchval("SELECT count(*) FROM inbox") >= before + count:
                return time.perf_counter() - begun
            await asyncio.sleep(0.02)
    raise BenchError(f"{count} events did not arrive within a minute")


async def bare_through(ground: Ground, there: Ends, count: int) -> float:
    """Seconds from the first publish until the last message is fetched and acknowledged."""
    body = an_event().model_dump_json().encode()
    async with ground.http.post(f"{there.fetcher}/fetch?count={count}") as fetched:
        if fetched.status != 200 or await fetched.content.readline() != b"ready\n":
            raise BenchError(f"the bare consumer answered {fetched.status}")
        begun = time.perf_counter()
        await send(ground.http, Call("POST", f"{there.publisher}/publish?count={count}", {}, body))
        if await fetched.content.readline() != b"done\n":
            raise BenchError("the bare consumer did not get all messages")
        return time.perf_counter() - begun


async def measure(ground: Ground) -> list[Figure]:
    """d: events a second, ours over bare."""
    async with ends(ground) as there:
        shared = [ground.pid("nats")]

        async def ours() -> tuple[float, float]:
            pids = [*there.ours, *shared, ground.pid("postgres")]
            before = usage.cpu_seconds(pids)
            seconds = await through(ground, there, COUNT)
            return COUNT / seconds, (usage.cpu_seconds(pids) - before) / COUNT * 1000

        async def bare() -> tuple[float, float]:
            pids = [*there.bare, *shared]
            before = usage.cpu_seconds(pids)
            seconds = await bare_through(ground, there, COUNT)
            return COUNT / seconds, (usage.cpu_seconds(pids) - before) / COUNT * 1000

        await ours()
        await bare()
        found = await rounds.paired(ground.options.rounds, ours, bare)
    one = rounds.ratio([(mine, theirs) for (mine, _), (theirs, _) in found])
    by_cpu = rounds.ratio([(theirs, mine) for (_, mine), (_, theirs) in found])
    said: dict[str, float | int | str] = {
        "ours/s": rounds.median([mine for (mine, _), _ in found]),
        "bare/s": rounds.median([theirs for _, (theirs, _) in found]),
        "ours CPU ms": rounds.median([mine for (_, mine), _ in found]),
        "bare CPU ms": rounds.median([theirs for _, (_, theirs) in found]),
        "CPU ratio": by_cpu.median,
        "events": COUNT,
    }
    what = "outbox, relay, consumer, inbox ÷ acknowledged publish and fetch"
    return [Figure("d", what, one.median, goal=GOAL, low=one.low, high=one.high, rounds=one.rounds, said=said)]
