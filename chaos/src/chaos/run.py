"""One run: found schools, let terms run while parts die, heal, wait until quiet, check; then the bus is wiped and replayed."""

import asyncio
import json
import random
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

from chaos import faults, replay
from chaos.check.base import Finding
from chaos.checker import Checker
from chaos.client import Caller, Net
from chaos.drill import Drill
from chaos.faults import Hands
from chaos.founding import found_schools, rooms_of
from chaos.load import Load
from chaos.platform import LinkedPlatform, platform


@dataclass(frozen=True)
class Options:
    """`minutes` None: the short run."""

    seed: int = 1
    minutes: float | None = None
    pupils: int = 2
    records: int = 2
    at_once: int = 4
    """Terms at once, in all schools together."""
    seconds: float = 3.0
    """How long a client waits for an answer."""
    quiet: float = 180.0
    """Seconds after which what still moves counts as stuck."""
    drill: bool = True
    """Break services on purpose at the end, and see whether the checker notices."""

    @property
    def provinces(self) -> int:
        """Each has two schools, and a school six terms that its pupils are there for."""
        return 1 + int((self.minutes or 0) / 2.5)


@dataclass
class Result:
    """What came of it."""

    options: Options
    hands: Hands
    findings: list[Finding] = field(default_factory=list)
    numbers: dict[str, Any] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    caught: dict[str, bool] = field(default_factory=dict)
    drilled: list[Finding] = field(default_factory=list)
    """What was found in the drill: what should be found."""

    @property
    def good(self) -> bool:
        """Was every promise kept?"""
        return not self.findings and not self.problems and all(self.caught.values())


@dataclass
class Scene:
    """A running platform with people in it."""

    platform: LinkedPlatform
    net: Net
    load: Load
    checker: Checker

    def caller_for(self, term_id: str) -> Caller:
        """Who may see a term's archives."""
        return next(caller for caller in self._admins if term_id in self._terms.get(caller.username, ()))

    _admins: list[Caller] = field(default_factory=list)
    _terms: dict[str, set[str]] = field(default_factory=dict)

    async def learn_terms(self) -> None:
        """Which school a term belongs to, asked through the gateway."""
        self._admins = [room.administrator for room in self.load.rooms]
        for room in self.load.rooms:
            terms = await room.administrator.everything("/records/terms", path=room.campus.path)
            self._terms[room.administrator.username] = {term["id"] for term in terms}


@asynccontextmanager
async def scene(folder: Path, options: Options, numbers: dict[str, Any]) -> AsyncIterator[Scene]:
    """Platform, people, clients."""
    begun = time.monotonic()
    async with platform(folder) as whole, _web() as http:
        numbers["seconds_to_start"] = round(time.monotonic() - begun, 1)
        begun = time.monotonic()
        worlds = [
            await found_schools(whole.front, whole.keyring.operator_password, options.seed, options.pupils, number)
            for number in range(options.provinces)
        ]
        numbers["seconds_to_found"] = round(time.monotonic() - begun, 1)
        net = Net(whole.front, http, options.seconds, random.Random(f"clients {options.seed}"))
        rooms = [room for world in worlds for room in rooms_of(world, net)]
        load = Load(rooms, folder / "clients", options.seed, options.records)
        assert whole.endpoints is not None
        made: Scene

        async def get(term_id: str, path: str) -> Any:
            return await made.caller_for(term_id).get(path)

        checker = Checker(
            whole.endpoints.postgres, whole.nats_url("admin"), folder / "clients", whole.front, get, rooms[0].teacher.fetch
        )
        made = Scene(whole, net, load, checker)
        yield made


@asynccontextmanager
async def _web() -> AsyncIterator[aiohttp.ClientSession]:
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar()) as http:
        yield http


async def run(folder: Path, options: Options) -> Result:
    """All of it. `folder` holds the platform's data and the clients' logs."""
    numbers: dict[str, Any] = {"seed": options.seed}
    async with scene(folder, options, numbers) as on:
        hands = Hands(on.platform)
        result = Result(options, hands, numbers=numbers)
        await _under_fire(on, hands, options, result)
        await _verdict(on, options, result)
        if result.good:
            result.findings += await replay.prove(on.platform, on.checker, numbers, options.quiet)
        if result.good and options.drill:
            await _drill(on, result)
        (folder / "faults.json").write_text(json.dumps(hands.log, indent=1))
    return result


async def _under_fire(on: Scene, hands: Hands, options: Options, result: Result) -> None:
    begun = time.monotonic()
    playing = asyncio.create_task(on.load.run(options.at_once))
    await asyncio.sleep(1.0)
    seconds = options.minutes * 60 if options.minutes is not None else None
    try:
        await hands.run(faults.lanes(options.seed, options.minutes), seconds)
    finally:
        await hands.heal()
        on.load.over = True
    healed = time.monotonic()
    result.numbers["seconds_under_fire"] = round(healed - begun, 1)
    down = await hands.all_ready(60)
    result.findings += [Finding("stuck", part, "was not started again") for part in down]
    result.numbers["seconds_to_ready"] = round(time.monotonic() - healed, 1)
    await playing
    result.problems += on.load.problems
    result.numbers["seconds_to_end_terms"] = round(time.monotonic() - healed, 1)


async def _drill(on: Scene, result: Result) -> None:
    begun = time.monotonic()
    apart = Hands(on.platform)
    drill = Drill(on.platform, apart, on.load, on.checker.postgres, on.checker.nats)
    result.caught, result.drilled = await drill.run()
    result.numbers["broken_variants_caught"] = sum(result.caught.values())
    result.numbers["seconds_to_drill"] = round(time.monotonic() - begun, 1)


async def _verdict(on: Scene, options: Options, result: Result) -> None:
    begun = time.monotonic()
    await on.learn_terms()
    left = await on.checker.quiet(options.quiet)
    result.numbers["seconds_to_quiet"] = round(time.monotonic() - begun, 1)
    begun = time.monotonic()
    verdict = await on.checker.check(left)
    result.findings += verdict.findings
    bus = verdict.bus
    result.numbers |= {
        **on.net.counts,
        **on.load.counts,
        "events": verdict.events,
        "answers_lost": verdict.answers_lost,
        "deliveries": bus.delivered,
        "messages_on_bus": len(bus.order),
        "published_again": len(bus.order) - len(set(bus.order)),
        "restarts": {name: supervisor.restarts for name, supervisor in on.platform.supervisors.items() if supervisor.restarts},
        "seconds_to_check": round(time.monotonic() - begun, 1),
    }
