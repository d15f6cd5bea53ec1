"""Signing in, lost passwords, and the end of rights, through the gateway and at every service (JX-01, JX-16)."""

import asyncio
import itertools
import time
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
import pytest_asyncio
from demo.world import PASSWORD, Pupil, World
from identity.adapters.captcha_images import _ALPHABET
from servicekit.encryption import blind_index
from stack.platform import Platform

from tests.world.builders import hire
from tests.world.client import Answer, Client, access_token, connected

READS = (
    "/identity/students",
    "/records/records",
    "/publicity/entries",
    "/archive/archives",
    "/import/batches",
    "/notify/unread",
)
WRONG = "Not-My-Password-1"
WHY = {"reason": "期末核对"}


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def client(world: World) -> AsyncIterator[Client]:
    async with connected(world) as client:
        yield client


async def sign_in(client: Client, username: str, password: str, **more: Any) -> Answer:
    """Try to."""
    return await client.ask(None, "POST", "/identity/sessions", {"username": username, "password": password, **more})


async def read_picture(client: Client, platform: Platform) -> dict[str, str]:
    """A picture and what it shows: found by trying every word against the kept fingerprint, which takes the key."""
    shown = (await client.ask(None, "POST", "/identity/captchas", {})).json
    assert shown["image"].startswith("data:image/png;base64,")
    connection = await asyncpg.connect(platform.endpoints.database_url("identity"))
    try:
        kept = await connection.fetchval("SELECT answer FROM captchas WHERE id = $1", shown["id"])
    finally:
        await connection.close()
    key = platform.keyring.index_key
    words = ("".join(letters) for letters in itertools.product(_ALPHABET, repeat=4))
    return {"id": shown["id"], "answer": next(w for w in words if blind_index(key, f"captcha:{shown['id']}:{w}") == kept)}


@pytest.mark.feature("JX-01")
async def test_guesses_meet_a_picture_and_the_holder_still_gets_in(client: Client, world: World, platform: Platform) -> None:
    here = world.campuses[0]
    teacher = await hire(here.administrator, "class_teacher", here.school_classes[0].path, "助教")
    device = (await sign_in(client, teacher.username, PASSWORD)).json["device"]
    nobody = f"19{uuid4().int % 10**9:09d}"
    for name in (teacher.username, nobody):
        failures = [await sign_in(client, name, WRONG) for _ in range(6)]
        assert [(a.status, a.code) for a in failures] == [(401, "bad_credentials")] * 5 + [(403, "captcha_required")]
        first = {key: value for key, value in failures[0].json.items() if key != "request_id"}
        assert first == {key: value for key, value in failures[1].json.items() if key != "request_id"}
    assert (await sign_in(client, teacher.username, PASSWORD)).code == "captcha_required"
    assert (await sign_in(client, teacher.username, PASSWORD, device=device)).status == 201
    picture = await read_picture(client, platform)
    assert (await sign_in(client, teacher.username, PASSWORD, captcha=picture)).status == 201
    assert (await sign_in(client, teacher.username, PASSWORD)).status == 201
    assert (await client.ask(None, "GET", "/identity/sso")).json == {"items": []}


async def gone_everywhere(client: Client, token: str) -> float:
    """Seconds until every service refuses the token."""
    begun = time.monotonic()
    left = set(READS)
    while left and time.monotonic() - begun < 60:
        answers = {url: await client.ask(token, "GET", url) for url in sorted(left)}
        left = {url for url, answer in answers.items() if answer.status != 401}
        await asyncio.sleep(0.5)
    assert not left, f"still answered after a minute: {left}"
    return time.monotonic() - begun


@pytest.mark.feature("JX-01", "NR-05")
async def test_whoever_is_disabled_moved_or_revoked_is_refused_by_every_service_within_a_minute(
    client: Client, world: World
) -> None:
    here = world.campuses[0]
    admin, grade = here.administrator, here.school_classes[0].path.rpartition(".")[0]
    made = [
        await admin.post("/identity/organisations", {"parent": grade, "code": f"c{uuid4().hex[:6]}", "title": "新班"})
        for _ in "12"
    ]
    disabled, moved, revoked = [await hire(admin, "class_teacher", made[0]["path"], name) for name in ("甲师", "乙师", "丙师")]
    tokens = [await access_token(who) for who in (disabled, moved, revoked)]
    for url in READS:
        assert {(await client.ask(token, "GET", url)).status for token in tokens} == {200}, url
    account, cards = disabled.session["account"]["id"], [who.session["card"]["id"] for who in (moved, revoked)]
    await admin.post(f"/identity/accounts/{account}/disable", WHY)
    await admin.post(f"/identity/cards/{cards[0]}/move", {"path": made[1]["path"], **WHY})
    assert (await client.ask(admin, "DELETE", f"/identity/cards/{cards[1]}")).status == 204
    await asyncio.gather(*(gone_everywhere(client, token) for token in tokens))
    assert (await sign_in(client, disabled.username, PASSWORD)).code == "bad_credentials"
    renew = "/identity/sessions/refresh"
    refused = await client.ask(None, "POST", renew, {"refresh_token": disabled.session["refresh_token"]})
    assert refused.code == "refresh_invalid"
    renewed = await client.ask(None, "POST", renew, {"refresh_token": moved.session["refresh_token"]})
    assert renewed.json["card"]["path"] == made[1]["path"]
    assert (await client.ask(renewed.json["access_token"], "GET", "/records/records")).status == 200
    cardless = await client.ask(None, "POST", renew, {"refresh_token": revoked.session["refresh_token"]})
    assert cardless.json["card"] is None
    found = (await admin.get("/identity/audit", what="account_disabled"))["items"]
    assert account in {entry["subject"] for entry in found}


