"""Broken variants of services must be caught; redelivered events of a bus that loses acknowledgements must cause no finding."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest
import pytest_asyncio
from chaos.check.base import Finding
from chaos.drill import BROKEN_VARIANTS, NO_OUTBOX, BrokenVariant, Drill
from chaos.faults import FaultInjector
from chaos.run import Options, environment
from stack import testing

SOUND = BrokenVariant("forgetful_bus", "notify", (), lambda _: False)


@dataclass(frozen=True)
class Drilled:
    """`before`: what was found with a bus that forgets acknowledgements; `caught` and `found`: with broken services."""

    before: list[Finding]
    caught: dict[str, bool]
    found: list[Finding]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def drilled() -> AsyncIterator[Drilled]:
    numbers: dict[str, Any] = {}
    async with testing.data_folder() as path, environment(path, Options(seed=3, stages=False), numbers) as env:
        drill = Drill(env.platform, FaultInjector(env.platform), env.load, env.checker.postgres, env.checker.nats)
        _, before = await drill.run((SOUND,), "sound", seconds=4)
        caught, found = await drill.run_all()
        yield Drilled(before, caught, found)


@pytest.mark.timeout(600)
def test_events_that_are_delivered_twice_break_nothing(drilled: Drilled) -> None:
    assert drilled.before == []


@pytest.mark.parametrize("variant", [variant.variant for variant in (*BROKEN_VARIANTS, NO_OUTBOX)])
def test_a_service_broken_on_purpose_is_caught(drilled: Drilled, variant: str) -> None:
    assert drilled.caught[variant], [str(finding) for finding in drilled.found]
