"""A school lists the number of another school's parent, and tries everything to get at the child; through the gateway and
at every service (L-01, L-02, L-19). Rules and reasons: docs/security.md."""

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio
from demo.client import User
from demo.people import PeopleGenerator, SchoolData
from demo.scale import until
from demo.steps import batches
from demo.steps.roster import student_rows
from demo.world import PASSWORD, Campus, Pupil, World
from stack.platform import Platform

from demo import workbooks
from tests.world.client import Answer, Client, access_token, connected

from .test_signing_in import gone_everywhere, read_picture, sign_in

PHOTO = Path("tests/cases/photo_with_position_and_author.jpg").read_bytes()
WHY = {"reason": "家长忘记密码"}
SHARED = {"reason": "家长忘记密码", "suspend_elsewhere": True}


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def client(world: World) -> AsyncIterator[Client]:
    async with connected(world) as client:
        yield client


async def list_parent(world: World, campus: Campus, parent: Pupil) -> dict[str, Any]:
    """The school imports a pupil of its own with this parent's name and number. Returns the pupil as its staff see it."""
    school_class = campus.school_classes[0]
    maker = PeopleGenerator(uuid4().int % 10**6)
    child = replace(
        maker.student(900 + uuid4().int % 90, school_class.pupils[0].plan.entry_year, school_class.title),
        name=f"李{uuid4().hex[:4]}",
        guardian_name=parent.plan.guardian_name,
        guardian_phone=parent.plan.guardian_phone,
    )
    plan = SchoolData("x", "x", students=[child])
    form = await batches.template(campus.administrator, "roster", campus.path)
    book = workbooks.fill(form, {"学生": student_rows(plan), "教师": []})
    await batches.import_workbook(world, campus.administrator, "roster", campus.path, "名册.xlsx", book)
    assert world.problems == []

    async def listed() -> dict[str, Any] | None:
        found = (await campus.administrator.post("/identity/students/search", {"path": campus.path, "q": child.name}))["items"]
        return dict(found[0]) if found else None

    pupil = await until("学生导入", listed)
    return dict(await campus.administrator.get(f"/identity/students/{pupil['id']}"))


async def still_reads_only_the_own_child(client: Client, parent: User, pupil: Pupil) -> None:
    """The parent's session works, and shows this child and no other."""
    token = await access_token(parent)
    students = (await client.ask(token, "GET", "/identity/students")).json["items"]
    assert [student["id"] for student in students] == [pupil.student_id]
    records = (await client.ask(token, "GET", "/records/records")).json["items"]
    assert {record["student_id"] for record in records} == {pupil.student_id}


@pytest.mark.feature("L-01", "L-09")
async def test_no_action_of_a_school_leads_to_another_schools_child(client: Client, world: World, platform: Platform) -> None:
    here, other = world.campuses[0], world.campuses[1]
    pupil = other.pupils[3]
    parent, teacher, admin = pupil.guardian, here.school_classes[0].teacher, here.administrator
    assert parent is not None
    listed = await list_parent(world, here, pupil)
    [account] = [g["account_id"] for g in listed["guardians"]]
    assert account == parent.session["account"]["id"]

    reset = f"/identity/accounts/{account}/password-reset"
    for who in (teacher, admin):
        for body in (WHY, SHARED):
            assert (await client.ask(who, "POST", reset, body)).code == "account_not_yours"

    for who, path in ((teacher, here.school_classes[0].path), (admin, here.path)):
        order = {"path": path, "audience": "guardians"}
        printed = await client.ask(who, "POST", "/identity/slips", order, headers={"Accept": "application/json"})
        assert parent.username not in {slip["username"] for slip in printed.json["items"]}

    body = {"name": pupil.plan.guardian_name, "phone": parent.username, "role": "recorder", "path": here.path}
    hired = await client.ask(admin, "POST", "/identity/staff", body)
    assert hired.json["state"] == "offered"
    assert (await client.ask(admin, "POST", reset, SHARED)).code == "account_not_yours"
    refused = await sign_in(client, parent.username, hired.json["one_time_password"])
    assert (refused.status, refused.code) == (401, "one_time_not_for_sign_in")

    forgot = {
        "username": parent.username, "name": pupil.plan.guardian_name, "id_number": pupil.plan.guardian_id_number,
        "captcha": await read_picture(client, platform),
    }  # fmt: skip
    asked = await client.ask(None, "POST", "/identity/password-resets", forgot)
    for who in (teacher, admin):
        assert asked.json["id"] not in {w["id"] for w in (await who.get("/identity/password-resets"))["items"]}
        code = await client.ask(who, "POST", f"/identity/password-resets/{asked.json['id']}/code", {"suspend_elsewhere": True})
        assert code.code == "account_not_yours"

    assert (await client.ask(admin, "POST", f"/identity/accounts/{account}/disable", WHY)).code == "account_not_yours"

    await still_reads_only_the_own_child(client, parent, pupil)
    own = other.school_classes[0].teacher if pupil in other.school_classes[0].pupils else other.administrator
    assert asked.json["id"] in {w["id"] for w in (await own.get("/identity/password-resets"))["items"]}, "its own school helps"
    me = await parent.get("/identity/me")
    assert {(offer["role"], offer["state"]) for offer in me["offers"]} == {("guardian", "offered"), ("recorder", "offered")}
    assert listed["name"] not in str(me), "an offer names no child"
    assert "card_offered" in {notice["what"] for notice in me["notices"]}

    async def notified() -> bool:
        return "account.changed" in {m["kind"] for m in await parent.everything("/notify/messages")}

    assert await until("账号安全提醒", notified)


