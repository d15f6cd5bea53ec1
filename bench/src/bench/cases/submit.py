"""Submitting a record with token, permission, window, quota and idempotency, beside the same inserts alone."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from uuid import UUID, uuid4

import asyncpg
from servicekit.db import Database
from servicekit.migrate import migrate
from stack import databases

from bench import bare, rounds, usage
from bench.figures import Figure
from bench.ground import Ground, an_actor
from bench.load import BenchError, Call, Load, flood
from bench.school import School, a_school, a_term, filling

KINDS = ("arts_activity", "art_troupe", "science_activity", "health_education", "sports_contest", "defence_award")
STUDENTS = 4000
GOAL = 0.6


@dataclass(frozen=True)
class Served:
    """A flood, and the processor time (ms) that one answer took."""

    load: Load
    cpu: float


@dataclass
class Filling:
    """A Baoshan school whose recorder enters records: each student two of a kind, so every one is counted against a quota."""

    ground: Ground
    school: School
    headers: dict[str, str]
    term_id: str
    _next: Iterator[tuple[str, UUID]]

    def calls(self) -> Iterator[Call]:
        """Submissions that all fit."""
        for kind, student in self._next:
            body = {
                "term_id": self.term_id, "kind": kind, "student_id": str(student), "submit": True,
                "data": {"name": "全区中小学生合唱展演", "on_day": "2026-10-12", "award": "二等奖"},
            }  # fmt: skip
            yield self.ground.call("records", "POST", "/records", self.headers, body)


async def a_filling_school(ground: Ground, code: str = "fill", students: int = STUDENTS) -> Filling:
    """Told to records, with its term."""
    school = a_school(f"sh.sh.bs.{code}", "baoshan", "junior_secondary", students)
    await ground.tell(school.events())
    await ground.until(
        "records", "SELECT count(*) >= $2 FROM directory_students WHERE path <@ $1::text::ltree", school.path, students
    )
    admin = ground.headers(an_actor("administrator", school.path))
    term = await ground.ask("records", "POST", "/terms", admin, a_term(school.path, filling()))
    recorder = ground.headers(an_actor("recorder", school.path, "录入员"))
    ids = [student.student_id for student in school.students]
    turns = ((kind, one) for kind in KINDS for _ in range(2) for one in ids)
    return Filling(ground, school, recorder, term["id"], turns)


@asynccontextmanager
async def bare_beside(ground: Ground, filled: Filling) -> AsyncIterator[tuple[str, int]]:
    """The bare server on a database with records' own tables and indexes, and one of each row to copy."""
    made = await ground.ask_raw(next(filled.calls()))
    record = json.loads(made)
    assert ground.platform.endpoints is not None
    name = f"bare_{uuid4().hex[:8]}"
    async with databases.connected(ground.platform.endpoints.postgres) as admin:
        await admin.execute(f"CREATE DATABASE {name} TEMPLATE {databases.TEMPLATE}")
    url = ground.superuser(name)
    db = await Database.connect(url, 1)
    await migrate(db, "records")
    await db.close()
    async with ground.database("records") as there, ground.database(name) as here:
        await _models(there, here, UUID(record["id"]))
    async with ground.beside("bare", {"BENCH_RECORDS": url, "BENCH_PUBLICITY": ground.superuser("publicity")}) as (
        address,
        pid,
    ):
        yield address, pid


async def _models(there: asyncpg.Connection[asyncpg.Record], here: asyncpg.Connection[asyncpg.Record], record_id: UUID) -> None:
    """Copy the rows that one submission wrote, and the term they hang on."""
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
        rows = [row[0] for row in await there.fetch(sql, record_id)]
        for _ in range(100):
            if rows:
                break
            await asyncio.sleep(0.05)
            rows = [row[0] for row in await there.fetch(sql, record_id)]
        if not rows:
            raise BenchError(f"a submission left no row in {table}")
        for row in rows:
            await here.execute(
                f"INSERT INTO {table} OVERRIDING SYSTEM VALUE SELECT made.* FROM jsonb_populate_record(NULL::{table}, $1) made",  # noqa: S608
                row,
            )
    await here.execute("SELECT setval(pg_get_serial_sequence('outbox', 'seq'), (SELECT max(seq) FROM outbox))")
    assert set(wanted) - {"directory_terms"} == set(bare.TABLES)


async def versus(
    ground: Ground, ours: Callable[[], Iterator[Call]], pid: int, bare_calls: Callable[[], Iterator[Call]], bare_pid: int
) -> list[tuple[Served, Served]]:
    """Flood ours and the bare server in turns, after both had time to open their connections and prepare statements."""
    options = ground.options

    async def load(calls: Iterator[Call], server: int, seconds: float) -> Served:
        pids = [server, ground.pid("postgres")]
        before = usage.cpu_seconds(pids)
        done = await flood(ground.http, calls, options.at_once, seconds)
        return Served(done, (usage.cpu_seconds(pids) - before) / done.answers * 1000)

    await load(ours(), pid, max(1.0, options.seconds))
    await load(bare_calls(), bare_pid, max(1.0, options.seconds))
    return await rounds.paired(
        options.rounds, lambda: load(ours(), pid, options.seconds), lambda: load(bare_calls(), bare_pid, options.seconds)
    )


def compared(case: str, what: str, goal: float, found: Sequence[tuple[Served, Served]], at_once: int) -> Figure:
    """Answers a second, ours over bare, and what they were; processor time is that of the server and PostgreSQL."""
    by_clock = rounds.ratio([(ours.load.rate, theirs.load.rate) for ours, theirs in found])
    by_cpu = rounds.ratio([(theirs.cpu, ours.cpu) for ours, theirs in found])
    return Figure(
        case, what, by_clock.median, goal=goal, low=by_clock.low, high=by_clock.high, rounds=by_clock.rounds,
        said={
            "ours/s": rounds.median([ours.load.rate for ours, _ in found]),
            "bare/s": rounds.median([theirs.load.rate for _, theirs in found]),
            "ours p50 ms": rounds.median([rounds.median(ours.load.each) * 1000 for ours, _ in found]),
            "bare p50 ms": rounds.median([rounds.median(theirs.load.each) * 1000 for _, theirs in found]),
            "ours CPU ms": rounds.median([ours.cpu for ours, _ in found]),
            "bare CPU ms": rounds.median([theirs.cpu for _, theirs in found]),
            "CPU ratio": by_cpu.median,
            "at once": at_once,
        },
    )  # fmt: skip


async def measure(ground: Ground) -> list[Figure]:
    """a: submissions a second, ours over bare."""
    filled = await a_filling_school(ground)
    async with bare_beside(ground, filled) as (address, pid):

        def bare_calls() -> Iterator[Call]:
            for call in filled.calls():
                yield Call(call.method, f"{address}/records", call.headers, call.body)

        found = await versus(ground, filled.calls, ground.pid("records"), bare_calls, pid)
    return [compared("a", "submit a record ÷ the same inserts", GOAL, found, ground.options.at_once)]
