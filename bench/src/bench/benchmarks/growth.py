"""The cost of submit, lists, board page, approval and inbox with a hundred times the data, over the cost before."""

from __future__ import annotations

import itertools
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from statistics import median
from uuid import UUID

from contracts.records import RecordApprovedV1
from servicekit.ids import new_id, utc_now

from bench import copy_rows, usage
from bench.benchmarks.approval import ReviewedSchool, a_review, watched_entries
from bench.benchmarks.board import Board, a_board, a_snapshot
from bench.benchmarks.submit import FilledSchool, a_filling_school
from bench.environment import Environment
from bench.figures import Figure
from bench.load import BenchError, Call, closed_loop

GOAL = 1.5
SMALL = 2000
CONCURRENCY = 4
EVENTS = 200
_HISTORY = """
INSERT INTO record_history SELECT made.*
  FROM record_history h, records r,
       LATERAL jsonb_populate_record(h, jsonb_build_object('id', uuidv7(), 'record_id', r.id)) made
 WHERE h.id = (SELECT id FROM record_history LIMIT 1)
   AND NOT EXISTS (SELECT FROM record_history l WHERE l.record_id = r.id)
"""
"""A history row for each copied record."""


@dataclass(frozen=True)
class Cost:
    """Milliseconds of one operation: wall clock (median), and CPU time of service and PostgreSQL."""

    clock: float
    cpu: float


@dataclass
class Grown:
    """The schools whose tables grow."""

    env: Environment
    filled: FilledSchool
    board: Board
    reviewed: ReviewedSchool
    inbox_model: UUID

    def costs(self) -> dict[str, Callable[[], Awaitable[Cost]]]:
        """The measurements by name."""
        queue = f"/records?term_id={self.reviewed.term_id}&state=submitted&limit=50"
        mine = f"/records?student_id={self.reviewed.school.students[0].student_id}&limit=10"
        return {
            "submit": lambda: self._flood("records", self.filled.calls()),
            "list": lambda: self._flood("records", self._gets(mine)),
            "review queue": lambda: self._flood("records", self._gets(queue)),
            "board page": lambda: self._flood("publicity", self.board.calls()),
            "approval": lambda: self._flood("records", (call for _, call in self.reviewed.approvals(1))),
            "inbox": self._inbox,
        }

    def _gets(self, path: str) -> Iterator[Call]:
        return itertools.repeat(self.env.call("records", "GET", path, self.reviewed.headers))

    async def _flood(self, service: str, calls: Iterator[Call]) -> Cost:
        pids = [self.env.pid(service), self.env.pid("postgres")]
        await closed_loop(self.env.http, calls, CONCURRENCY, 0.3)
        before = usage.cpu_seconds(pids)
        done = await closed_loop(self.env.http, calls, CONCURRENCY, self.env.options.seconds)
        return Cost(median(done.durations) * 1000, (usage.cpu_seconds(pids) - before) / done.answers * 1000)

    async def _inbox(self) -> Cost:
        """The time until publicity has an entry for each of `EVENTS` events."""
        student, path = self.reviewed.school.students[0].student_id, self.reviewed.school.school_class
        records = [a_snapshot(UUID(self.reviewed.term_id), student, path) for _ in range(EVENTS)]
        pids = [self.env.pid("publicity"), self.env.pid("postgres")]
        async with watched_entries(self.env) as seen:
            before, begun = usage.cpu_seconds(pids), utc_now()
            events = [RecordApprovedV1(record_id=r.record_id, record=r, at=begun, approved_by="陈老师") for r in records]
            await self.env.publish_events(events)
            wanted = {record.record_id for record in records}
            await self.env.wait_for(lambda: wanted <= seen.keys(), "events that make entries")
            seconds = (utc_now() - begun).total_seconds()
        return Cost(seconds / EVENTS * 1000, (usage.cpu_seconds(pids) - before) / EVENTS * 1000)


async def a_grown_environment(env: Environment) -> Grown:
    """Create the schools, with `SMALL` rows each."""
    filled, board, reviewed = (
        await a_filling_school(env, "grow"),
        await a_board(env, SMALL, "boardgrow"),
        await a_review(env, "grow"),
    )
    found = Grown(env, filled, board, reviewed, new_id())
    async with env.database("publicity") as connection:
        await connection.execute("INSERT INTO inbox (event_id, subject) VALUES ($1, 'bench')", found.inbox_model)
    await _grow(found, SMALL)
    return found


async def _grow(grown: Grown, count: int) -> None:
    """Add `count` rows to every table that grows with use."""
    env = grown.env
    await grown.reviewed.add_submitted(count)
    async with env.database("publicity") as connection:
        inbox = "'event_id', uuidv7(), 'received_at', now()"
        await copy_rows.insert_copies(connection, "inbox", "event_id", grown.inbox_model, count, inbox)
        await copy_rows.vacuum(connection, "inbox")
    async with env.database("records") as connection:
        stored_response = await connection.fetchval("SELECT key FROM idempotency WHERE status IS NOT NULL LIMIT 1")
        event = await connection.fetchval("SELECT event_id FROM outbox WHERE published_at IS NOT NULL LIMIT 1")
        job = await connection.fetchval("SELECT id FROM jobs WHERE at > now() + interval '1 day' LIMIT 1")
        if None in (stored_response, event, job):
            raise BenchError("there is no stored response, published event or job to copy")
        await copy_rows.insert_copies(connection, "idempotency", "key", stored_response, count, "'key', uuidv7()::text")
        last = await connection.fetchval(
            "SELECT greatest(max(seq), 1000000000) FROM outbox"
        )  # far above the sequence of the service
        sent = "'seq', g + $3::bigint, 'event_id', uuidv7(), 'aggregate', 'bench:' || g"
        await copy_rows.insert_copies(connection, "outbox", "event_id", event, count, sent, last)
        await copy_rows.insert_copies(connection, "jobs", "id", job, count, "'id', uuidv7(), 'key', uuidv7()::text")
        await connection.execute(_HISTORY)
        await copy_rows.vacuum(connection, "idempotency", "outbox", "jobs", "record_history")


async def measure(env: Environment) -> list[Figure]:
    """g: measure, fill the tables, measure again; wall-clock and CPU time."""
    grown, factor = await a_grown_environment(env), env.options.growth_factor
    small = {name: await cost() for name, cost in grown.costs().items()}
    env.log(f"filling to {factor * SMALL:,} rows")
    await grown.board.add_entries((factor - 1) * SMALL)
    await _grow(grown, (factor - 1) * SMALL)
    big = {name: await cost() for name, cost in grown.costs().items()}
    return [
        Figure(
            "g", f"{name} at {factor}× the data", big[name].clock / small[name].clock, "×", GOAL, "at most",
            made_of={
                "before ms": small[name].clock, "after ms": big[name].clock,
                "by CPU ×": big[name].cpu / small[name].cpu, "before CPU ms": small[name].cpu, "after CPU ms": big[name].cpu,
            },
        )
        for name in small
    ]  # fmt: skip
