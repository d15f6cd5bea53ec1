"""The time from a teacher's approval to the publicity entry that the student may select, at a fixed rate of approvals."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from bench import copy_rows, rounds
from bench.benchmarks.submit import a_filling_school
from bench.environment import Environment, an_actor
from bench.figures import Figure
from bench.load import Call, open_loop
from bench.school import School, a_school, reporting_windows

RATE = 100.0
P50, P99 = 20.0, 150.0
_NOTICE = """
CREATE OR REPLACE FUNCTION bench_notice() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN PERFORM pg_notify('bench', NEW.record_id::text); RETURN NULL; END $$;
CREATE OR REPLACE TRIGGER bench_notice AFTER INSERT ON entries FOR EACH ROW EXECUTE FUNCTION bench_notice();
"""
_SUBMITTED = """
'id', uuidv7(), 'term_id', $3::text, 'student_id', ($4::text[])[1 + g % cardinality($4::text[])], 'path', $5::text,
'dimension', 'moral',
'kind', 'volunteer_service', 'title', '社区敬老院志愿服务', 'state', 'submitted', 'step', 'class_teacher',
'reviewer_role', 'class_teacher', 'origin', 'reported', 'level', 'student', 'author_role', 'student',
'data', jsonb_build_object('name', '社区敬老院志愿服务', 'served', '敬老院老人', 'starts_on', '2026-09-12',
    'ends_on', '2026-09-13', 'hours', '4.5', 'place', '东湖区敬老院', 'account', '为老人读报、打扫房间，学会了耐心倾听。')
"""


@dataclass
class ReviewedSchool:
    """A Jiangxi school whose class teacher has records to review."""

    env: Environment
    school: School
    term_id: str
    headers: dict[str, str]
    model: UUID
    _submitted: list[UUID] = field(default_factory=list)

    async def add_submitted(self, count: int) -> None:
        """Add `count` submitted records, of all students in turn."""
        async with self.env.database("records") as connection:
            students = [str(student.student_id) for student in self.school.students]
            more = (self.term_id, students, self.school.school_class)
            await copy_rows.insert_copies(connection, "records", "id", self.model, count, _SUBMITTED, *more)
            await copy_rows.vacuum(connection, "records")
            rows = await connection.fetch(
                "SELECT id FROM records WHERE term_id = $1::text::uuid AND state = 'submitted' ORDER BY id LIMIT $2",
                self.term_id, count,
            )  # fmt: skip
        self._submitted = [row["id"] for row in rows]

    def approvals(self, each: int) -> Iterator[tuple[list[UUID], Call]]:
        """(records, the request that approves them); with `each` above 1 by the bulk route."""
        while self._submitted:
            records = [self._submitted.pop() for _ in range(min(each, len(self._submitted)))]
            if each == 1:
                yield records, self.env.call("records", "POST", f"/records/{records[0]}/approval", self.headers, {})
            else:
                body = {"record_ids": [str(record_id) for record_id in records], "action": "approve"}
                yield records, self.env.call("records", "POST", "/reviews", self.headers, body)


async def a_review(env: Environment, code: str = "rev") -> ReviewedSchool:
    """Create it in records and publicity. A record of another school is the model of the submitted ones."""
    filled = await a_filling_school(env, f"f{code}", 200)
    model = await filled.submit_one()
    school = a_school(f"jx.nc.dh.{code}", "jiangxi", "senior_secondary", 200)
    _, term_id = await env.open_school(school, reporting_windows(), "publicity")
    headers = env.headers(an_actor("class_teacher", school.school_class, "陈老师"))
    return ReviewedSchool(env, school, str(term_id), headers, model)


@asynccontextmanager
async def watched_entries(env: Environment) -> AsyncIterator[dict[UUID, float]]:
    """The time (perf_counter) at which each record's entry was committed in publicity, by a trigger with pg_notify."""
    seen: dict[UUID, float] = {}

    def on_notification(_connection: Any, _pid: int, _channel: str, record_id: object) -> None:
        seen.setdefault(UUID(str(record_id)), time.perf_counter())

    async with env.database("publicity") as connection:
        await connection.execute(_NOTICE)
        await connection.add_listener("bench", on_notification)
        try:
            yield seen
        finally:
            await connection.execute("DROP TRIGGER bench_notice ON entries")


async def measure_flow(
    env: Environment, reviewed: ReviewedSchool, count: int, rate: float, each: int
) -> tuple[list[float], list[float]]:
    """Milliseconds from the approval's response, and from its sending, until the entry is there; `rate` is in records/s."""
    pairs = [pair for pair, _ in zip(reviewed.approvals(each), range(count // each), strict=False)]
    answered: dict[UUID, tuple[float, float]] = {}

    def done(number: int, sent: float, at: float) -> None:
        answered.update(dict.fromkeys(pairs[number][0], (sent, at)))

    async with watched_entries(env) as seen:
        await open_loop(env.http, iter([call for _, call in pairs]), rate / each, len(pairs), done)
        await env.wait_for(lambda: answered.keys() <= seen.keys(), f"entries of {len(answered)} approvals")
    after = [max(0.0, seen[record] - at) * 1000 for record, (_, at) in answered.items()]
    whole = [(seen[record] - sent) * 1000 for record, (sent, _) in answered.items()]
    return after, whole


async def measure(env: Environment) -> list[Figure]:
    """c: approval to eligible at 100 records a second, in tens (bulk review) and one by one."""
    reviewed = await a_review(env)
    return [*await _figures(env, reviewed, 10), *await _figures(env, reviewed, 1)]


async def _figures(env: Environment, reviewed: ReviewedSchool, each: int) -> list[Figure]:
    seconds = max(1.0, env.options.seconds)
    turns = env.options.rounds
    await reviewed.add_submitted(int(RATE * (seconds * turns + 2)))
    await measure_flow(env, reviewed, int(RATE), RATE / 2, each)
    found = [await measure_flow(env, reviewed, int(RATE * seconds), RATE, each) for _ in range(turns)]
    figures = []
    how = "one by one" if each == 1 else f"{each} by {each}"
    for part, goal in ((0.5, P50), (0.99, P99)):
        single = [rounds.percentile(after, part) for after, _ in found]
        together = rounds.percentile([ms for after, _ in found for ms in after], part)
        whole = rounds.percentile([ms for _, all_ in found for ms in all_], part)
        figures.append(
            Figure(
                "c", f"approval to eligible, {how}, p{part * 100:.0f}", together, "ms", goal, "at most",
                low=min(single), high=max(single), rounds=turns,
                made_of={"approvals/s": RATE, "approvals": sum(len(after) for after, _ in found), "from sending ms": whole},
            )
        )  # fmt: skip
    return figures
