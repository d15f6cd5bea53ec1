"""Shows that the checks can fail: replaces services by broken variants, runs a short load with faults, then checks."""

import asyncio
import itertools
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from demo.steps import timetable
from demo.world import hours, now
from stack.parts.service import HttpProcess
from stack.supervisor import Supervisor

from chaos.check import events, histories, models, writes
from chaos.check.base import Finding, open_databases
from chaos.client import Caller, Lost, Refused, Unknown
from chaos.faults import Fault, FaultInjector
from chaos.journal import Journal, read
from chaos.link import Cut
from chaos.load import Load
from chaos.platform import LinkedPlatform
from chaos.schools import School, seeded_random
from chaos.term_run import records
from chaos.term_run.base import TermRun


@dataclass(frozen=True)
class BrokenVariant:
    """A broken variant, the service that runs it, the faults that hit it, and the finding that is expected."""

    variant: str
    service: str
    faults: tuple[Fault, ...]
    caught: Callable[[Finding], bool]
    consuming: bool = True


def _kills(service: str, times: int) -> tuple[Fault, ...]:
    return tuple(Fault(service, "kill") for _ in range(times))


BROKEN_VARIANTS = (
    BrokenVariant("no_inbox", "notify", (), lambda f: f.check == "models" and f.service == "notify"),
    BrokenVariant(
        "ack_before_commit", "publicity", _kills("publicity", 2),
        lambda f: f.service == "publicity" and "took no effect" in f.what,
    ),
    BrokenVariant(
        "drop_on_error", "archive", tuple(Fault("archive", "base", 2.0, Cut.REFUSE) for _ in range(2)),
        lambda f: f.service == "archive" and "took no effect" in f.what,
    ),
    BrokenVariant(
        "publish_before_commit", "records", _kills("records", 2),
        lambda f: "nobody published" in f.what and "'records." in f.evidence, consuming=False,
    ),
)  # fmt: skip
NO_OUTBOX = BrokenVariant(
    "no_outbox", "records", _kills("records", 1),
    lambda f: f.what == "records.record.approved.v1 does not match what happened", consuming=False,
)  # fmt: skip
"""Runs after the others: publicity and archive can lose only events that records kept in its outbox."""


async def replace_process(platform: LinkedPlatform, injector: FaultInjector, service: str, variant: str) -> None:
    """Restart a service as a broken variant."""
    supervisor = platform.supervisors[service]
    assert isinstance(supervisor, Supervisor)
    assert isinstance(supervisor.part, HttpProcess)
    supervisor.part = replace(supervisor.part, argv=(sys.executable, "-m", "chaos.broken", variant, service))
    await injector.inject(Fault(service, "kill"))


