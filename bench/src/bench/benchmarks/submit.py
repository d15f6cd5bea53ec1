"""Submitting a record (token, permission, window, quota, idempotency), compared with the same inserts alone."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from statistics import median
from uuid import UUID, uuid4

import asyncpg
from servicekit.db import Database
from servicekit.migrate import migrate
from stack import databases

from bench import baseline, rounds, usage
from bench.environment import Environment, an_actor
from bench.figures import Figure, comparison
from bench.load import BenchError, Call, closed_loop, send
from bench.rounds import Measured
from bench.school import School, a_school, filling_windows

KINDS = ("arts_activity", "art_troupe", "science_activity", "health_education", "sports_contest", "defence_award")
STUDENTS = 4000
GOAL = 0.6


@dataclass
class FilledSchool:
    """A Baoshan school whose recorder enters records, two of a kind for each student, so that every one counts for a quota."""

    env: Environment
    school: School
    headers: dict[str, str]
    term_id: str
    _next: Iterator[tuple[str, UUID]]

    def calls(self) -> Iterator[Call]:
        """Valid submissions."""
        for kind, student in self._next:
            body = {
                "term_id": self.term_id, "kind": kind, "student_id": str(student), "submit": True,
                "data": {"name": "全区中小学生合唱展演", "on_day": "2026-10-12", "award": "二等奖"},
            }  # fmt: skip
            yield self.env.call("records", "POST", "/records", self.headers, body)

    async def submit_one(self) -> UUID:
        """Submit the next record; returns its id."""
        return UUID(json.loads(await send(self.env.http, next(self.calls())))["id"])


async def a_filling_school(env: Environment, code: str = "fill", students: int = STUDENTS) -> FilledSchool:
    """Create the school and its term in records."""
    school = a_school(f"sh.sh.bs.{code}", "baoshan", "junior_secondary", students)
    _, term_id = await env.open_school(school, filling_windows())
    recorder = env.headers(an_actor("recorder", school.path, "录入员"))
    ids = [student.student_id for student in school.students]
    turns = ((kind, one) for kind in KINDS for _ in range(2) for one in ids)
    return FilledSchool(env, school, recorder, str(term_id), turns)


@asynccontextmanager
async def running_baseline(env: Environment, filled: FilledSchool) -> AsyncIterator[tuple[str, int]]:
    """Run the baseline server on a database with the tables of records, and one of each row to copy."""
    record_id = await filled.submit_one()
    name = f"bare_{uuid4().hex[:8]}"
    async with databases.connected(env.platform.endpoints.postgres) as admin:
        await admin.execute(f"CREATE DATABASE {name} TEMPLATE {databases.TEMPLATE}")
    url = env.superuser(name)
    db = await Database.connect(url, 1)
    await migrate(db, "records")
    await db.close()
    async with env.database("records") as source, env.database(name) as target:
        await _copy_models(source, target, record_id)
    async with env.start_program("baseline", {"BENCH_RECORDS": url, "BENCH_PUBLICITY": env.superuser("publicity")}) as (
        url,
        pid,
    ):
        yield url, pid


async def _copy_models(
    source: asyncpg.Connection[asyncpg.Record], target: asyncpg.Connection[asyncpg.Record], record_id: UUID
) -> None:
    """Copy the rows that one submission wrote, and their term."""
    wanted = {
        "directory_terms": "SELECT to_jsonb(t) FROM directory_terms t "
        "WHERE id = (SELECT term_id FROM records WHERE id = $1::uuid)",
        "records": "SELECT to_jsonb(t) FROM records t WHERE id = $1::uuid",
        "record_history": "SELECT to_jsonb(t) FROM record_history t WHERE record_id = $1::uuid",
        "outbox": "SELECT to_jsonb(t) - 'published_at' FROM outbox t WHERE aggregate = 'record:' || $1::uuid::text",
        "jobs": "SELECT to_jsonb(t) FROM jobs t WHERE key = $1::uuid::text",
        "idempotency": "SELECT to_jsonb(t) FROM idempotency t WHERE status = 201 AND route = 'POST /records' "
        "AND position($1::uuid::text IN convert_from(body, 'UTF8')) > 0",
    }
    for table, sql in wanted.items():
        rows: list[object] = []
        for _ in range(100):
            rows = [row[0] for row in await source.fetch(sql, record_id)]
            if rows:
                break
            await asyncio.sleep(0.05)
        if not rows:
            raise BenchError(f"a submission left no row in {table}")
        for row in rows:
            await target.execute(
                f"INSERT INTO {table} OVERRIDING SYSTEM VALUE SELECT made.* FROM jsonb_populate_record(NULL::{table}, $1) made",  # noqa: S608
                row,
            )
    await target.execute("SELECT setval(pg_get_serial_sequence('outbox', 'seq'), (SELECT max(seq) FROM outbox))")
    assert set(wanted) - {"directory_terms"} == set(baseline.TABLES)


type Target = tuple[Callable[[], Iterator[Call]], int]
"""Requests, and the process that answers them."""


async def compare(env: Environment, benchmark: str, what: str, goal: float, service: Target, baseline: Target) -> Figure:
    """Load service and baseline in turns, after a warm-up of both (connections, prepared statements)."""
    seconds, concurrency = env.options.seconds, env.options.concurrency

    async def load(target: Target, seconds: float) -> Measured:
        calls, pid = target
        pids = [pid, env.pid("postgres")]
        before = usage.cpu_seconds(pids)
        done = await closed_loop(env.http, calls(), concurrency, seconds)
        cpu = usage.cpu_seconds(pids) - before
        return Measured(done.rate, cpu / done.answers * 1000, median(done.durations) * 1000)

    for target in (service, baseline):
        await load(target, max(1.0, seconds))
    found = await rounds.paired(env.options.rounds, lambda: load(service, seconds), lambda: load(baseline, seconds))
    return comparison(benchmark, what, goal, found, **{"at once": concurrency})


async def measure(env: Environment) -> list[Figure]:
    """a: submissions a second, service over baseline."""
    filled = await a_filling_school(env)
    async with running_baseline(env, filled) as (url, pid):

        def baseline_calls() -> Iterator[Call]:
            for call in filled.calls():
                yield Call(call.method, f"{url}/records", call.headers, call.body)

        what = "submit a record ÷ the same inserts"
        return [await compare(env, "a", what, GOAL, (filled.calls, env.pid("records")), (baseline_calls, pid))]
