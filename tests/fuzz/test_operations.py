"""Every operation of every service as several roles: no 5xx answer, and every answer as described."""

import asyncio
from collections import Counter
from collections.abc import Iterator

import aiohttp
import pytest
from jsonschema import Draft202012Validator
from rich.console import Console
from stack import plan

from tests.world.client import access_token
from tests.world.region import Region

from .cases import ENDS_SESSIONS, described, labels, make, operations
from .conftest import Sessions
from .sending import findings, prepared, send

ROLES = ("student@own", "guardian@own", "class_teacher@class", "school_administrator@school")
RARELY = ("anonymous", "operator", "principal@school", "district_administrator@above")
AT_ONCE = asyncio.Semaphore(24)
ONE_BY_ONE = asyncio.Lock()


@pytest.fixture(scope="module")
def statuses() -> Iterator[dict[str, Counter[int]]]:
    """How many answers of each status, by service; printed at the end."""
    seen: dict[str, Counter[int]] = {}
    yield seen
    console = Console(stderr=True)
    for service, counts in seen.items():
        by_status = ", ".join(f"{status}: {count}" for status, count in sorted(counts.items()))
        console.print(f"{service}: {counts.total()} answers of {len(operations(service))} operations ({by_status})")


@pytest.mark.parametrize("service", plan.PATHS)
async def test_no_fault_and_every_answer_as_described(
    school: Region, sessions: Sessions, statuses: dict[str, Counter[int]], service: str
) -> None:
    document, base = described(service), f"{school.world.gateway.base}/api/{service}"
    problem = Draft202012Validator(document["components"]["schemas"]["Problem"])
    seen = statuses[service] = Counter[int]()
    answered, wrong = set[tuple[str, str]](), list[str]()

    async def one(http: aiohttp.ClientSession, label: str) -> None:
        async with ONE_BY_ONE:
            cases = await asyncio.to_thread(make, service, label, school.ids)
        for name in (*ROLES, *RARELY):
            asker = label if label in ENDS_SESSIONS else service
            token = None if name == "anonymous" else await access_token(sessions[asker][name])
            for made in cases if name in ROLES else cases[:: max(1, len(cases) // 2)]:
                request = prepared(made, base, token)
                async with AT_ONCE:
                    response = await send(http, request)
                seen[response.status_code] += 1
                answered.add((label, name))
                mismatches = findings(made, response, problem, document["x-problem-codes"])
                sent = f"{request.method} {request.url} {str(request.body)[:300]}"
                wrong.extend(f"{label} as {name}: {line}\n  {sent}\n  {response.content[:300]!r}" for line in mismatches)

    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as http:
        await asyncio.gather(*(one(http, label) for label in operations(service)))
    assert not wrong, f"{len(wrong)} answers of {seen.total()}:\n" + "\n".join(sorted(wrong)[:30])
    assert answered == {(label, name) for label in operations(service) for name in (*ROLES, *RARELY)}
    assert [status for status in seen if status >= 500] == []
    assert seen[200] + seen[201] > 0
    assert any(400 <= status < 500 for status in seen)


def test_every_operation_is_fuzzed() -> None:
    documents = {service: described(service) for service in plan.PATHS}
    served = {(s, f"{m.upper()} {p}") for s, d in documents.items() for p, methods in d["paths"].items() for m in methods}
    assert set(labels()) == served
