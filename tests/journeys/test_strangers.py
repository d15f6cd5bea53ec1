"""What another organisation, class or family owns looks as if it did not exist; what opens no door at the gateway."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
import pytest_asyncio
from demo.client import User
from demo.world import World
from stack import plan
from yarl import URL

from tests.world.builders import create_record, hire, second_term, signed_in
from tests.world.client import Answer, Client, access_token, connected
from tests.world.request_templates import (
    CLASS_REQUESTS,
    LIST_REQUESTS,
    SCHOOL_REQUESTS,
    Ids,
    RequestTemplate,
    ids_of,
    unknown_ids,
)

HEADERS = {
    "X-Forwarded-User": "operator",
    "X-Auth-Request-User": "operator",
    "Remote-User": "operator",
    "X-User": "operator",
    "X-Actor": "operator",
    "X-Role": "administrator",
    "X-Real-Ip": "127.0.0.1",
    "X-Forwarded-For": "127.0.0.1",
    "X-Forwarded-Host": "127.0.0.1",
    "X-Original-Url": "/healthz",
    "X-Http-Method-Override": "DELETE",
}

REFUSED = {403: "forbidden", 404: "not_found"}
"""What a stranger is told: 403 where the role may never do this, else 404."""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def client(world: World) -> AsyncIterator[Client]:
    async with connected(world) as client:
        yield client


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def ids(client: Client, world: World) -> Ids:
    """One of everything that the first pupil of the first school, and that school, owns."""
    return await ids_of(world.campuses[0])


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def other_school(client: Client, world: World) -> dict[str, User]:
    """Everybody of the other school."""
    there = world.campuses[1]
    pupil = there.pupils[0]
    assert pupil.guardian is not None
    people = {"teacher": there.school_classes[0].teacher, "administrator": there.administrator}
    return {**people, **there.staff, "student": pupil.user, "guardian": pupil.guardian}


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def other_class_teacher(client: Client, world: World) -> User:
    """The teacher of a new class of the first school, of the same grade."""
    here = world.campuses[0]
    grade, code = here.school_classes[0].path.rpartition(".")[0], f"c{uuid4().hex[:6]}"
    body = {"parent": grade, "code": code, "title": "新班"}
    made = await here.administrator.post("/identity/organisations", body)
    return await hire(here.administrator, "class_teacher", made["path"], "新班班主任")


def visible(answer: Answer, ids: Ids) -> tuple[int, str]:
    """What an answer tells: its status and words, without the ids that were sent and the request's own."""
    body = {name: value for name, value in answer.json.items() if name != "request_id"}
    text = json.dumps(body, ensure_ascii=False, sort_keys=True)
    for name, value in sorted(ids.items(), key=lambda item: -len(item[1])):
        text = text.replace(value, f"<{name}>")
    return answer.status, text


async def assert_looks_missing(client: Client, who: User, template: RequestTemplate, ids: Ids) -> None:
    """The answer is a 404 (or a 403 of the role), word for word the one for something that never was."""
    nothing = unknown_ids(ids)
    real, never = await asyncio.gather(*(template.send(client, who, those) for those in (ids, nothing)))
    assert real.code is not None, (who.name, template, real.status, real.content[:300])
    assert real.code == REFUSED.get(real.status), (who.name, template, real.status, real.json)
    assert visible(real, ids) == visible(never, nothing), (who.name, template)


@pytest.mark.parametrize("template", [*SCHOOL_REQUESTS, *CLASS_REQUESTS], ids=str)
async def test_what_a_school_owns_does_not_exist_next_door(
    client: Client, ids: Ids, other_school: dict[str, User], template: RequestTemplate
) -> None:
    await asyncio.gather(*(assert_looks_missing(client, who, template, ids) for who in other_school.values()))


@pytest.mark.parametrize("template", CLASS_REQUESTS, ids=str)
async def test_what_a_class_owns_does_not_exist_for_the_class_beside_it(
    client: Client, ids: Ids, other_class_teacher: User, template: RequestTemplate
) -> None:
    await assert_looks_missing(client, other_class_teacher, template, ids)


@pytest.mark.parametrize("template", CLASS_REQUESTS, ids=str)
async def test_what_a_pupil_owns_does_not_exist_for_classmates_and_their_guardians(
    client: Client, world: World, ids: Ids, template: RequestTemplate
) -> None:
    other = world.campuses[0].pupils[-1]
    assert other.guardian is not None
    await asyncio.gather(*(assert_looks_missing(client, who, template, ids) for who in (other.user, other.guardian)))


