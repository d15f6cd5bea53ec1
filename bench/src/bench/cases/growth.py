"""Each cost at a hundred times the data over the same cost before: submit, lists, board page, approval, inbox."""

from __future__ import annotations

import itertools
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from uuid import UUID

from contracts.records import RecordApprovedV1
from servicekit.ids import new_id, utc_now

from bench import fill, rounds, usage
from bench.cases.approval import Reviewing, a_review, watched
from bench.cases.board import Board, a_board, a_snapshot
from bench.cases.submit import Filling, a_filling_school
from bench.figures import Figure
from bench.ground import Ground
from bench.load import BenchError, Call, flood

GOAL = 1.5
SMALL = 2000
AT_ONCE = 4
EVENTS = 200
_HISTORY = """
INSERT INTO record_history SELECT made.*
  FROM record_history h, records r,
       LATERAL jsonb_populate_record(h, jsonb_build_object('id', uuidv7(), 'record_id', r.id)) made
 WHERE h.id = (SELECT id FROM record_history LIMIT 1)
   AND NOT EXISTS (SELECT FROM record_history l WHERE l.record_id = r.id)
"""
"""A line for each copy of a record, which has none yet."""


@dataclass(frozen=True)
class Cost:
    """Of one thing: milliseconds on the clock (median), and of processors (service and PostgreSQL)."""

    clock: float
    cpu: float


@dataclass
class Places:
    """What is grown and measured."""

    ground: Ground
    filled: Filling
    board: Board
    reviewing: Reviewing
    inbox_model: UUID

    def kinds(self) -> dict[str, Callable[[], Awaitable[Cost]]]:
        """Every cost by name."""
        queue = f"/records?term_id={self.reviewing.term_id}&state=submitted&limit=50"
        mine = f"/records?student_id={self.reviewing.school.students[0].student_id}&limit=10"
        return {
            "submit": lambda: self._flood("records", self.filled.calls()),
            "list": lambda: self._flood("records", self._gets(mine)),
            "review queue": lambda: self._flood("records", self._gets(queue)),
            "board page": lambda: self._flood("publicity", self.board.calls()),
            "approval": lambda: self._flood("records", (call for _, call in self.reviewing.approvals(1))),
            "inbox": self._inbox,
        }

    def _gets(self, path: str) -> Iterator[Call]:
        return itertools.repeat(self.ground.call("records", "GET", path, self.reviewing.headers))

    async def _flood(self, service: str, calls: Iterator[Call]) -> Cost:
        pids = [self.ground.pid(service), self.ground.pid("postgres")]
        await flood(self.ground.http, calls, AT_ONCE, 0.3)
        before = usage.cpu_seconds(pids)
        done = await flood(self.ground.http, calls, AT_ONCE, self.ground.options.seconds)
        return Cost(rounds.median(done.each) * 1000, (usage.cpu_seconds(pids) - before) / done.answers * 1000)

    async def _inbox(self) -> Cost:
        """Events on the bus until publicity has made an entry of each."""
        student, path = self.reviewing.school.students[0].student_id, self.reviewing.school.classroom
        records = [a_snapshot(UUID(self.reviewing.term_id), student, path) for _ in range(EVENTS)]
        pids = [self.ground.pid("publicity"), self.ground.pid("postgres")]
        async with watched(self.ground) as seen:
            before, begun = usage.cpu_seconds(pids), utc_now()
            events = [RecordApprovedV1(record_id=r.record_id, record=r, at=begun, approved_by="陈老师") for r in records]
            await self.ground.tell(events)
            wanted = {record.record_id for record in records}
            await self.ground.wait(lambda: wanted <= seen.keys(), "events that make entries")
            seconds = (utc_now() - begun).total_seconds()
        return Cost(seconds / EVENTS * 1000, (usage.cpu_seconds(pids) - before) / EVENTS * 1000)


async def places(ground: Ground) -> Places:
    """With some thousand rows each."""
    filled, board, reviewing = (
        await a_filling_school(ground, "grow"),
        await a_board(ground, SMALL, "boardgrow"),
        await a_review(ground, "grow"),
    )
    found = Places(ground, filled, board, reviewing, new_id())
    async with ground.database("publicity") as connection:
        await connection.execute("INSERT INTO inbox (event_id, subject) VALUES ($1, 'bench')", found.inbox_model)
    await _grow(found, SMALL)
    return found


async def _grow(there: Places, count: int) -> None:
    """So many more rows in every table that grows with use."""
    ground = there.ground
    await there.reviewing.report(count)
    async with ground.database("publicity") as connection:
        inbox = "'event_id', uuidv7(), 'received_at', now()"
        await fill.copies(connection, "inbox", "event_id", there.inbox_model, count, inbox)
        await fill.settle(connection, "inbox")
    async with ground.database("records") as connection:
        answer = await connection.fetchval("SELECT key FROM idempotency WHERE status IS NOT NULL LIMIT 1")
        event = await connection.fetchval("SELECT event_id FROM outbox WHERE published_at IS NOT NULL LIMIT 1")
        alarm = await connection.fetchval("SELECT id FROM jobs WHERE at > now() + interval '1 day' LIMIT 1")
        if None in (answer, event, alarm):
            raise BenchError("no answer, sent event or alarm is there to copy")
        await fill.copies(connection, "idempotency", "key", answer, count, "'key', uuidv7()::text")
        last = await connection.fetchval("SELECT greatest(max(seq), 1000000000) FROM outbox")  # far above what records counts
        sent = "'seq', g + $3::bigint, 'event_id', uuidv7(), 'aggregate', 'bench:' || g"
        await fill.copies(connection, "outbox", "event_id", event, count, sent, last)
        await fill.copies(connection, "jobs", "id", alarm, count, "'id', uuidv7(), 'key', uuidv7()::text")
        await connection.execute(_HISTORY)
        await fill.settle(connection, "idempotency", "outbox", "jobs", "record_history")


async def measure(ground: Ground) -> list[Figure]:
    """g: small first, then the tables are filled, then the same again; processor time is told beside the clock."""
    there = await places(ground)
    small = {name: await cost() for name, cost in there.kinds().items()}
    ground.log(f"filling to {ground.options.big * SMALL:,} rows")
    await there.board.show((ground.options.big - 1) * SMALL)
    await _grow(there, (ground.options.big - 1) * SMALL)
    big = {name: await cost() for name, cost in there.kinds().items()}
    return [
        Figure(
            "g", f"{name} at {ground.options.big}× the data", big[name].clock / small[name].clock, "×", GOAL, "at most",
            said={
                "before ms": small[name].clock, "after ms": big[name].clock,
                "by CPU ×": big[name].cpu / small[name].cpu, "before CPU ms": small[name].cpu, "after CPU ms": big[name].cpu,
            },
        )
        for name in small
    ]  # fmt: skip