async def comes_back(pupil: Pupil, password: str) -> None:
    """The pupil signs in by a new password, takes the card up again and keeps the password everybody else knows."""
    user = pupil.user
    user.password = password
    await user.sign_in()
    user.session |= await user.put("/identity/password", {"old": password, "new": PASSWORD})
    user.password = PASSWORD
    card = next(c for c in (await user.get("/identity/me"))["cards"] if c["student_id"] == pupil.student_id)
    await user.use(card["id"])


@pytest.mark.feature("JX-16", "CS-13")
async def test_a_guardian_opens_the_childs_account_again(client: Client, world: World) -> None:
    pupil, other = world.campuses[0].pupils[4], world.campuses[0].pupils[5]
    assert pupil.guardian is not None
    url = f"/identity/students/{pupil.student_id}/password-reset"
    for stranger in (other.guardian, world.campuses[1].school_classes[0].teacher, world.campuses[1].administrator):
        assert stranger is not None
        assert (await client.ask(stranger, "POST", url, WHY)).status == 404, stranger.name
    assert (await client.ask(pupil.user, "POST", url, WHY)).status == 403
    given = await client.ask(pupil.guardian, "POST", url, WHY, headers={"Idempotency-Key": uuid4().hex})
    assert given.status == 201, given.json
    old = pupil.user.session["refresh_token"]
    assert (await client.ask(None, "POST", "/identity/sessions/refresh", {"refresh_token": old})).code == "refresh_invalid"
    assert (await sign_in(client, pupil.user.username, PASSWORD)).code == "bad_credentials"
    pupil.user.password = given.json["one_time_password"]
    await pupil.user.sign_in()
    assert pupil.user.session["must_change_password"] is True
    assert (await client.ask(pupil.user.session["access_token"], "GET", "/records/records")).status == 403
    pupil.user.session |= await pupil.user.put("/identity/password", {"new": "Between-Times-5"})
    await comes_back(pupil, "Between-Times-5")
    assert (await pupil.user.get("/records/records"))["items"]


@pytest.mark.feature("JX-16", "JX-01")
async def test_a_pupil_who_forgot_gets_a_code_from_the_class_teacher(client: Client, world: World, platform: Platform) -> None:
    here = world.campuses[0]
    pupil, school_class = next((p, r) for r in here.school_classes for p in r.pupils if p is here.pupils[6])
    identity = {"username": pupil.user.username, "name": pupil.plan.name, "id_number": pupil.plan.id_number}

    async def ask(**changed: str) -> Answer:
        captcha = await read_picture(client, platform)
        return await client.ask(None, "POST", "/identity/password-resets", {**identity, "captcha": captcha, **changed})

    asked, wrong = await ask(), await ask(name="别人")
    assert (asked.status, wrong.status, set(asked.json)) == (202, 202, set(wrong.json))
    for stranger in (world.campuses[1].administrator, world.campuses[1].school_classes[0].teacher):
        seen = (await stranger.get("/identity/password-resets"))["items"]
        assert pupil.user.username not in {one["username"] for one in seen}
    waiting = [w["id"] for w in (await school_class.teacher.get("/identity/password-resets"))["items"]]
    assert asked.json["id"] in waiting
    assert wrong.json["id"] not in waiting
    code = (await school_class.teacher.post(f"/identity/password-resets/{asked.json['id']}/code"))["code"]
    url = f"/identity/password-resets/{asked.json['id']}/password"
    assert (await client.ask(None, "POST", url, {"code": "0" * 8, "new": "Found-Again-6"})).code == "reset_code_wrong"
    assert (await client.ask(None, "POST", url, {"code": code, "new": "Found-Again-6"})).status == 204
    assert (await client.ask(None, "POST", url, {"code": code, "new": "Found-Again-7"})).code == "reset_code_wrong"
    await comes_back(pupil, "Found-Again-6")


@pytest.mark.feature("JX-16")
async def test_nobody_opens_an_account_above_their_own(client: Client, world: World) -> None:
    here = world.campuses[0]
    upper = (await here.administrator.get("/identity/me"))["account"]["id"]
    for who in (here.school_classes[0].teacher, world.campuses[1].administrator, world.campuses[1].school_classes[0].teacher):
        answer = await client.ask(who, "POST", f"/identity/accounts/{upper}/password-reset", WHY)
        assert (answer.status, answer.code) == (404, "not_found"), (who.name, answer.json)
    own = await client.ask(here.administrator, "POST", f"/identity/accounts/{upper}/password-reset", WHY)
    assert own.code == "own_account"