@dataclass
class Drill:
    """One drill, on a platform in which all checks passed before. It has its own logs."""

    platform: LinkedPlatform
    injector: FaultInjector
    load: Load
    postgres: str
    nats: str
    rounds: int = 0

    async def run_all(self) -> tuple[dict[str, bool], list[Finding]]:
        """Both rounds: which variants were caught, and all findings."""
        caught, found = await self.run(BROKEN_VARIANTS, "drill")
        caught_then, found_then = await self.run((NO_OUTBOX,), "no-outbox", seconds=4)
        return caught | caught_then, [*found, *found_then]

    async def run(
        self, variants: tuple[BrokenVariant, ...], name: str, seconds: float = 8.0
    ) -> tuple[dict[str, bool], list[Finding]]:
        """Which variants were caught, and all findings. `name` must be unique to this round."""
        self.rounds += 1
        await asyncio.gather(*(replace_process(self.platform, self.injector, v.service, v.variant) for v in variants))
        stop = asyncio.Event()
        writers = [asyncio.create_task(self._run_school(school, name, stop)) for school in self.load.schools]
        begun = time.monotonic()
        # consumers first: while a producer is dead, there are no events that a consumer could lose
        for consuming in (True, False):
            await asyncio.gather(*(self._inject_faults(v) for v in variants if v.consuming is consuming))
        await asyncio.sleep(max(0.0, seconds - (time.monotonic() - begun)))
        stop.set()
        await asyncio.gather(*writers)
        await self.injector.heal()
        await self.injector.all_ready(60)
        found = await self._check_platform()
        return {v.variant: any(v.caught(finding) for finding in found) for v in variants}, found

    async def _inject_faults(self, variant: BrokenVariant) -> None:
        for fault in variant.faults:
            await self._wait_for_writes()
            await self.injector.inject(fault)

    async def _wait_for_writes(self) -> None:
        """Wait until some writes succeeded, so that a fault can lose something."""
        counts = self.load.schools[0].teacher.net.counts
        begun = counts.get("writes_ok", 0)
        for _ in range(200):
            if counts.get("writes_ok", 0) >= begun + 8:
                return
            await asyncio.sleep(0.1)

    async def _check_platform(self) -> list[Finding]:
        """Wait until nothing is pending, but at most 20 s; then run all checks that need no archive."""
        for _ in range(40):
            bus = await events.read_bus(self.nats)
            if not sum(bus.waiting.values()):
                break
            await asyncio.sleep(0.5)
        async with open_databases(self.postgres) as databases:
            bus = await events.read_bus(self.nats, messages=True)
            return [
                *await events.check(databases, bus),
                *await models.check(databases),
                *await histories.check(databases),
                *await writes.check(databases, read(self.load.logs)),
            ]

    async def _run_school(self, school: School, name: str, stop: asyncio.Event) -> None:
        """Writes that do not depend on other services: timetables, grades, records and positions, and their approval."""
        name = f"{name}-{school.code}"
        journal = Journal(self.load.logs / f"{name}.jsonl", name)
        term = await _term(journal, school, name, 2060 + self.rounds)
        workers = [self._positions(journal, school, pupil, term, stop) for pupil in school.pupils]
        term_run = TermRun(school, 0, journal, seeded_random(self.load.seed, name), id=term)
        workers += [self._records(term_run, pupil, stop) for pupil in school.pupils]
        workers += [self._timetables(journal, school, term, stop), self._grades(journal, school, stop)]
        await asyncio.gather(*workers)
        journal.close()

    async def _positions(self, journal: Journal, school: School, pupil: Caller, term: str, stop: asyncio.Event) -> None:
        fields = {f["id"]: f for f in school.scheme["positions"]["form"]["fields"]}
        turn = 0
        while not stop.is_set():
            turn += 1
            duties = f"演练 {journal.client} {pupil.username} {turn}"
            data = {
                "level": fields["level"]["choices"][0]["id"],
                "title": fields["title"]["choices"][0]["id"],
                "since": "2026-09-01",
                "duties": duties,
            }
            body = {"term_id": term, "data": data}
            made = await _try_write(journal, pupil, "position", {"duties": duties}, "POST", "/records/positions", body)
            if made:
                path = f"/records/positions/{made['id']}/approval"
                await _try_write(journal, school.teacher, "position.approval", {"position": made["id"]}, "POST", path)

    async def _records(self, term: TermRun, pupil: Caller, stop: asyncio.Event) -> None:
        for number in itertools.count():
            if stop.is_set():
                return
            try:
                created = await records.create(term, pupil, number, submit=True)
                if created:
                    await term.act_on_record(term.school.teacher, created["id"], "approval")
            except (Refused, Lost):
                continue

    async def _timetables(self, journal: Journal, school: School, term: str, stop: asyncio.Event) -> None:
        admin, path = school.administrator, f"/records/terms/{term}"
        while not stop.is_set():
            known = await admin.get(path)
            windows = timetable.windows(now() - hours(1), now() + hours(48), now() + hours(72))
            body = {"windows": windows, "reason": "演练"}
            await _try_write(
                journal, admin, "term.timetable", {"term": term}, "PUT", f"{path}/timetable", body, version=known["version"]
            )

    async def _grades(self, journal: Journal, school: School, stop: asyncio.Event) -> None:
        turn = 0
        while not stop.is_set():
            turn += 1
            code = f"{journal.client.replace('-', '_')}_{turn}"
            body = {"parent": school.campus.path, "code": code, "title": f"演练 {turn}"}
            about = {"path": f"{school.campus.path}.{code}"}
            await _try_write(journal, school.administrator, "organisation", about, "POST", "/identity/organisations", body)
            await asyncio.sleep(0.3)


async def _term(journal: Journal, school: School, name: str, year: int) -> str:
    """A term far in the future, for this drill only."""
    body: dict[str, Any] = {
        "path": school.campus.path,
        "title": f"演练 {name}",
        "school_year": f"{year}-{year + 1}",
        "number": 1,
        "starts_on": f"{year}-09-01",
        "ends_on": f"{year + 1}-01-20",
        "windows": timetable.windows(now() - hours(1), now() + hours(48), now() + hours(72)),
    }
    made = await school.administrator.write(journal, "term.schedule", {"title": body["title"]}, "POST", "/records/terms", body)
    if made is None:
        known = await school.administrator.everything("/records/terms", path=school.campus.path)
        made = next(term for term in known if term["title"] == body["title"])
    return str(made["id"])


async def _try_write(
    journal: Journal, by: Caller, what: str, about: dict[str, Any], method: str, path: str, body: Any = None, **more: Any
) -> Any:
    try:
        return await by.write(journal, what, about, method, path, body, must=False, **more)
    except (Refused, Unknown, Lost):
        return None
