"""One run: create schools, run terms with faults, heal, wait until nothing is pending, check, wipe and replay the bus."""

import asyncio
import json
import random
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from chaos import faults, replay
from chaos.check.base import Finding
from chaos.checker import Checker
from chaos.client import Caller, Net
from chaos.drill import Drill
from chaos.faults import FaultInjector
from chaos.load import Load
from chaos.platform import LinkedPlatform, platform
from chaos.schools import JIANGXI_ID, create_schools, regions, schools_of


@dataclass(frozen=True)
class Options:
    """`minutes` None: the short run."""

    seed: int = 1
    minutes: float | None = None
    pupils: int = 2
    records: int = 2
    parallel: int = 4
    """Terms at once, in all schools together."""
    seconds: float = 3.0
    """A client's timeout."""
    quiet: float = 180.0
    """Seconds after which anything still pending counts as stuck."""
    singles: float = 60.0
    """For at most so many seconds faults come one at a time, until the terms at the end of a stage are over."""
    stages: bool = True
    """Also run the end of a stage at schools of the other deployments."""
    drill: bool = True
    """Run broken variants of services at the end, to see whether the checks notice them."""

    @property
    def provinces(self) -> int:
        """A province has two schools, and the pupils of a school have six terms. Of each other deployment there are as many."""
        return 1 + int((self.minutes or 0) / 2.5)


@dataclass
class Result:
    """The result of a run."""

    options: Options
    injector: FaultInjector
    findings: list[Finding] = field(default_factory=list)
    numbers: dict[str, Any] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    caught: dict[str, bool] = field(default_factory=dict)
    drilled: list[Finding] = field(default_factory=list)
    """The findings of the drill, in which findings are expected."""

    @property
    def passed(self) -> bool:
        """Did all checks pass, and was every broken variant caught?"""
        return not self.findings and not self.problems and all(self.caught.values())


@dataclass
class Environment:
    """A running platform with users."""

    platform: LinkedPlatform
    net: Net
    load: Load
    checker: Checker

    readers: dict[str, Caller] = field(default_factory=dict)
    """By term: somebody who may read its archives."""

    async def learn_terms(self) -> None:
        """Find out through the gateway which school each term belongs to."""
        for school in self.load.all_schools:
            terms = await school.administrator.everything("/records/terms", path=school.campus.path)
            self.readers |= {term["id"]: school.administrator for term in terms}


@asynccontextmanager
async def environment(folder: Path, options: Options, numbers: dict[str, Any]) -> AsyncIterator[Environment]:
    """Start a platform, create its users and their clients."""
    begun = time.monotonic()
    async with AsyncExitStack() as stack:
        linked = await stack.enter_async_context(platform(folder))
        numbers["seconds_to_start"] = round(time.monotonic() - begun, 1)
        begun = time.monotonic()
        password = linked.keyring.operator_password
        wanted = regions(options.pupils)[: None if options.stages else 1]
        first, *others = [(region, number) for number in range(options.provinces) for region in wanted]
        worlds = [await create_schools(linked.front, password, options.seed, *first)]  # sets the operator's password
        worlds += await asyncio.gather(*(create_schools(linked.front, password, options.seed, *one) for one in others))
        numbers["seconds_to_found"] = round(time.monotonic() - begun, 1)
        net = Net.to(linked.front, 1000, seconds=options.seconds, rng=random.Random(f"clients {options.seed}"))
        stack.push_async_callback(net.http.close)
        schools = [school for world in worlds for school in schools_of(world, net)]
        repeated = [school for school in schools if school.world.deployment.scheme_id == JIANGXI_ID]
        stages = [school for school in schools if school not in repeated]
        load = Load(repeated, stages, folder / "clients", options.seed, options.records)
        environment: Environment

        async def get(term_id: str, path: str) -> Any:
            return await environment.readers[term_id].get(path)

        checker = Checker(
            linked.endpoints.postgres, linked.endpoints.nats_url("admin"), folder / "clients", linked.front, get, net.fetch
        )
        environment = Environment(linked, net, load, checker)
        yield environment


async def run(folder: Path, options: Options) -> Result:
    """Run everything. The platform's data and the clients' logs are in `folder`."""
    numbers: dict[str, Any] = {"seed": options.seed}
    async with environment(folder, options, numbers) as env:
        injector = FaultInjector(env.platform)
        result = Result(options, injector, numbers=numbers)
        await _run_with_faults(env, injector, options, result)
        await _check(env, options, result)
        if result.passed:
            result.findings += await replay.check_replay(env.platform, env.checker, numbers, options.quiet)
        if result.passed and options.drill:
            await _drill(env, result)
        (folder / "faults.json").write_text(json.dumps(injector.log, indent=1))
    return result


async def _run_with_faults(env: Environment, injector: FaultInjector, options: Options, result: Result) -> None:
    begun = time.monotonic()
    env.load.pace = injector.next_fault
    playing = asyncio.create_task(env.load.run(options.parallel))
    await asyncio.sleep(1.0)
    seconds = options.minutes * 60 if options.minutes is not None else None
    try:
        await injector.run(faults.schedule(options.seed, options.minutes), seconds)
        await injector.heal()
        env.load.stop = True
        singles = faults.single_faults(options.seed)
        result.numbers["single_faults"] = await injector.run_while(env.load.in_stages, singles, options.singles)
    finally:
        injector.end()
        await injector.heal()
        env.load.stop = True
    healed = time.monotonic()
    result.numbers["seconds_under_fire"] = round(healed - begun, 1)
    down = await injector.all_ready(60)
    result.findings += [Finding("stuck", part, "was not started again") for part in down]
    result.numbers["seconds_to_ready"] = round(time.monotonic() - healed, 1)
    await playing
    result.problems += env.load.problems
    result.numbers["seconds_to_end_terms"] = round(time.monotonic() - healed, 1)


async def _drill(env: Environment, result: Result) -> None:
    begun = time.monotonic()
    drill_injector = FaultInjector(env.platform)
    drill = Drill(env.platform, drill_injector, env.load, env.checker.postgres, env.checker.nats)
    result.caught, result.drilled = await drill.run_all()
    result.numbers["broken_variants_caught"] = sum(result.caught.values())
    result.numbers["seconds_to_drill"] = round(time.monotonic() - begun, 1)


async def _check(env: Environment, options: Options, result: Result) -> None:
    begun = time.monotonic()
    await env.learn_terms()
    left = await env.checker.wait_until_quiet(options.quiet)
    result.numbers["seconds_to_quiet"] = round(time.monotonic() - begun, 1)
    begun = time.monotonic()
    verdict = await env.checker.check(left)
    result.findings += verdict.findings
    bus = verdict.bus
    result.numbers |= {
        "requests": env.net.requests,
        **env.net.counts,
        **env.load.counts,
        "events": verdict.events,
        "answers_lost": verdict.answers_lost,
        "deliveries": bus.delivered,
        "messages_on_bus": len(bus.order),
        "published_again": len(bus.order) - len(set(bus.order)),
        "restarts": {name: supervisor.restarts for name, supervisor in env.platform.supervisors.items() if supervisor.restarts},
        "seconds_to_check": round(time.monotonic() - begun, 1),
    }