def nothing_in(answer: Answer, who: User) -> bool:
    """Is a list empty but for the caller's own, or are all tiles at zero?"""
    if isinstance(answer.json, list):
        return not any(tile["reported"] or tile["confirmed"] for tile in answer.json)
    return all(item.get("id") == who.session["card"]["student_id"] for item in answer.json["items"])


def holds_nothing_of_others(answer: Answer, who: User) -> bool:
    """An empty list, or the refusal of somebody who may not list here."""
    return nothing_in(answer, who) if answer.status == 200 else REFUSED.get(answer.status) == answer.code


@pytest.mark.parametrize("template", LIST_REQUESTS, ids=str)
async def test_lists_hold_nothing_of_others(
    client: Client, world: World, ids: Ids, other_school: dict[str, User], other_class_teacher: User, template: RequestTemplate
) -> None:
    other = world.campuses[0].pupils[-1]
    assert other.guardian is not None
    for who in (*other_school.values(), other_class_teacher, other.user, other.guardian):
        answer = await template.send(client, who, ids)
        assert holds_nothing_of_others(answer, who), (who.name, template, answer.status, answer.json)


@pytest.mark.feature("JX-16")
async def test_a_guardian_sees_their_child_and_no_other(client: Client, world: World, ids: Ids) -> None:
    pupil, other = world.campuses[0].pupils[0], world.campuses[0].pupils[-1]
    assert pupil.guardian is not None
    for path in ("records", "positions"):
        items = await pupil.guardian.everything(f"/records/{path}")
        assert {item["student_id"] for item in items} <= {pupil.student_id}
    for path in ("/records/records/{record}", "/archive/archives/{archive}", "/identity/students/{student}"):
        assert (await client.ask(pupil.guardian, "GET", path.format(**ids))).status == 200
    listed = await pupil.guardian.get("/identity/students")
    assert [student["id"] for student in listed["items"]] == [pupil.student_id]
    for path in ("/records/records", "/publicity/entries", "/archive/archives", "/records/positions"):
        assert (await pupil.guardian.get(path, student_id=other.student_id))["items"] == []


@pytest.mark.feature("BJ-07")
async def test_a_district_administrator_looks_up_any_student_and_acts_for_nobody(
    client: Client, world: World, ids: Ids
) -> None:
    district = await signed_in(world, f"139{world.run:03d}00003", "区管理员")
    for campus in world.campuses:
        found = await district.get("/records/records", term_id=campus.term["id"], path=campus.path)
        assert found["items"]
    for path in ("/records/records/{record}", "/archive/archives/{archive}", "/identity/students/{student}"):
        assert (await client.ask(district, "GET", path.format(**ids))).status == 200
    assert (await client.ask(district, "GET", "/publicity/board", term_id=ids["term"])).status == 404
    assert (await client.ask(district, "GET", f"/publicity/cases/{ids['case']}")).status == 404
    pupil = world.campuses[0].pupils[3]
    waiting = await create_record(world, pupil, (await second_term(world.campuses[0]))["id"])
    for path, body in (
        (f"/records/records/{waiting['id']}/approval", {}),
        (f"/records/records/{waiting['id']}/return", {"reason_code": "incomplete"}),
        ("/records/records/{record}/void", {"reason": "不应成功"}),
        ("/archive/terms/{term}/seal", {}),
        ("/identity/students/{student}/id-number", {"reason": "不应成功"}),
    ):
        answer = await client.ask(district, "POST", path.format(**ids), body)
        assert (answer.status, answer.code) == (403, "forbidden"), (path, answer.json)


async def test_the_operator_runs_the_platform_and_sees_no_student(client: Client, world: World, ids: Ids) -> None:
    for template in CLASS_REQUESTS:
        answer = await template.send(client, world.operator, ids)
        assert (answer.status, answer.code) == (403, "forbidden"), template
    for template in LIST_REQUESTS:
        answer = await template.send(client, world.operator, ids)
        if template.path == "/identity/staff":  # the operator appoints staff; here nobody is the operator's own
            assert nothing_in(answer, world.operator), answer.json
        else:
            assert (answer.status, answer.code) == (403, "forbidden"), template


@pytest.mark.parametrize("service", plan.PATHS)
async def test_nobody_gets_in_without_a_token(client: Client, service: str) -> None:
    described = (await client.ask(None, "GET", f"/{service}/openapi.json")).json
    asked = 0
    for path, operations in described["paths"].items():
        for method, operation in operations.items():
            if operation["x-may"] == "anyone":
                continue
            names = {p["name"]: str(uuid4()) for p in operation["parameters"] if p["in"] == "path"}
            answer = await client.ask(
                None, method.upper(), f"/{service}{path.format(**names)}", {} if method != "get" else None
            )
            assert (answer.status, answer.code) == (401, "unauthenticated"), (method, path, answer.content[:200])
            asked += 1
    assert asked >= 4


