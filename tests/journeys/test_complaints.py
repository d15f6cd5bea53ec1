"""A complaint on its whole way through the gateway, and who got which message of it: everybody counted, nobody else told."""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from demo.client import User
from demo.scale import until
from demo.steps import timetable
from demo.world import Campus, Pupil, World, hours, now

from tests.world.builders import create_record, eligible_entry
from tests.world.client import Client, connected, refusal_code

SAID = {"complaint_type": "untrue", "text": "当天他并没有参加这次活动，请核实。", "files": []}


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def client(world: World) -> AsyncIterator[Client]:
    async with connected(world) as client:
        yield client


def everybody(world: World) -> dict[str, User]:
    """Every account of both schools, and the operator."""
    found = [world.operator]
    for campus in world.campuses:
        found += [
            campus.administrator,
            *campus.staff.values(),
            *(school_class.teacher for school_class in campus.school_classes),
        ]
        found += [user for pupil in campus.pupils for user in (pupil.user, pupil.guardian) if user is not None]
    return {user.username: user for user in found}


async def _complainants(people: dict[str, User], case_ids: set[str]) -> dict[str, str]:
    """Who complained, as they alone can see."""
    asked = [user for user in people.values() if user.session.get("account") and user.name != "平台运维"]
    lists = await asyncio.gather(*(user.everything("/publicity/cases", mine="true") for user in asked))
    return {
        case["case_id"]: user.username
        for user, mine in zip(asked, lists, strict=True)
        for case in mine
        if case["case_id"] in case_ids
    }


@pytest.mark.feature("JX-08", "JX-09", "JX-10", "X-08")
async def test_of_every_case_exactly_those_concerned_are_told_and_no_message_tells_who_complained(
    client: Client, world: World
) -> None:
    here, people = world.campuses[0], everybody(client.world)
    assert len(people) > 70
    by = here.administrator
    found = await by.everything("/publicity/cases", term_id=here.term["id"], state="closed", waiting="false")
    cases = {case["case_id"]: await by.get(f"/publicity/cases/{case['case_id']}") for case in found}
    stays = {
        case_id: sum(step["stage"] == "student_handling" and step["action"] != "open" for step in case["history"])
        for case_id, case in cases.items()
    }
    assert {(case["outcome"], stays[case_id] > 1) for case_id, case in cases.items()} == {
        ("amend", False), ("keep", False), ("keep", True), ("void", False),
    }, "all four ends"  # fmt: skip
    who = await _complainants(people, set(cases))
    assert set(who) == set(cases)

    wanted: dict[str, Counter[tuple[str, str]]] = {name: Counter() for name in people}
    for case_id, case in cases.items():
        pupil = next(one for one in here.pupils if one.student_id == case["student_id"])
        teacher = next(school_class.teacher for school_class in here.school_classes if school_class.path == case["path"])
        for side in (pupil.user, pupil.guardian):
            if side is not None:
                expected = {"case.opened": 1, "case.turn": stays[case_id], "case.closed": 1}
                wanted[side.username].update({(kind, case_id): times for kind, times in expected.items()})
                if case["outcome"] == "void":
                    wanted[side.username]["record.voided", case["record_id"]] = 1
        wanted[teacher.username].update([("case.opened.teacher", case_id), ("case.closed.teacher", case_id)])
        wanted[who[case_id]]["case.closed.complainant", case_id] += 1

    records = {case["record_id"] for case in cases.values() if case["outcome"] == "void"}
    ids = {name: str(user.session["account"]["id"]) for name, user in people.items()}
    boxes = dict(zip(people, await asyncio.gather(*(u.everything("/notify/messages") for u in people.values())), strict=True))
    for name, messages in boxes.items():
        received = Counter(
            (m["kind"], m["link"]["id"])
            for m in messages
            if m["link"]["id"] in cases or (m["kind"] == "record.voided" and m["link"]["id"] in records)
        )
        del received["case.unsealed", next(iter(cases))]
        assert received == wanted[name], people[name].name
        for message in messages:
            teller = who.get(message["link"]["id"])
            if teller is not None and teller != name:
                assert ids[teller] not in json.dumps(message), "an account that complained is in somebody's message"
            if message["kind"] == "case.waiting":
                assert message["link"]["id"] != here.term["id"], "all of this term's cases are closed"


