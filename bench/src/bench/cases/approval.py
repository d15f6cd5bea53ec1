"""From a teacher's approval to the entry that the student may select, under a steady stream of approvals."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from bench import fill, rounds
from bench.cases.submit import a_filling_school
from bench.figures import Figure
from bench.ground import Ground, an_actor
from bench.load import BenchError, Call, steady
from bench.school import School, a_school, a_term, reporting

RATE = 100.0
P50, P99 = 20.0, 150.0
_NOTICE = """
CREATE OR REPLACE FUNCTION bench_notice() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN PERFORM pg_notify('bench', NEW.record_id::text); RETURN NULL; END $$;
CREATE OR REPLACE TRIGGER bench_notice AFTER INSERT ON entries FOR EACH ROW EXECUTE FUNCTION bench_notice();
"""
_WAITING = """
'id', uuidv7(), 'term_id', $3::text, 'student_id', ($4::text[])[1 + g % cardinality($4::text[])], 'path', $5::text,
'dimension', 'moral',
'kind', 'volunteer_service', 'title', '社区敬老院志愿服务', 'state', 'submitted', 'step', 'class_teacher',
'reviewer_role', 'class_teacher', 'origin', 'reported', 'level', 'student', 'author_role', 'student',
'data', jsonb_build_object('name', '社区敬老院志愿服务', 'served', '敬老院老人', 'starts_on', '2026-09-12',
    'ends_on', '2026-09-13', 'hours', '4.5', 'place', '东湖区敬老院', 'account', '为老人读报、打扫房间，学会了耐心倾听。')
"""


@dataclass
class Reviewing:
    """A Jiangxi school in its reporting time, and a class teacher with records to confirm."""

    ground: Ground
    school: School
    term_id: str
    headers: dict[str, str]
    model: UUID
    _waiting: list[UUID] = field(default_factory=list)

    async def report(self, count: int) -> None:
        """So many more records wait for the class teacher, of all students in turn."""
        async with self.ground.database("records") as connection:
            students = [str(student.student_id) for student in self.school.students]
            more = (self.term_id, students, self.school.classroom)
            await fill.copies(connection, "records", "id", self.model, count, _WAITING, *more)
            await fill.settle(connection, "records")
            rows = await connection.fetch(
                "SELECT id FROM records WHERE term_id = $1::text::uuid AND state = 'submitted' ORDER BY id LIMIT $2",
                self.term_id, count,
            )  # fmt: skip
        self._waiting = [row["id"] for row in rows]

    def approvals(self, each: int) -> Iterator[tuple[list[UUID], Call]]:
        """Records that wait and the request that approves them: one by its own route, several by the list's."""
        while self._waiting:
            taken = [self._waiting.pop() for _ in range(min(each, len(self._waiting)))]
            if each == 1:
                yield taken, self.ground.call("records", "POST", f"/records/{taken[0]}/approval", self.headers, {})
            else:
                body = {"record_ids": [str(record_id) for record_id in taken], "action": "approve"}
                yield taken, self.ground.call("records", "POST", "/reviews", self.headers, body)


async def a_review(ground: Ground, code: str = "rev") -> Reviewing:
    """Told to records and publicity. A record of another school is the model of those that wait."""
    filled = await a_filling_school(ground, f"f{code}", 200)
    model = await ground.ask_raw(next(filled.calls()))
    school = a_school(f"jx.nc.dh.{code}", "jiangxi", "senior_secondary", 200)
    await ground.tell(school.events())
    await ground.until("records", "SELECT count(*) >= 200 FROM students WHERE path <@ $1::text::ltree", school.path)
    admin = ground.headers(an_actor("administrator", school.path))
    term = await ground.ask("records", "POST", "/terms", admin, a_term(school.path, reporting()))
    await ground.until("publicity", "SELECT EXISTS (SELECT FROM terms WHERE id = $1::text::uuid)", term["id"])
    headers = ground.headers(an_actor("class_teacher", school.classroom, "陈老师"))
    return Reviewing(ground, school, term["id"], headers, ground.id_of(model))


@asynccontextmanager
async def watched(ground: Ground) -> AsyncIterator[dict[UUID, float]]:
    """When (perf_counter) each record's entry could first be read in publicity: told by a trigger at its commit."""
    seen: dict[UUID, float] = {}

    def note(_connection: Any, _pid: int, _channel: str, record_id: object) -> None:
        seen.setdefault(UUID(str(record_id)), time.perf_counter())

    async with ground.database("publicity") as connection:
        await connection.execute(_NOTICE)
        await connection.add_listener("bench", note)
        try:
            yield seen
        finally:
            await connection.execute("DROP TRIGGER bench_notice ON entries")


async def flow(ground: Ground, reviewing: Reviewing, count: int, rate: float, each: int) -> tuple[list[float], list[float]]:
    """Milliseconds from the approval's answer, and from its sending, until the entry is there; `rate` of records."""
    pairs = [pair for pair, _ in zip(reviewing.approvals(each), range(count // each), strict=False)]
    answered: dict[UUID, tuple[float, float]] = {}

    def done(number: int, sent: float, at: float) -> None:
        answered.update(dict.fromkeys(pairs[number][0], (sent, at)))

    async with watched(ground) as seen:
        await steady(ground.http, iter([call for _, call in pairs]), rate / each, len(pairs), done)
        for _ in range(600):
            if answered.keys() <= seen.keys():
                break
            await asyncio.sleep(0.1)
        else:
            raise BenchError(f"{len(answered.keys() - seen.keys())} approvals of {len(answered)} made no entry in a minute")
    after = [max(0.0, seen[one] - at) * 1000 for one, (_, at) in answered.items()]
    whole = [(seen[one] - sent) * 1000 for one, (sent, _) in answered.items()]
    return after, whole


async def measure(ground: Ground) -> list[Figure]:
    """c: approval to eligible at 100 a second, ten by ten as teachers tick them in the list, and one by one."""
    reviewing = await a_review(ground)
    return [*await _figures(ground, reviewing, 10), *await _figures(ground, reviewing, 1)]


async def _figures(ground: Ground, reviewing: Reviewing, each: int) -> list[Figure]:
    seconds = max(1.0, ground.options.seconds)
    turns = ground.options.rounds
    await reviewing.report(int(RATE * (seconds * turns + 2)))
    await flow(ground, reviewing, int(RATE), RATE / 2, each)
    found = [await flow(ground, reviewing, int(RATE * seconds), RATE, each) for _ in range(turns)]
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
                said={"approvals/s": RATE, "approvals": sum(len(after) for after, _ in found), "from sending ms": whole},
            )
        )  # fmt: skip
    return figures
