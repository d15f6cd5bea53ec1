"""A whole term with two processes of every service: nothing is lost, done twice or left over, and both take their share."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from chaos.checker import Checker, Verdict
from demo.world import World
from prometheus_client.parser import text_string_to_metric_families
from stack import plan, testing
from stack.platform import Platform

from tests.world import build
from tests.world.client import connected

pytestmark = pytest.mark.timeout(400)
STUDENTS = 24
MANY = 50
"""A service that consumed more events than this did so in both processes."""


@dataclass(frozen=True)
class Term:
    """A finished term, what the checker found, and how much each process did."""

    world: World
    verdict: Verdict
    requests: dict[str, float] = field(default_factory=dict)
    consumed: dict[str, float] = field(default_factory=dict)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def term(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Term]:
    async with testing.platform(scale=dict.fromkeys(plan.NAMES, 2)) as platform:
        world = await build.a_whole_term(platform, STUDENTS)
        async with connected(world):
            checker = _checker(platform, world, tmp_path_factory.mktemp("no-log"))
            made = Term(world, await checker.check(await checker.wait_until_quiet(60)))
        async with aiohttp.ClientSession() as http:
            for process in _processes():
                made.requests[process] = await _sum(http, platform, process, "zp_http_seconds_count")
                made.consumed[process] = await _sum(http, platform, process, "zp_events_consumed_total")
        yield made


def _processes() -> list[str]:
    return [process for name in plan.NAMES for process in (name, f"{name}-2")]


def _checker(platform: Platform, world: World, logs: Path) -> Checker:
    """The checker of chaos. No client keeps a log here: it compares only the services with each other."""

    async def get(term_id: str, path: str) -> Any:
        campus = next(campus for campus in world.campuses if campus.term["id"] == term_id)
        return await campus.administrator.get(path)

    return Checker(
        platform.endpoints.postgres, platform.endpoints.nats_url("admin"), logs, platform.gateway_url, get, world.gateway.fetch
    )


async def _sum(http: aiohttp.ClientSession, platform: Platform, process: str, sample: str) -> float:
    """A process's own metric, summed over its labels."""
    async with http.get(f"http://127.0.0.1:{platform.ports.chosen[process]}/metrics") as answer:
        assert answer.status == 200
        families = text_string_to_metric_families(await answer.text())
    return sum(one.value for family in families for one in family.samples if one.name == sample)


def test_the_term_ends_with_an_archive_for_everybody(term: Term) -> None:
    counts = term.world.counts
    assert term.world.problems == []
    assert term.world.gateway.faults == []
    assert counts["reported"] == counts["approved"] == 5 * STUDENTS
    assert counts["term_archives"] == counts["self_evaluations"] == counts["teacher_comments"] == STUDENTS
    assert counts["complaints"] == 12


def test_the_checker_finds_nothing_lost_doubled_or_left_over(term: Term) -> None:
    assert [str(finding) for finding in term.verdict.findings] == []
    assert term.verdict.events > 20 * STUDENTS


@pytest.mark.parametrize("service", plan.NAMES)
def test_both_processes_answer_requests_and_share_the_events(term: Term, service: str) -> None:
    both = (service, f"{service}-2")
    assert all(term.requests[process] > 10 for process in both), term.requests
    consumed = [term.consumed[process] for process in both]
    assert sum(consumed) > 0
    assert min(consumed) > 0 or sum(consumed) < MANY, term.consumed
