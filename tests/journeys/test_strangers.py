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

from .doors import Answer, Door, fresh, newcomer, opened, signed_in
from .things import CLASS, LISTS, SCHOOL, Things, Way, missing, things_of

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


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def door(world: World) -> AsyncIterator[Door]:
    async with opened(world) as door:
        yield door


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def things(door: Door, world: World) -> Things:
    """One of everything that the first pupil of the first school, and that school, owns."""
    return await things_of(world.campuses[0])


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def next_door(door: Door, world: World) -> dict[str, User]:
    """Everybody of the other school."""
    there = world.campuses[1]
    pupil = there.pupils[0]
    assert pupil.guardian is not None
    people = {"teacher": there.school_classes[0].teacher, "administrator": there.administrator}
    return {**people, **there.staff, "student": pupil.user, "guardian": pupil.guardian}


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def sibling(door: Door, world: World) -> User:
    """The teacher of a new class of the first school, of the same grade."""
    here = world.campuses[0]
    grade, code = here.school_classes[0].path.rpartition(".")[0], f"c{uuid4().hex[:6]}"
    body = {"parent": grade, "code": code, "title": "新班"}
    made = await here.administrator.post("/identity/organisations", body)
    return await newcomer(here.administrator, "class_teacher", made["path"], "新班班主任")


def told(answer: Answer, things: Things) -> tuple[int, str]:
    """What an answer tells: its status and words, without the ids that were sent and the request's own."""
    said = {name: value for name, value in answer.json.items() if name != "request_id"}
    text = json.dumps(said, ensure_ascii=False, sort_keys=True)
    for name, value in sorted(things.items(), key=lambda item: -len(item[1])):
        text = text.replace(value, f"<{name}>")
    return answer.status, text


async def looks_missing(door: Door, who: User, way: Way, things: Things) -> None:
    """The answer is a 404 (or a 403 of the role), word for word the one for something that never was."""
    nothing = missing(things)
    real, never = await asyncio.gather(*(way.go(door, who, those) for those in (things, nothing)))
    assert real.code is not None, (who.name, way, real.status, real.content[:300])
    assert real.status in (403, 404), (who.name, way, real.status, real.json)
    assert told(real, things) == told(never, nothing), (who.name, way)


@pytest.mark.parametrize("way", [*SCHOOL, *CLASS], ids=str)
async def test_what_a_school_owns_does_not_exist_next_door(
    door: Door, things: Things, next_door: dict[str, User], way: Way
) -> None:
    await asyncio.gather(*(looks_missing(door, who, way, things) for who in next_door.values()))


@pytest.mark.parametrize("way", CLASS, ids=str)
async def test_what_a_class_owns_does_not_exist_for_the_class_beside_it(
    door: Door, things: Things, sibling: User, way: Way
) -> None:
    await looks_missing(door, sibling, way, things)


@pytest.mark.parametrize("way", CLASS, ids=str)
async def test_what_a_pupil_owns_does_not_exist_for_classmates_and_their_guardians(
    door: Door, world: World, things: Things, way: Way
) -> None:
    other = world.campuses[0].pupils[-1]
    assert other.guardian is not None
    await asyncio.gather(*(looks_missing(door, who, way, things) for who in (other.user, other.guardian)))


def nothing_in(answer: Answer, who: User) -> bool:
    """Is a list empty but for the caller's own, or are all tiles at zero?"""
    if isinstance(answer.json, list):
        return not any(tile["reported"] or tile["confirmed"] for tile in answer.json)
    return all(item.get("id") == who.session["card"]["student_id"] for item in answer.json["items"])


@pytest.mark.parametrize("way", LISTS, ids=str)
async def test_lists_hold_nothing_of_others(
    door: Door, world: World, things: Things, next_door: dict[str, User], sibling: User, way: Way
) -> None:
    other = world.campuses[0].pupils[-1]
    assert other.guardian is not None
    for who in (*next_door.values(), sibling, other.user, other.guardian):
        answer = await way.go(door, who, things)
        if answer.status == 200:
            assert nothing_in(answer, who), (who.name, way, answer.json)
        else:
            assert answer.status in (403, 404), (who.name, way, answer.json)
            assert answer.code in ("forbidden", "not_found")


@pytest.mark.feature("JX-16")
async def test_a_guardian_sees_their_child_and_no_other(door: Door, world: World, things: Things) -> None:
    pupil, other = world.campuses[0].pupils[0], world.campuses[0].pupils[-1]
    assert pupil.guardian is not None
    for path in ("records", "positions"):
        items = await pupil.guardian.everything(f"/records/{path}")
        assert {item["student_id"] for item in items} <= {pupil.student_id}
    for path in ("/records/records/{record}", "/archive/archives/{archive}", "/identity/students/{student}"):
        assert (await door.ask(pupil.guardian, "GET", path.format(**things))).status == 200
    listed = await pupil.guardian.get("/identity/students")
    assert [student["id"] for student in listed["items"]] == [pupil.student_id]
    for room in ("/records/records", "/publicity/entries", "/archive/archives", "/records/positions"):
        assert (await pupil.guardian.get(room, student_id=other.student_id))["items"] == []


