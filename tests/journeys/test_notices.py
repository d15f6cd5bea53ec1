"""Messages reach exactly those concerned, are read once per account, and a broken stream goes on where it broke."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from demo.client import User
from demo.world import Campus, Pupil, World

from tests.world.builders import create_record, second_term
from tests.world.client import Client, access_token, connected


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def client(world: World) -> AsyncIterator[Client]:
    async with connected(world) as client:
        yield client


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def cases(client: Client, world: World) -> list[dict[str, Any]]:
    """All cases of the first school, as its administrator sees them."""
    here = world.campuses[0]
    term = here.term["id"]
    return await here.administrator.everything("/publicity/cases", term_id=term, state="closed", waiting="false")


async def inbox(user: User) -> list[dict[str, Any]]:
    """All messages of somebody."""
    return await user.everything("/notify/messages")


def about(messages: list[dict[str, Any]], case: dict[str, Any]) -> list[str]:
    """The kinds of what somebody was told about a case, oldest first."""
    return [m["kind"] for m in messages[::-1] if m["link"] == {"service": "publicity", "thing": "case", "id": case["case_id"]}]


def of(campus: Campus, student_id: str) -> Pupil:
    """The pupil with this id."""
    return next(pupil for pupil in campus.pupils if pupil.student_id == student_id)


@pytest.mark.feature("JX-08", "JX-09", "JX-16")
async def test_a_pupil_and_their_guardian_hear_of_a_case_from_its_opening_to_its_end(
    world: World, cases: list[dict[str, Any]]
) -> None:
    assert len(cases) == 12
    for case in cases:
        pupil = of(world.campuses[0], case["student_id"])
        assert pupil.guardian is not None
        mine, home = await inbox(pupil.user), await inbox(pupil.guardian)
        kinds = about(mine, case)
        assert kinds[0] == "case.opened"
        assert kinds[-1] == "case.closed"
        assert set(kinds[1:-1]) == {"case.turn"}
        assert about(home, case) == kinds
        opened_, closed = (
            next(m for m in mine if m["kind"] == kind and m["link"]["id"] == case["case_id"]) for kind in (kinds[0], kinds[-1])
        )
        assert "公示" in opened_["body"], "to be handled after publicity ends"
        assert case["title"] in closed["body"]
        if case["outcome"] == "void":
            assert any(m["kind"] == "record.voided" and m["link"]["id"] == case["record_id"] for m in mine)
        elif case["reason"]:
            assert case["reason"] in closed["body"]


@pytest.mark.feature("JX-08", "X-08")
async def test_who_complained_hears_the_end_and_nobody_learns_who_it_was(world: World, cases: list[dict[str, Any]]) -> None:
    here = world.campuses[0]
    people = {
        user.username: user
        for user in [p.user for p in here.pupils] + [p.guardian for p in here.pupils if p.guardian] + [*here.staff.values()]
    }
    informed: dict[str, list[str]] = {}
    ids = {case["case_id"] for case in cases}
    for name, user in people.items():
        for message in await inbox(user):
            if message["kind"] == "case.closed.complainant" and message["link"]["id"] in ids:
                informed.setdefault(message["link"]["id"], []).append(name)
            assert "complainant" not in json.dumps(message["facts"])
    assert set(informed) == ids
    for case_id, names in informed.items():
        [name] = names
        seen = await people[name].get(f"/publicity/cases/{case_id}")
        assert seen["mine"] is True
        pupil = of(here, seen["student_id"])
        assert name not in (pupil.user.username, pupil.guardian and pupil.guardian.username)
        theirs = await pupil.user.get(f"/publicity/cases/{case_id}")
        assert theirs["mine"] is False
        text = json.dumps([theirs, await inbox(pupil.user)], ensure_ascii=False)
        assert str(people[name].session["account"]["id"]) not in text


@pytest.mark.feature("JX-09", "JX-10")
async def test_staff_hear_of_their_own_class_and_school_and_have_no_to_do_left(
    world: World, cases: list[dict[str, Any]]
) -> None:
    here, there = world.campuses
    term = here.term["id"]
    ids = {term} | {case["case_id"] for case in cases} | {case["record_id"] for case in cases}
    mine = await inbox(here.school_classes[0].teacher)
    for case in cases:
        assert about(mine, case) == ["case.opened.teacher", "case.closed.teacher"]
    for who in (here.school_classes[0].teacher, here.administrator):
        waiting = [m for m in await inbox(who) if m["kind"] == "case.waiting" and m["link"]["id"] == term]
        assert waiting == [], "all cases of this term are closed"
    strangers = [there.school_classes[0].teacher, there.administrator, *there.staff.values()]
    of_the_school = {"publicity.opened", "publicity.closed", "term.sealed"}
    for who in (*strangers, here.staff["任课教师"], here.staff["校长"]):
        kinds = {m["kind"] for m in await inbox(who) if m["link"]["id"] in ids}
        may = set() if who in strangers else of_the_school | {"case.closed.complainant", "case.unsealed"}
        assert kinds <= may, (who.name, kinds)


@pytest.mark.feature("JX-07", "X-10")
async def test_what_concerns_a_whole_school_reaches_all_of_it_and_no_other(world: World) -> None:
    for campus in world.campuses:
        own = {term["id"] for term in await campus.administrator.everything("/records/terms", path=campus.path)}
        pupil = campus.pupils[-1]
        assert pupil.guardian is not None
        everybody = [pupil.user, pupil.guardian, campus.school_classes[0].teacher, campus.administrator, *campus.staff.values()]
        for who in everybody:
            found = await inbox(who)
            for kind in ("publicity.opened", "publicity.closed", "term.sealed"):
                about_term = {m["link"]["id"] for m in found if m["kind"] == kind}
                assert {campus.term["id"]} <= about_term <= own, (who.name, kind)
            assert {m["address"].partition(":")[2] for m in found if m["address"].startswith("student:")} <= {pupil.student_id}
            assert all(m["address"].partition("@")[2] in pupil.path for m in found if "@" in m["address"])


async def returned(world: World, campus: Campus, pupil: Pupil) -> str:
    """Somebody's record comes back with a reason, which is a message of its own. Returns the record's id."""
    record = await create_record(world, pupil, (await second_term(campus))["id"])
    await campus.school_classes[0].teacher.post(f"/records/records/{record['id']}/return", {"reason_code": "incomplete"})
    return str(record["id"])


async def arrived(user: User, record_id: str) -> dict[str, Any]:
    """The message about a returned record, once it is in the inbox."""
    async with asyncio.timeout(20):
        while True:
            for message in (await user.get("/notify/messages"))["items"]:
                if message["link"]["id"] == record_id and message["kind"] == "record.returned":
                    return dict(message)
            await asyncio.sleep(0.1)


async def test_reading_is_marked_per_account_and_only_what_one_sees(client: Client, world: World) -> None:
    campus = world.campuses[0]
    pupil, other = campus.pupils[12], campus.pupils[13]
    assert pupil.guardian is not None
    ids = [(await arrived(pupil.user, await returned(world, campus, pupil)))["id"] for _ in range(2)]
    before = [(await who.get("/notify/unread"))["unread"] for who in (pupil.user, pupil.guardian, other.user)]
    assert before[0] >= 2
    for _ in range(2):
        assert await pupil.user.post("/notify/messages/read", {"ids": ids[:1]}) == {"unread": before[0] - 1}
    unread = await pupil.user.everything("/notify/messages", unread="true")
    assert len(unread) == before[0] - 1
    assert ids[0] not in {m["id"] for m in unread}
    assert ids[1] in {m["id"] for m in unread}
    assert await other.user.post("/notify/messages/read", {"ids": ids}) == {"unread": before[2]}
    assert await pupil.guardian.get("/notify/unread") == {"unread": before[1]}, "the guardian has not read it"
    assert await pupil.user.get("/notify/unread") == {"unread": before[0] - 1}
    assert await pupil.user.post("/notify/messages/read", {"all": True}) == {"unread": 0}
    assert all(m["read"] for m in await inbox(pupil.user))
    for wrong in ({}, {"all": True, "ids": ids}, {"ids": ["x"]}, {"ids": ids * 101}):
        answer = await client.ask(pupil.user, "POST", "/notify/messages/read", wrong)
        assert (answer.status, answer.code) == (422, "invalid_input")


@asynccontextmanager
async def listening(client: Client, user: User, last: str | None = None) -> AsyncIterator["asyncio.Queue[dict[str, str]]"]:
    """Events of somebody's stream as they come; the connection is dropped at the end."""
    headers = {"Authorization": f"Bearer {await access_token(user)}"} | ({"Last-Event-ID": last} if last else {})
    events: asyncio.Queue[dict[str, str]] = asyncio.Queue()

    async def read(answer: aiohttp.ClientResponse) -> None:
        event: dict[str, str] = {}
        async for raw in answer.content:
            name, colon, value = raw.decode().rstrip("\r\n").partition(":")
            if colon:
                event[name] = value.removeprefix(" ")
            else:
                if "event" in event:
                    events.put_nowait(event)
                event = {}

    url = f"{client.world.gateway.base}/api/notify/stream"
    async with client.http.get(url, headers=headers, timeout=aiohttp.ClientTimeout(total=None)) as answer:
        assert answer.status == 200
        assert answer.content_type == "text/event-stream"
        reading = asyncio.create_task(read(answer))
        try:
            yield events
        finally:
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)
            answer.close()


