"""l: what counts for an organisation, in a province of 1,000,000 students, 20,000,000 records, and in one hundredth of it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import repeat
from pathlib import Path
from statistics import median

from scheme import Scheme, Schemes

from bench import rounds, usage
from bench.environment import Environment, an_actor
from bench.figures import Figure, Number
from bench.load import BenchError, Call, closed_loop, send
from bench.province import rows
from bench.province.layout import FULL, SMALL, Layout
from bench.province.routes import MEASURED, SERVICES, Counting

ROOT = Path(__file__).parents[4]
MOST_MS, MOST_RATIO = 50.0, 1.5
MINUTES = 20
"""That the services may take to count the whole province by their own jobs."""
_WAITING = "SELECT count(*) FROM jobs WHERE done_at IS NULL AND at < now() + interval '10 minutes' AND what = ANY($1)"
_JOBS = ["count_progress", "count_forms", "count_results", "fold_counters"]
_BLOCKS = "SELECT blks_hit + blks_read AS blocks, xact_commit AS done FROM pg_stat_database WHERE datname = current_database()"


@dataclass(frozen=True)
class Cost:
    """Of one request: milliseconds, CPU milliseconds of service and PostgreSQL, and pages of 8 KB that a transaction reads."""

    p50: float
    p99: float
    cpu: float
    pages: float


type Costs = dict[tuple[str, str, str], Cost]
"""By service, route and level."""


def a_scheme() -> Scheme:
    """The newest scheme that verifies data with forms and locks scores."""
    found = [one for one in Schemes(ROOT / "schemes") if one.verification is not None and one.result.type == "scored"]
    return found[-1]


@dataclass
class Measured:
    """The province as far as it is written."""

    env: Environment
    layout: Layout
    scheme: Scheme

    async def write(self, there: set[int], *, whole: bool) -> set[int]:
        """Write the classes that are not `there` yet, and wait until the services have counted them; returns all that are."""
        every = [one for one in self.layout.all_classes() if whole or one.early]
        new = [one for one in every if one.number not in there]
        before = [one for one in every if one.number in there]
        province = rows.Province(self.layout, self.scheme, new, set(self.layout.organisations(before)) if before else set())
        for service in SERVICES:
            async with self.env.database(service) as connection:
                await connection.execute("SET synchronous_commit = off")
                await rows.WRITERS[service](connection, province)
            self.env.log(f"{len(new) * self.layout.students:,} students more in {service}")
        await self._wait(MINUTES * 60)
        return {one.number for one in every}

    async def _wait(self, seconds: float) -> None:
        for service in ("records", "publicity", "archive", "identity"):
            async with self.env.database(service) as connection:
                left = 0
                for _ in range(int(seconds)):
                    left = await connection.fetchval(_WAITING, _JOBS)
                    if not left and not await connection.fetchval("SELECT count(*) FROM counter_changes"):
                        break
                    if not left:
                        await rows.schedule(connection, "fold_counters", [""])
                    await asyncio.sleep(1)
                else:
                    raise BenchError(f"{service} did not count the province within {seconds:.0f} s: {left} jobs wait")
                await connection.execute("VACUUM (ANALYZE) counters, counter_changes")
                await connection.execute("ANALYZE")
            self.env.log(f"{service} has counted")

    async def check(self, students: int) -> None:
        """The counters are the sums of what was written."""
        answer = await self.env.request("archive", "GET", "/form-completion", self._headers("province"))
        found = (answer["own"]["students"], answer["own"]["uploaded"])
        if found != (students, sum(n % 5 < 3 for n in self._numbers(students))):
            raise BenchError(f"the province has {students} students, the counters of forms say {found}")
        answer = await self.env.request("records", "GET", "/progress", self._headers("province"))
        if answer["total"]["students"] != students:
            raise BenchError(f"the province has {students} students, progress says {answer['total']['students']}")

    def _numbers(self, students: int) -> Iterator[int]:
        early = students < self.layout.students * sum(1 for _ in self.layout.all_classes())
        for one in self.layout.all_classes():
            if one.early or not early:
                first = one.number * self.layout.students
                yield from range(first, first + self.layout.students)

    def _headers(self, level: str) -> dict[str, str]:
        path = self.layout.measured["school" if level == "grade" else level]
        return self.env.headers(an_actor("class_teacher" if level == "class" else "administrator", path, "某人"))

    def call(self, service: str, route: str, one: Counting, level: str) -> Call:
        """The request for an organisation of a level."""
        province = rows.Province(self.layout, self.scheme, [], set())
        school = self.layout.school
        values = {
            "scheme": self.scheme.id, "past_year": province.school_year(past=True), "term": province.term(school, past=False),
            "past": province.term(school, past=True),
        }  # fmt: skip
        asked = [one.query.format(**values)] if one.query else []
        if one.with_path:
            asked.append(f"path={self.layout.measured[level]}")
        path = route.replace("{term_id}", values["term"])
        return self.env.call(service, "GET", f"{path}?{'&'.join(asked)}" if asked else path, self._headers(level))

    async def costs(self) -> Costs:
        """Every route at every level."""
        found: Costs = {}
        for (service, route), one in MEASURED.items():
            async with self.env.database(service) as connection:
                for level in one.levels:
                    call = self.call(service, route, one, level)
                    for _ in range(self.env.options.rounds):
                        await send(self.env.http, call)
                    pids = [self.env.pid(service), self.env.pid("postgres")]
                    before, used = await connection.fetchrow(_BLOCKS), usage.cpu_seconds(pids)
                    done = await closed_loop(self.env.http, repeat(call), 1, self.env.options.seconds)
                    used = usage.cpu_seconds(pids) - used
                    after = await connection.fetchrow(_BLOCKS)
                    assert before is not None
                    assert after is not None
                    times = [seconds * 1000 for seconds in done.durations]
                    transactions = max(1, after["done"] - before["done"])
                    found[service, route, level] = Cost(
                        median(times), rounds.percentile(times, 0.99), used / done.answers * 1000,
                        (after["blocks"] - before["blocks"]) / transactions,
                    )  # fmt: skip
            self.env.log(f"{service} {route}: {max(found[service, route, level].p99 for level in one.levels):.1f} ms at worst")
        return found


def figures(small: Costs, full: Costs) -> list[Figure]:
    """Two figures of each route and level: its time at full size, and its CPU time compared with one hundredth."""
    found = []
    for (service, route, level), cost in full.items():
        what, less = f"{service} {route}, {level}", small[service, route, level]
        made_of: dict[str, Number | str] = {"p50 ms": cost.p50, "CPU ms": cost.cpu, "pages": cost.pages}
        found.append(Figure("l", f"{what}: p99", cost.p99, "ms", MOST_MS, "at most", made_of=made_of))
        made_of = {"at one hundredth p50 ms": less.p50, "CPU ms": less.cpu, "pages": less.pages}
        found.append(Figure("l", f"{what}: CPU", cost.cpu / max(less.cpu, 0.01), "×", MOST_RATIO, "at most", made_of=made_of))
    return found


async def run(env: Environment, layout: Layout) -> list[Figure]:
    """Write and measure one hundredth, then the whole. The rounds of the options are requests before a measurement."""
    found = Measured(env, layout, a_scheme())
    there = await found.write(set(), whole=False)
    await found.check(len(there) * layout.students)
    small = await found.costs()
    there = await found.write(there, whole=True)
    await found.check(len(there) * layout.students)
    return figures(small, await found.costs())


async def measure(env: Environment) -> list[Figure]:
    """l: in full; with fewer students by the option `--students`, and with very few in few schools."""
    if env.options.students <= SMALL.number_of_students:
        return await run(env, SMALL)
    part = env.options.students / 1_000_000
    layout = FULL if part >= 1 else replace(FULL, students=max(1, round(FULL.students * part)))
    return await run(env, layout)
