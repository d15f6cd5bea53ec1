"""Shows that the checks can fail: replaces services by broken variants, runs a short load with faults, then checks."""

import asyncio
import contextlib
import itertools
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from functools import partial

from demo.client import Refused
from demo.steps import timetable
from stack.parts.service import HttpProcess
from stack.supervisor import Supervisor

from chaos.check import events, histories, models, writes
from chaos.check.base import Finding, open_databases
from chaos.client import Caller, Lost, Unknown
from chaos.faults import Fault, FaultInjector
from chaos.journal import Journal, read
from chaos.link import Cut
from chaos.load import Load
from chaos.platform import LinkedPlatform
from chaos.schools import School, seeded_random
from chaos.term_run import beginning, records
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
        counts = self.load.schools[0].teacher.gateway.counts
        begun = counts["writes_ok"]
        for _ in range(200):
            if counts["writes_ok"] >= begun + 8:
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
        """Writes that do not depend on other services, in a term far in the future, until `stop` is set."""
        name = f"{name}-{school.code}"
        term = TermRun(
            school, 100 + self.rounds, Journal(self.load.logs / f"{name}.jsonl", name), seeded_random(self.load.seed, name)
        )
        await beginning.schedule(term)
        writes = [partial(self._position, term, pupil) for pupil in school.pupils]
        writes += [partial(self._record, term, pupil) for pupil in school.pupils]
        writes += [partial(self._timetable, term), partial(self._grade, term)]

        async def repeat(write: Callable[[int], Awaitable[None]]) -> None:
            for number in itertools.count(1):
                if stop.is_set():
                    return
                with contextlib.suppress(Refused, Unknown, Lost):
                    await write(number)

        await asyncio.gather(*map(repeat, writes))
        term.journal.close()

    async def _position(self, term: TermRun, pupil: Caller, _: int) -> None:
        made = await records.declare_position(term, pupil)
        if made:
            path = f"/records/positions/{made['id']}/approval"
            await term.try_write(term.school.teacher, "position.approval", {"position": made["id"]}, "POST", path)

    async def _record(self, term: TermRun, pupil: Caller, number: int) -> None:
        created = await records.create(term, pupil, number, submit=True)
        if created:
            await term.act_on_record(term.school.teacher, created["id"], "approval")

    async def _timetable(self, term: TermRun, _: int) -> None:
        await term.change_timetable(timetable.windows_now(), "演练")

    async def _grade(self, term: TermRun, number: int) -> None:
        await beginning.organisation(term, f"drill{term.number}_{number}")
        await asyncio.sleep(0.3)