async def event_about(events: "asyncio.Queue[dict[str, str]]", record_id: str) -> dict[str, str]:
    """The event about this record, whatever comes before it."""
    async with asyncio.timeout(20):
        while True:
            event = await events.get()
            if event.get("event") == "message" and json.loads(event["data"])["link"]["id"] == record_id:
                return event


async def test_a_stream_that_broke_goes_on_where_it_broke(client: Client, world: World) -> None:
    campus = world.campuses[0]
    pupil, other = campus.pupils[14], campus.pupils[15]
    assert pupil.guardian is not None
    async with (
        listening(client, pupil.user) as events,
        listening(client, pupil.guardian) as home,
        listening(client, other.user) as no,
    ):
        await events.get()  # the count, so that the stream has begun
        first = await returned(world, campus, pupil)
        event = await event_about(events, first)
        assert json.loads(event["data"])["place"] == event["id"]
        await event_about(home, first)
        assert not any(event.get("event") == "message" for event in _all(no)), "a classmate hears nothing"
    second = await returned(world, campus, pupil)
    third = await returned(world, campus, pupil)
    await arrived(pupil.user, third)
    async with listening(client, pupil.user, event["id"]) as events:
        missed = [await event_about(events, record_id) for record_id in (second, third)]
        assert event["id"] < missed[0]["id"] < missed[1]["id"]
    async with listening(client, pupil.user) as events:
        begun = await events.get()
        assert begun["event"] == "unread", "without a place it begins now"
        fourth = await returned(world, campus, pupil)
        assert (await event_about(events, fourth))["id"] > missed[1]["id"]
    for wrong in ("x", "1", "' or 1=1", "0" * 400):
        answer = await client.ask(pupil.user, "GET", "/notify/stream", headers={"Last-Event-ID": wrong})
        assert (answer.status, answer.code) == (400, "malformed")


def _all(events: "asyncio.Queue[dict[str, str]]") -> list[dict[str, str]]:
    """What has come so far."""
    return [events.get_nowait() for _ in range(events.qsize())]


async def test_a_stream_needs_a_token(client: Client) -> None:
    assert (await client.ask(None, "GET", "/notify/stream")).code == "unauthenticated"
