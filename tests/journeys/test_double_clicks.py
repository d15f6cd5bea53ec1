"""The same write twice, and two writes at once: one effect, equal answers, and whoever comes late is told so."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio
from demo.client import User
from demo.scale import until
from demo.world import Campus, Pupil, World
from stack.platform import Platform

from tests.world.builders import a_file, a_record, create_record, eligible_entry, second_term
from tests.world.client import Answer, Client, connected
from tests.world.tables import per_table, settled

CLICKS = 5


@dataclass
class Scene:
    """A pupil with a second term under way."""

    client: Client
    world: World
    campus: Campus
    pupil: Pupil
    term: str

    async def clicks(self, who: User, method: str, path: str, body: Any = None, **headers: str) -> list[Answer]:
        """The same request several times at once; header names are given with `_` for `-`."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        asked = (self.client.ask(who, method, path, body, headers=sent) for _ in range(CLICKS))
        return list(await asyncio.gather(*asked))


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def scene(world: World) -> AsyncIterator[Scene]:
    campus = world.campuses[0]
    async with connected(world) as client:
        yield Scene(client, world, campus, campus.pupils[9], (await second_term(campus))["id"])


def codes(answers: list[Answer]) -> Counter[Any]:
    """How often each came: the status where it went well, else the code."""
    return Counter(answer.status if answer.status < 300 else answer.code for answer in answers)


def same(answers: list[Answer]) -> Any:
    """All went well and say the same; one acted, the others were told what it said."""
    assert {answer.status for answer in answers} <= {200, 201}, codes(answers)
    assert len({answer.content for answer in answers}) == 1
    assert sum(answer.headers.get("Idempotent-Replay") == "true" for answer in answers) == len(answers) - 1
    return answers[0].json


@pytest.mark.feature("JX-03")
async def test_a_report_sent_five_times_with_one_key_is_one_record(platform: Platform, scene: Scene) -> None:
    evidence, key = await a_file(scene.pupil.user, 11), uuid4().hex
    body = a_record(scene.world, scene.term, [evidence])
    before = await settled(platform)
    made = same(await scene.clicks(scene.pupil.user, "POST", "/records/records", body, Idempotency_Key=key))
    after = await settled(platform)
    assert after["records.records"] == before["records.records"] + 1
    assert after["records.outbox"] == before["records.outbox"] + 1
    url = "/records/records"
    other = await scene.client.ask(scene.pupil.user, "POST", url, {**body, "title": "另一条"}, headers={"Idempotency-Key": key})
    assert (other.status, other.code) == (422, "idempotency_mismatch")
    theirs = await scene.client.ask(scene.campus.pupils[10].user, "POST", url, body, headers={"Idempotency-Key": key})
    assert theirs.code == "file_refused", "the key of another account is another key"
    assert (await scene.pupil.user.get(f"{url}/{made['id']}"))["version"] == made["version"]


async def test_the_key_of_a_refused_write_is_free_again(platform: Platform, scene: Scene) -> None:
    evidence, key = await a_file(scene.pupil.user, 12), {"Idempotency-Key": uuid4().hex}
    body, before = a_record(scene.world, scene.term, [evidence]), await settled(platform)
    wrong = {**body, "data": {**body["data"], "hours": -1}}
    for _ in range(2):
        assert (
            await scene.client.ask(scene.pupil.user, "POST", "/records/records", wrong, headers=key)
        ).code == "invalid_input"
    assert await per_table(platform) == before
    assert (await scene.client.ask(scene.pupil.user, "POST", "/records/records", body, headers=key)).status == 201


@pytest.mark.feature("JX-04")
async def test_without_a_key_one_of_two_moves_is_made(scene: Scene) -> None:
    draft = await create_record(scene.world, scene.pupil, scene.term, submit=False)
    url, teacher = f"/records/records/{draft['id']}", scene.campus.school_classes[0].teacher
    for who, move, body in (
        (scene.pupil.user, "submission", None),
        (teacher, "return", {"reason_code": "incomplete"}),
        (scene.pupil.user, "submission", None),
        (teacher, "approval", None),
    ):
        done = codes(await scene.clicks(who, "POST", f"{url}/{move}", body))
        assert done == {200: 1, "wrong_state": CLICKS - 1}, (move, done)
    history = (await scene.pupil.user.get(url))["history"]
    assert [line["to_state"] for line in history][1:] == ["submitted", "returned", "submitted", "approved"]


@pytest.mark.feature("JX-04")
async def test_of_edits_at_once_one_wins_and_the_others_are_stale(scene: Scene) -> None:
    draft = await create_record(scene.world, scene.pupil, scene.term, submit=False)
    content = {name: draft[name] for name in ("title", "data")} | {"evidence": [e["evidence_id"] for e in draft["evidence"]]}
    seen = {"If-Match": f'"{draft["version"]}"'}
    url = f"/records/records/{draft['id']}"
    bodies = [{**content, "title": f"第{number}种写法"} for number in range(CLICKS)]
    by = (scene.pupil.user, scene.pupil.guardian)
    asked = (scene.client.ask(by[n % 2], "PUT", url, body, headers=seen) for n, body in enumerate(bodies))
    answers = await asyncio.gather(*asked)
    assert codes(answers) == {200: 1, "stale_version": CLICKS - 1}
    [winner] = [answer for answer in answers if answer.status == 200]
    now = await scene.pupil.user.get(url)
    assert (now["version"], now["title"]) == (draft["version"] + 1, winner.json["title"])
    assert winner.headers["ETag"] == f'"{now["version"]}"'


