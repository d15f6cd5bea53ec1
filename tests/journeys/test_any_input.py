"""Whatever is sent to whatever route: a problem document with a stable code, never a fault, nothing half-done."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Iterable, Iterator
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio
from demo.client import User
from demo.world import World
from stack import plan
from stack.platform import Platform

from tests.world.client import Answer, Client, access_token, connected
from tests.world.request_templates import CLASS_REQUESTS, SCHOOL_REQUESTS, Ids, RequestTemplate, ids_of, unknown_ids
from tests.world.tables import per_table, settled

DEEP = b"[" * 20_000
BODIES: dict[str, bytes] = {
    "nothing": b"",
    "half": b'{"text": "',
    "no object": b"[1, 2]",
    "null": b"null",
    "a number": b"1e999",
    "no UTF-8": b'{"text": "\xff\xfe"}',
    "a lone surrogate": b'{"text": "\\ud800", "reason": "\\udfff"}',
    "very deep": DEEP,
    "deep inside": b'{"data": ' + DEEP + b"]" * 20_000 + b"}",
    "names only": json.dumps({uuid4().hex: 1 for _ in range(5)}).encode(),
    "the same name twice": b'{"reason": 1, "reason": {}, "text": [], "text": 2}',
}
TOO_LARGE = b'{"text": "' + b"x" * 2**20 + b'"}'
VALUES: tuple[Any, ...] = (
    None, {}, [None], {"a": {"b": []}}, True, -1, 10**40, 1e308, "", "\x00", "a\x00b", "x" * 20_001, "\u202e\ufeff",
    "'; drop table records; --", "2026-13-45", "9999-12-31", "NaN", str(uuid4()), [str(uuid4())] * 501,
)  # fmt: skip
QUERIES = (
    "", "-1", "1e9", "9" * 400, "NaN", "x" * 3000, "a\u202eb", "jx..nc", "jx.nc.*", "\U0001f600", "\u0000", "2026-02-30",
    "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "W10", "e30", "WyIxIiwgIjIiLCAiMyJd",
    base64.urlsafe_b64encode(b'["\\u0000"]').decode(), base64.urlsafe_b64encode(b"[" * 2000).decode(),
    base64.urlsafe_b64encode(json.dumps(["jx", "x"]).encode()).decode(),
)  # fmt: skip


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def client(world: World) -> AsyncIterator[Client]:
    async with connected(world) as client:
        yield client


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def ids(client: Client, world: World) -> Ids:
    return await ids_of(world.campuses[0])


@pytest.fixture(scope="module")
def people(world: World) -> dict[str, User]:
    """One card of each role."""
    here = world.campuses[0]
    pupil = here.pupils[0]
    assert pupil.guardian is not None
    return {
        "student": pupil.user, "guardian": pupil.guardian, "class_teacher": here.school_classes[0].teacher,
        "administrator": here.administrator, "operator": world.operator, "principal": here.staff["校长"],
        "district": world.regional["县（区）管理员"],
    }  # fmt: skip


def is_refusal(answer: Answer) -> bool:
    """A 4xx problem document with a code that is listed."""
    return 400 <= answer.status < 500 and answer.code not in (None, "fault")


def finds_nothing_or_is_refused(answer: Answer) -> bool:
    """A query that makes no sense may be a search that finds nothing."""
    return answer.status == 200 or is_refusal(answer)


async def operations(client: Client, service: str) -> list[tuple[str, str, dict[str, Any]]]:
    """(method, path, operation) of every route that a service describes."""
    described = (await client.ask(None, "GET", f"/{service}/openapi.json")).json
    return [(m.upper(), p, operation) for p, methods in described["paths"].items() for m, operation in methods.items()]


def askers(operation: dict[str, Any], people: dict[str, User]) -> list[User]:
    """Who may call: one card with a capability that the route names; a pupil where anybody may; nobody where no role of this
    scheme has it."""
    may = operation["x-may"]
    if isinstance(may, str):
        return [people["student"]]
    return [user for user in people.values() if capabilities(user) & set(may)][:1]


def capabilities(user: User) -> set[str]:
    """What the user's card may do, as its token says."""
    claims = user.session["access_token"].split(".")[1]
    return set(json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4))).get("may", ()))


def address(service: str, path: str, operation: dict[str, Any]) -> str:
    """The path, with ids of nothing; `{type}` is a word, not an id, `{page}` and `{number}` are numbers."""
    words = {"type": "exam_scores", "page": "1", "number": "1"}
    names = [p["name"] for p in operation["parameters"] if p["in"] == "path"]
    return f"/{service}" + path.format(**{name: words.get(name, str(uuid4())) for name in names})


async def assert_all_refused(answers: Iterable[Any]) -> None:
    """Wait for (what was asked, its answer) and show those that are no refusals."""
    done = await asyncio.gather(*answers)
    assert done
    assert not [(*asked, answer.status, answer.content[:300]) for *asked, answer in done if not is_refusal(answer)]