@pytest.mark.feature("L-02")
async def test_a_recycled_number_brings_nothing_of_the_former_holder(client: Client, world: World) -> None:
    here, other = world.campuses[0], world.campuses[1]
    pupil = other.pupils[4]
    parent, admin = pupil.guardian, here.administrator
    assert parent is not None
    body = {"name": "欧阳新人", "phone": parent.username, "role": "recorder", "path": here.path}
    asked = await client.ask(admin, "POST", "/identity/staff", body)
    assert (asked.status, asked.code) == (409, "phone_other_name")
    assert pupil.plan.guardian_name not in asked.content.decode(), "the other name is not revealed"
    hired = await client.ask(admin, "POST", "/identity/staff", body | {"number_reassigned": True})
    newcomer = User(world.gateway, parent.username, hired.json["one_time_password"], "欧阳新人")
    await newcomer.first_sign_in(PASSWORD[::-1])
    assert [card["role"] for card in (await newcomer.get("/identity/me"))["cards"]] == ["recorder"]
    back = await sign_in(client, parent.username, PASSWORD)
    assert (back.status, back.json["former_login_name"]) == (201, True)
    assert back.json["account"]["id"] == parent.session["account"]["id"]
    assert "number_reassigned" in {notice["what"] for notice in back.json["notices"]}
    await still_reads_only_the_own_child(client, parent, pupil)


async def stream_of(client: Client, token: str) -> float:
    """Seconds for which a live stream with this token stays open."""
    begun = time.monotonic()
    url = f"{client.world.gateway.base}/api/notify/stream"
    async with client.http.get(url, headers={"Authorization": f"Bearer {token}"}) as answer:
        assert answer.status == 200
        async for _ in answer.content.iter_any():
            pass
    return time.monotonic() - begun


async def new_session(client: Client, user: User) -> Answer:
    """A session of its own, which acts with the user's card."""
    session = await sign_in(client, user.username, PASSWORD)
    assert session.status == 201, session.json
    return session