@pytest.mark.feature("JX-04", "JX-18")
async def test_reviews_in_bulk_at_once_take_each_record_once(platform: Platform, scene: Scene) -> None:
    teacher = scene.campus.school_classes[0].teacher
    made = [await create_record(scene.world, scene.pupil, scene.term) for _ in range(3)]
    ids = [record["id"] for record in made]
    before = await settled(platform)
    orders = [{"record_ids": order, "action": "approve"} for order in (ids, ids[::-1], ids + ids)]
    answers = await asyncio.gather(*(scene.client.ask(teacher, "POST", "/records/reviews", body) for body in orders))
    results = [one for answer in answers for one in answer.json["results"]]
    assert Counter(one["result"] for one in results) == {"approved": 3, "refused": 6}
    assert {one["code"] for one in results if one["result"] == "refused"} == {"wrong_state"}
    after = await settled(platform)
    assert after["records.outbox"] == before["records.outbox"] + 3
    assert after["publicity.entries"] == before["publicity.entries"] + 3


@pytest.mark.feature("JX-03")
async def test_a_selection_clicked_five_times_is_one_selection(platform: Platform, scene: Scene) -> None:
    record = await create_record(scene.world, scene.pupil, scene.term)
    await scene.campus.school_classes[0].teacher.post(f"/records/records/{record['id']}/approval")
    entry = await eligible_entry(scene.pupil, record["id"])
    before, body = await settled(platform), {"entry_ids": [entry["entry_id"]]}
    url = "/publicity/selections"
    same(await scene.clicks(scene.pupil.user, "POST", url, body, Idempotency_Key=uuid4().hex))
    assert codes(await scene.clicks(scene.pupil.user, "POST", url, body)) == {201: CLICKS}, "selected already stays so"
    after = await settled(platform)
    assert after["publicity.outbox"] == before["publicity.outbox"] + 1
    done = codes(await scene.clicks(scene.pupil.user, "DELETE", f"{url}/{entry['entry_id']}"))
    assert done == {204: 1, "wrong_state": CLICKS - 1}


@pytest.mark.feature("JX-11")
async def test_a_position_clicked_five_times_is_one_position(platform: Platform, scene: Scene) -> None:
    before = await settled(platform)
    body = {"term_id": scene.term, "data": {"level": "class", "title": "monitor", "since": "2026-09-01"}}
    made = same(await scene.clicks(scene.pupil.user, "POST", "/records/positions", body, Idempotency_Key=uuid4().hex))
    after = await settled(platform)
    assert after["records.positions"] == before["records.positions"] + 1
    teacher, url = scene.campus.school_classes[0].teacher, f"/records/positions/{made['id']}/approval"
    assert codes(await scene.clicks(teacher, "POST", url)) == {200: 1, "wrong_state": CLICKS - 1}


@pytest.mark.feature("JX-13")
async def test_a_career_archive_is_sealed_once_however_often_it_is_asked_for(platform: Platform, scene: Scene) -> None:
    for pupil in scene.campus.pupils[::-1]:
        offer = await pupil.user.get(f"/archive/career/{pupil.student_id}")
        if offer["state"] == "collecting" and offer["candidates"]:
            break
    else:
        raise AssertionError("every career is sealed already")
    url = f"/archive/career/{pupil.student_id}"
    picked = {"record_ids": [offer["candidates"][0]["record_id"]]}
    seen = {} if offer["version"] == 0 else {"If_Match": f'"{offer["version"]}"'}
    same(await scene.clicks(pupil.user, "PUT", f"{url}/selection", picked, Idempotency_Key=uuid4().hex, **seen))
    before = await settled(platform)
    assert codes(await scene.clicks(pupil.user, "POST", f"{url}/seal")) == {"career_not_ready": CLICKS}, "terms are missing"
    seals = await scene.clicks(pupil.user, "POST", f"{url}/seal", {"without_missing": True})
    assert codes(seals) == {202: 1, "wrong_state": CLICKS - 1}

    async def sealed() -> bool | None:
        return (await pupil.user.get(url))["state"] == "sealed" or None

    await until("生涯档案生成", sealed, seconds=60)
    after = await settled(platform)
    assert after["archive.seals"] == before["archive.seals"] + 1
    assert after["archive.archives"] == before["archive.archives"] + 1


async def test_a_refresh_token_that_comes_back_ends_its_family_and_no_other(scene: Scene) -> None:
    pupil = scene.campus.pupils[11].user
    apart = User(pupil.gateway, pupil.username, pupil.password, pupil.name)
    await apart.sign_in()
    body = {"refresh_token": apart.session["refresh_token"]}
    first = await scene.client.ask(None, "POST", "/identity/sessions/refresh", body)
    assert first.status == 201
    stolen = {**body, "device": "that of somebody else"}
    again = await scene.client.ask(None, "POST", "/identity/sessions/refresh", stolen)
    assert again.status == 401, again.content
    newer = {"refresh_token": first.json["refresh_token"]}
    assert (await scene.client.ask(None, "POST", "/identity/sessions/refresh", newer)).status == 401
    assert (await scene.client.ask(pupil, "GET", "/identity/me")).status == 200, "other sessions go on"