@pytest.mark.parametrize("service", plan.PATHS)
async def test_a_body_that_is_none_is_refused_everywhere(
    platform: Platform, client: Client, people: dict[str, User], service: str
) -> None:
    before = await settled(platform)

    async def ask(who: User, method: str, path: str, name: str, data: bytes, kind: str) -> tuple[Any, ...]:
        answer = await client.ask(who, method, path, data=data, headers={"Content-Type": kind, "If-Match": '"1"'})
        return method, path, name, answer

    asked = []
    for method, path, operation in await operations(client, service):
        if "requestBody" not in operation:
            continue
        for who in askers(operation, people):
            where = address(service, path, operation)
            asked += [ask(who, method, where, name, data, "application/json") for name, data in BODIES.items()]
            asked += [ask(who, method, where, kind, b"{}", kind) for kind in ("text/plain", "x")]
            asked += [ask(who, method, where, "too large", TOO_LARGE, "application/json")]
    await assert_all_refused(asked)
    assert await per_table(platform) == before


def spoilt(template: RequestTemplate) -> Iterator[tuple[RequestTemplate, str, Any]]:
    """The way with one value of its body after the other replaced by something else, and one left out."""
    for name in template.body:
        for value in VALUES:
            yield (
                RequestTemplate(
                    template.method, template.path, {**template.body, name: value}, template.query, template.version
                ),
                name,
                value,
            )
        rest = {other: value for other, value in template.body.items() if other != name}
        yield RequestTemplate(template.method, template.path, rest, template.query, template.version), name, "left out"


@pytest.mark.parametrize("service", ["identity", "records", "publicity", "archive"])
async def test_one_wrong_value_in_a_good_body_is_refused(
    platform: Platform, client: Client, people: dict[str, User], ids: Ids, service: str
) -> None:
    """What is asked for does not exist, so that nothing can succeed by chance; the good body is told so."""
    before, nothing = await settled(platform), unknown_ids(ids)

    async def ask(who: User, wrong: RequestTemplate, name: str, value: Any) -> tuple[Any, ...]:
        return who.name, str(wrong), name, str(value)[:60], await wrong.send(client, who, nothing)

    for template in (*SCHOOL_REQUESTS, *CLASS_REQUESTS):
        if not template.body or not template.path.startswith(f"/{service}/"):
            continue
        good = {
            role: await template.send(client, people[role], nothing) for role in ("student", "class_teacher", "administrator")
        }
        may = [role for role, answer in good.items() if answer.status != 403]
        assert may, template
        assert {good[role].code for role in may} <= {"not_found", "career_not_ready"}, template
        await assert_all_refused(ask(people[may[0]], *wrong) for wrong in spoilt(template))
    assert await per_table(platform) == before


@pytest.mark.parametrize("service", plan.PATHS)
async def test_wrong_queries_are_refused_or_find_nothing(client: Client, people: dict[str, User], service: str) -> None:
    asked = 0
    for method, path, operation in await operations(client, service):
        if method != "GET" or path.endswith(("/stream", "/progress")):
            continue
        where = address(service, path, operation)
        names = [p["name"] for p in operation["parameters"] if p["in"] == "query"]
        for who in askers(operation, people):
            token = await access_token(who)
            unknown = await client.ask(token, method, where, unknown_word="1")
            assert (unknown.status, unknown.code) == (422, "invalid_input"), (path, unknown.content)
            assert "unknown_word" in unknown.fields, (path, unknown.json)
            need = {p["name"]: str(uuid4()) for p in operation["parameters"] if p["in"] == "query" and p["required"]}
            queries: list[dict[str, Any]] = [{**need, name: value} for name in names for value in QUERIES]
            answers = await asyncio.gather(*(client.ask(token, method, where, **query) for query in queries))
            for query, answer in zip(queries, answers, strict=True):
                assert finds_nothing_or_is_refused(answer), (path, query, answer.status, answer.content[:300])
            asked += len(answers) + 1
    assert asked


@pytest.mark.parametrize("label", ["%00", "%0a", "x" * 3000, "%ff", "..%2f..", "%e7%bb%bc", "*", "0", "-1"])
async def test_an_id_that_is_none_finds_nothing(client: Client, people: dict[str, User], label: str) -> None:
    for service, path in (
        ("records", "/records/{}"), ("records", "/terms/{}"), ("records", "/schemes/{}/1"), ("records", "/evidence/{}/address"),
        ("publicity", "/board/{}"), ("publicity", "/cases/{}"), ("archive", "/archives/{}"), ("archive", "/verification/{}"),
        ("archive", "/roots/{}"), ("import", "/batches/{}"), ("import", "/templates/{}"), ("identity", "/students/{}"),
    ):  # fmt: skip
        answer = await client.ask(people["class_teacher"], "GET", f"/{service}{path.format(label)}")
        by_gateway = label in ("%00", "..%2f..")  # refused before it looks for a service
        assert (answer.status, answer.code) == ((400, None) if by_gateway else (404, "not_found")), (path, answer.content)


@pytest.mark.parametrize(
    "name", ["If-Match", "Idempotency-Key", "X-Request-Id", "Accept", "Content-Encoding", "Range", "Last-Event-ID", "Expect"]
)
async def test_a_header_that_makes_no_sense_is_no_fault(client: Client, people: dict[str, User], name: str) -> None:
    for value in ("", '"', "W/", "x" * 5000, "\u00ff\u00fe", '"99999999999999999999999999"', "-1", "gzip", "bytes=5-1"):
        for method, path, body in (
            ("GET", "/records/records", None), ("PUT", f"/records/records/{uuid4()}", {"data": {}}),
            ("GET", "/archive/archives", None), ("GET", "/identity/me", None), ("POST", "/notify/messages/read", {"ids": []}),
        ):  # fmt: skip
            answer = await client.ask(people["student"], method, path, body, headers={name: value})
            assert answer.status < 500, (name, value, path, answer.content[:300])