async def _a_term(campus: Campus, opens: Any, closes: Any) -> dict[str, Any]:
    """A term of this test alone; made once, then moved."""
    by = campus.administrator
    for term in await by.everything("/records/terms", path=campus.path):
        if (term["school_year"], term["number"]) == ("2027-2028", 1):
            moved = {"windows": timetable.windows(now() - hours(2), opens, closes), "reason": "公示安排调整"}
            return dict(await by.put(f"/records/terms/{term['id']}/timetable", moved, version=term["version"]))
    body: dict[str, Any] = {
        "path": campus.path,
        "title": "2027—2028学年第一学期",
        "school_year": "2027-2028",
        "number": 1,
        "starts_on": "2027-09-01",
        "ends_on": "2028-01-20",
        "windows": timetable.windows(now() - hours(2), opens, closes),
    }
    return dict(await by.post("/records/terms", body))


async def _published(world: World, campus: Campus, pupils: list[Pupil]) -> tuple[str, list[dict[str, Any]]]:
    """One published entry of each pupil in a term of this test; the board is open."""
    term = await _a_term(campus, now() + hours(24), now() + hours(48))
    teacher = campus.school_classes[0].teacher

    async def one(pupil: Pupil) -> dict[str, Any]:
        record = await create_record(world, pupil, term["id"])
        await teacher.post(f"/records/records/{record['id']}/approval")
        entry = await eligible_entry(pupil, record["id"])
        await pupil.user.post("/publicity/selections", {"entry_ids": [entry["entry_id"]]})
        return entry

    entries = list(await asyncio.gather(*(one(pupil) for pupil in pupils)))
    await _a_term(campus, now(), now() + hours(24))
    viewer = pupils[0].user

    async def shown() -> bool | None:
        return True if await refusal_code(viewer.get("/publicity/board", term_id=term["id"])) == "done" else None

    await until("公示栏开放", shown, seconds=20)
    return term["id"], entries


@pytest.mark.feature("JX-07", "JX-08", "JX-09", "JX-10", "X-08")
async def test_a_complaint_from_the_board_to_its_end(client: Client, world: World) -> None:
    campus = world.campuses[1]
    first, second, third = campus.school_classes[0].pupils[:3]
    teacher, administrator = campus.school_classes[0].teacher, campus.administrator
    term_id, entries = await _published(world, campus, [first, second])
    board = await third.user.get("/publicity/board", term_id=term_id, q=first.plan.name)
    assert [one["entry_id"] for one in board["items"]] == [entries[0]["entry_id"]]
    assert (await third.user.get("/publicity/board", term_id=term_id, path=first.path, q="社区志愿"))["items"]
    tree = await third.user.get("/publicity/board/tree", term_id=term_id)
    assert (tree["entries"], tree["grades"][0]["below"][0]["students"]) == (2, 2)

    complaints = [{"entry_id": entry["entry_id"], **SAID} for entry in entries]
    twice = await asyncio.gather(*(client.ask(third.user, "POST", "/publicity/cases", complaints[0]) for _ in range(3)))
    assert sorted(answer.status for answer in twice) == [201, 409, 409]
    assert {answer.code for answer in twice if answer.status == 409} == {"case_open_already"}
    case_id = next(answer.json["case_id"] for answer in twice if answer.status == 201)
    other = (await second.user.everything("/publicity/cases", mine="true")) or None
    assert other is None
    key = {"Idempotency-Key": f"complain-{case_id}"}
    same = [await client.ask(third.user, "POST", "/publicity/cases", complaints[1], headers=key) for _ in range(2)]
    assert [answer.status for answer in same] == [201, 201]
    assert same[0].json["case_id"] == same[1].json["case_id"]
    assert await refusal_code(first.user.post("/publicity/cases", complaints[0])) == "own_record"
    assert first.guardian is not None
    assert await refusal_code(first.guardian.post("/publicity/cases", complaints[0])) == "own_record", "nor one's own child's"
    early = await refusal_code(
        first.user.post(f"/publicity/cases/{case_id}/actions", {"action": "insist", "text": "我参加了。"})
    )
    assert early == "window_closed"

    await _a_term(campus, now() - hours(1), now())
    assert await until("公示结束", _closed_to(third.user, complaints[0]), seconds=20)
    cases = [case_id, same[0].json["case_id"]]
    for pupil, one in zip((first, second), cases, strict=True):
        await until("转入处理", _begun(pupil.user, one), seconds=20)
        insisted = {"action": "insist", "text": "我全程参加，有签到表为证。"}
        assert (await pupil.user.post(f"/publicity/cases/{one}/actions", insisted))["stage"] == "teacher_review"
        assert await refusal_code(pupil.user.post(f"/publicity/cases/{one}/actions", insisted)) == "forbidden", "a double click"
    many = {"case_ids": [*cases, cases[0]], "action": "agree"}
    done = (await teacher.post("/publicity/case-actions", many))["results"]
    assert [(one["ok"], one["stage"]) for one in done] == [(True, "recheck")] * 2
    again = (await teacher.post("/publicity/case-actions", many))["results"]
    assert [(one["ok"], one["code"]) for one in again] == [(False, "forbidden")] * 2
    without_reason = (await administrator.post("/publicity/case-actions", {"case_ids": cases, "action": "disagree"}))["results"]
    assert {one["code"] for one in without_reason} == {"reason_required"}
    seen = await administrator.get(f"/publicity/cases/{cases[0]}")
    stale = await client.ask(
        administrator, "POST", f"/publicity/cases/{cases[0]}/actions", {"action": "agree"},
        headers={"If-Match": f'"{seen["version"] - 1}"'},
    )  # fmt: skip
    assert (stale.status, stale.code) == (412, "stale_version")
    await administrator.post(f"/publicity/cases/{cases[0]}/actions", {"action": "agree"})
    void = {"case_ids": cases[1:], "action": "disagree", "reason_code": "untrue", "text": "查无此事。"}
    assert [one["ok"] for one in (await administrator.post("/publicity/case-actions", void))["results"]] == [True]
    ends = {case["case_id"]: case["outcome"] for case in await third.user.everything("/publicity/cases", mine="true")}
    assert [ends[one] for one in cases] == ["keep", "void"]
    states = [
        next(e["state"] for e in await pupil.user.everything("/publicity/entries", term_id=term_id))
        for pupil in (first, second)
    ]
    assert states == ["cleared", "voided"]