@pytest.mark.feature("BJ-07")
async def test_a_district_administrator_looks_up_any_student_and_acts_for_nobody(
    door: Door, world: World, things: Things
) -> None:
    district = await signed_in(world, f"139{world.run:03d}00003", "区管理员")
    for campus in world.campuses:
        found = await district.get("/records/records", term_id=campus.term["id"], path=campus.path)
        assert found["items"]
    for path in ("/records/records/{record}", "/archive/archives/{archive}", "/identity/students/{student}"):
        assert (await door.ask(district, "GET", path.format(**things))).status == 200
    assert (await door.ask(district, "GET", "/publicity/board", term_id=things["term"])).status == 404
    assert (await door.ask(district, "GET", f"/publicity/cases/{things['case']}")).status == 404
    for path, body in (
        ("/records/records/{record}/approval", {}),
        ("/records/records/{record}/void", {"reason": "不应成功"}),
        ("/archive/terms/{term}/seal", {}),
        ("/identity/students/{student}/id-number", {"reason": "不应成功"}),
    ):
        answer = await door.ask(district, "POST", path.format(**things), body)
        assert answer.status in (403, 409), (path, answer.json)


async def test_the_operator_runs_the_platform_and_sees_no_student(door: Door, world: World, things: Things) -> None:
    for way in CLASS:
        answer = await way.go(door, world.operator, things)
        assert answer.status in (403, 404), (way, answer.status, answer.content[:200])
    for way in LISTS:
        answer = await way.go(door, world.operator, things)
        assert answer.status in (403, 404) or nothing_in(answer, world.operator), (way, answer.content[:200])


@pytest.mark.parametrize("service", plan.PATHS)
async def test_nobody_gets_in_without_a_token(door: Door, service: str) -> None:
    described = (await door.ask(None, "GET", f"/{service}/openapi.json")).json
    asked = 0
    for path, operations in described["paths"].items():
        for method, operation in operations.items():
            if operation["x-may"] == "anyone":
                continue
            names = {p["name"]: str(uuid4()) for p in operation["parameters"] if p["in"] == "path"}
            answer = await door.ask(None, method.upper(), f"/{service}{path.format(**names)}", {} if method != "get" else None)
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
    "way", ["/identity/me", "/records/records", "/publicity/entries", "/archive/archives", "/notify/unread"]
)
async def test_a_token_that_nobody_signed_counts_nowhere(door: Door, world: World, way: str) -> None:
    pupil = world.campuses[0].pupils[1].user
    tokens = forged(await fresh(pupil)) | {"a refresh token": pupil.session["refresh_token"]}
    assert (await door.ask(await fresh(pupil), "GET", way)).status == 200
    for name, token in tokens.items():
        sent = f"Bearer {token}".encode().decode("latin-1")
        answer = await door.ask(None, "GET", way, headers={"Authorization": sent})
        assert (answer.status, answer.code) == (401, "unauthenticated"), (name, answer.content[:200])


async def test_an_access_token_renews_no_session(door: Door, world: World) -> None:
    token = await fresh(world.campuses[0].pupils[1].user)
    answer = await door.ask(None, "POST", "/identity/sessions/refresh", {"refresh_token": token})
    assert answer.code in ("unauthenticated", "invalid_input")


@pytest.mark.feature("JX-16")
async def test_a_renewed_session_remembers_its_card(door: Door, world: World) -> None:
    pupil = world.campuses[0].pupils[1]
    for who in (pupil.user, pupil.guardian):
        assert who is not None
        answer = await door.ask(None, "POST", "/identity/sessions/refresh", {"refresh_token": who.session["refresh_token"]})
        assert answer.json["card"]["student_id"] == pupil.student_id
        who.session |= answer.json


async def test_headers_of_the_callers_own_change_nothing(door: Door, things: Things, next_door: dict[str, User]) -> None:
    record = f"/records/records/{things['record']}"
    assert (await door.ask(None, "GET", record, headers=HEADERS)).status == 401
    for who in next_door.values():
        assert (await door.ask(who, "GET", record, headers=HEADERS)).status == 404
        plain, dressed = await door.ask(who, "GET", "/identity/me"), await door.ask(who, "GET", "/identity/me", headers=HEADERS)
        assert plain.json == dressed.json


@pytest.mark.parametrize("service", [*plan.PATHS, "importer"])
async def test_what_only_operators_use_is_not_on_the_gateway(door: Door, service: str) -> None:
    base = f"{door.world.gateway.base}/api/{service}"
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
    for way in ways:
        async with door.http.get(URL(base + way, encoded=True), allow_redirects=False) as answer:
            text = await answer.text()
            assert answer.status in (400, 404), (way, answer.status, text[:200])
            assert "python_info" not in text
            assert "alive" not in text