@pytest.mark.feature("L-19")
async def test_sign_out_and_a_stolen_refresh_token_end_tokens_and_streams_everywhere_within_a_minute(
    client: Client, world: World
) -> None:
    pupil = world.campuses[0].pupils[8]
    left, robbed = await new_session(client, pupil.user), await new_session(client, pupil.user)
    renew = "/identity/sessions/refresh"
    body = {"refresh_token": robbed.json["refresh_token"], "device": robbed.json["device"]}
    fresh, repeated = [await client.ask(None, "POST", renew, body) for _ in "12"]
    assert (fresh.status, repeated.status) == (201, 201), "two tabs of one device"
    tokens = [left.json["access_token"], robbed.json["access_token"], fresh.json["access_token"]]
    streams = [asyncio.create_task(stream_of(client, token)) for token in tokens]
    await asyncio.sleep(1)
    assert (await client.ask(tokens[0], "DELETE", "/identity/sessions")).status == 204
    stolen = await client.ask(None, "POST", renew, body | {"device": "a-device-of-somebody-else"})
    assert stolen.code == "refresh_reused"
    await asyncio.gather(*(gone_everywhere(client, token) for token in tokens))
    async with asyncio.timeout(60):
        assert all(seconds < 60 for seconds in await asyncio.gather(*streams))
    after = await client.ask(None, "POST", renew, {"refresh_token": fresh.json["refresh_token"]})
    assert after.code == "refresh_invalid"
    assert (await client.ask(pupil.user, "GET", "/records/records")).status == 200, "the user's other sessions go on"


@pytest.mark.feature("L-19")
async def test_a_one_time_address_downloads_through_the_gateway_and_ends_with_its_session(client: Client, world: World) -> None:
    pupil = world.campuses[0].pupils[8].user
    data = PHOTO
    offer = await pupil.post("/records/evidence", {"name": "照片.jpg", "media_type": "image/jpeg", "size": len(data)})
    await pupil.gateway.upload(offer, "file", "image/jpeg", data)
    file = await pupil.post(f"/records/evidence/{offer['file_id']}/completion")
    session = await new_session(client, pupil)

    async def address(who: User | str) -> str:
        asked = await client.ask(who, "POST", f"/records/evidence/{offer['file_id']}/address")
        assert asked.json["url"].startswith(f"{world.gateway.base}/api/records/downloads/")
        return str(asked.json["url"])

    mine, other = await address(session.json["access_token"]), await address(pupil)
    taken = await client.ask(None, "GET", mine)
    assert (taken.status, len(taken.content), taken.headers["Content-Type"]) == (200, file["size"], "image/jpeg")
    assert taken.headers["Content-Disposition"].startswith('attachment; filename="')
    mine = await address(session.json["access_token"])
    assert (await client.ask(session.json["access_token"], "DELETE", "/identity/sessions")).status == 204

    async def ended_too() -> bool | None:
        return (await client.ask(None, "HEAD", mine)).status == 401 or None

    assert await until("下载地址失效", ended_too, seconds=45)
    ended = await client.ask(None, "GET", mine, headers={"Accept": "text/html"})
    assert (ended.status, "登录已结束" in ended.content.decode()) == (401, True)
    assert (await client.ask(None, "GET", other)).status == 200, "the address of another session goes on"


@pytest.mark.feature("L-11", "NR-01")
async def test_printing_again_says_what_it_replaces_and_a_slip_ends_with_its_givers_right(client: Client, world: World) -> None:
    campus = world.campuses[0]
    head, ask = campus.administrator, {"path": campus.path, "audience": "staff"}

    async def hired(by: User, role: str = "recorder") -> dict[str, Any]:
        phone = f"19{uuid4().int % 10**9:09d}"
        return dict(await by.post("/identity/staff", {"name": "新同事", "phone": phone, "role": role, "path": campus.path}))

    async def signing_in(who: dict[str, Any], password: str) -> Answer:
        return await client.ask(None, "POST", "/identity/sessions", {"username": who["username"], "password": password})

    first = await hired(head)
    printed = await head.post("/identity/slips", ask, Accept="application/json")
    again = await head.post("/identity/slips", ask, Accept="application/json")
    assert printed["replaced"] >= 1
    assert again["replaced"] == len(printed["items"])
    [old] = [slip["password"] for slip in printed["items"] if slip["username"] == first["username"]]
    [new] = [slip["password"] for slip in again["items"] if slip["username"] == first["username"]]
    assert (await signing_in(first, old)).code == "one_time_replaced"
    assert (await signing_in(first, new)).status == 201

    made = await hired(head, "administrator")
    colleague = User(head.gateway, made["username"], made["one_time_password"], "新同事")
    await colleague.first_sign_in(PASSWORD)
    second = await hired(colleague)
    assert (await client.ask(head, "DELETE", f"/identity/cards/{made['card_id']}", reason="离职")).status == 204
    assert (await signing_in(second, second["one_time_password"])).code == "one_time_void"