def forged(token: str) -> dict[str, str]:
    """Tokens that nobody signed, made out of a good one."""

    def part(value: object) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")

    head, body, signature = token.split(".")
    header = json.loads(base64.urlsafe_b64decode(head + "=="))
    claims = json.loads(base64.urlsafe_b64decode(body + "=="))
    own_key = {"kty": "OKP", "crv": "Ed25519", "x": "A" * 43}
    greedy = part({**claims, "role": "administrator", "path": "jx"})
    middle = len(signature) // 2
    turned = signature[:middle] + ("A" if signature[middle] != "A" else "B") + signature[middle + 1 :]
    return {
        "another place claimed": f"{head}.{greedy}.{signature}",
        "a signature with one letter changed": f"{head}.{body}.{turned}",
        "no signature": f"{head}.{body}.",
        "alg none": f"{part({**header, 'alg': 'none'})}.{greedy}.",
        "another algorithm": f"{part({**header, 'alg': 'HS256'})}.{greedy}.{signature}",
        "another type": f"{part({**header, 'typ': 'JWT'})}.{body}.{signature}",
        "a key of one's own": f"{part({**header, 'jwk': own_key})}.{greedy}.{signature}",
        "an unknown key": f"{part({**header, 'kid': 'mine'})}.{body}.{signature}",
        "a header that is no object": f"{part([1])}.{body}.{signature}",
        "deep brackets": f"{base64.urlsafe_b64encode(b'[' * 4000).decode()}.{body}.{signature}",
        "no token at all": "Bearer",
        "letters of people": "综评",
    }


@pytest.mark.parametrize(
    "url", ["/identity/me", "/records/records", "/publicity/entries", "/archive/archives", "/notify/unread"]
)
async def test_a_token_that_nobody_signed_counts_nowhere(client: Client, world: World, url: str) -> None:
    pupil = world.campuses[0].pupils[1].user
    tokens = forged(await access_token(pupil)) | {"a refresh token": pupil.session["refresh_token"]}
    assert (await client.ask(await access_token(pupil), "GET", url)).status == 200
    for name, token in tokens.items():
        sent = f"Bearer {token}".encode().decode("latin-1")
        answer = await client.ask(None, "GET", url, headers={"Authorization": sent})
        assert (answer.status, answer.code) == (401, "unauthenticated"), (name, answer.content[:200])


async def test_an_access_token_renews_no_session(client: Client, world: World) -> None:
    token = await access_token(world.campuses[0].pupils[1].user)
    answer = await client.ask(None, "POST", "/identity/sessions/refresh", {"refresh_token": token})
    assert (answer.status, answer.code) == (422, "invalid_input")


@pytest.mark.feature("JX-16")
async def test_a_renewed_session_remembers_its_card(client: Client, world: World) -> None:
    pupil = world.campuses[0].pupils[1]
    for who in (pupil.user, pupil.guardian):
        assert who is not None
        answer = await client.ask(None, "POST", "/identity/sessions/refresh", {"refresh_token": who.session["refresh_token"]})
        assert answer.json["card"]["student_id"] == pupil.student_id
        who.session |= answer.json


async def test_headers_of_the_callers_own_change_nothing(client: Client, ids: Ids, other_school: dict[str, User]) -> None:
    record = f"/records/records/{ids['record']}"
    assert (await client.ask(None, "GET", record, headers=HEADERS)).status == 401
    for who in other_school.values():
        assert (await client.ask(who, "GET", record, headers=HEADERS)).status == 404
        plain, dressed = (
            await client.ask(who, "GET", "/identity/me"),
            await client.ask(who, "GET", "/identity/me", headers=HEADERS),
        )
        assert plain.json == dressed.json


@pytest.mark.parametrize("service", [*plan.PATHS, "importer"])
async def test_what_only_operators_use_is_not_on_the_gateway(client: Client, service: str) -> None:
    base = f"{client.world.gateway.base}/api/{service}"
    ways = [f"/{name}" for name in ("metrics", "healthz", "readyz")]
    ways += [
        "//metrics",
        "/./metrics",
        "/x/../metrics",
        "/Metrics",
        "/metrics/",
        "/%6detrics",
        "/x/%2e%2e/metrics",
        "/metrics?x=1",
    ]
    for url in ways:
        async with client.http.get(URL(base + url, encoded=True), allow_redirects=False) as answer:
            text = await answer.text()
            assert answer.status == 404, (url, text[:200])
            assert "python_info" not in text
            assert "alive" not in text