def _closed_to(user: User, complaint: dict[str, Any]) -> Any:
    async def closed() -> bool | None:
        return True if await refusal_code(user.post("/publicity/cases", complaint)) == "window_closed" else None

    return closed


def _begun(user: User, case_id: str) -> Any:
    async def begun() -> bool | None:
        return True if (await user.get(f"/publicity/cases/{case_id}"))["waits_for_me"] else None

    return begun


@pytest.mark.feature("X-08")
async def test_the_principal_opens_a_seal_with_a_reason_and_the_complainant_is_told(client: Client, world: World) -> None:
    here, there = world.campuses
    why = {"reason": "涉嫌恶意质疑，需要当面核实"}
    people = everybody(world)
    found = await here.administrator.everything("/publicity/cases", term_id=here.term["id"], state="closed", waiting="false")
    case_id = found[0]["case_id"]
    [(_, name)] = (await _complainants(people, {case_id})).items()
    path = f"/publicity/cases/{case_id}/complainant"
    for who, code in (
        (here.administrator, "forbidden"), (here.school_classes[0].teacher, "forbidden"), (here.pupils[0].user, "not_found"),
        (there.staff["校长"], "not_found"), (there.administrator, "not_found"),
    ):  # fmt: skip
        assert (await client.ask(who, "POST", path, why)).code == code
    assert (await client.ask(here.staff["校长"], "POST", path, {"reason": ""})).code == "invalid_input"
    answer = await client.ask(here.staff["校长"], "POST", path, why)
    assert answer.status == 200
    assert answer.json["account_id"] == str(people[name].session["account"]["id"])

    async def notified() -> list[Any] | None:
        messages = await people[name].everything("/notify/messages")
        return [m for m in messages if m["kind"] == "case.unsealed" and m["link"]["id"] == case_id] or None

    assert why["reason"] in (await until("质疑人收到通知", notified, seconds=20))[0]["body"]


async def test_a_school_subscribes_an_outside_system_and_sees_how_deliveries_go(client: Client, world: World) -> None:
    here, there = world.campuses
    body = {
        "path": here.path,
        "title": "校园数据中台",
        "url": "https://hooks.example.invalid/zp",
        "types": ["publicity.case.opened"],
    }
    for url in ("http://hooks.example.invalid/zp", "https://127.0.0.1/zp", "https://[::1]:8443/", "https://10.0.0.1/"):
        assert (await client.ask(here.administrator, "POST", "/notify/webhooks", body | {"url": url})).code == "webhook_address"
    for who, code in (
        (here.school_classes[0].teacher, "forbidden"),
        (here.pupils[0].user, "forbidden"),
        (there.administrator, "not_found"),
    ):
        assert (await client.ask(who, "POST", "/notify/webhooks", body)).code == code
    hook = await here.administrator.post("/notify/webhooks", body)
    mine = f"/notify/webhooks/{hook['webhook_id']}"
    assert (await client.ask(there.administrator, "GET", mine)).code == "not_found"
    await here.administrator.post(f"{mine}/test")

    async def tried() -> list[Any] | None:
        return [one for one in (await here.administrator.get(f"{mine}/deliveries"))["items"] if one["tries"]] or None

    [delivery] = await until("送达记录", tried, seconds=30)
    assert delivery["type"] == "webhook.ping"
    assert (await client.ask(here.administrator, "DELETE", mine)).status == 204
