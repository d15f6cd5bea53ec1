"""Nothing that is shown, stored or logged tells who complained (L-17), and no number of a person is in a log (L-20)."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest
import pytest_asyncio
from demo.client import User
from demo.scale import until
from demo.world import Pupil, World, hours, now
from stack import plan
from stack.databases import at, connected
from stack.environment import COMPLAINT_SECONDS
from stack.platform import Platform

from demo import sample_files
from tests.journeys.test_complaints import _a_term, _begun, _published
from tests.world.client import Client, refusal_code
from tests.world.client import connected as connected_client
from tests.world.traces import Stores, bytes_of

STEP = int(COMPLAINT_SECONDS)
WITHOUT_ACCOUNTS = ("cases", "files", "held_events", "jobs", "inbox", "dead_letters")
"""Tables of publicity. Others have accounts of those who select, decide, or read the board (X-09)."""


@pytest_asyncio.fixture(scope="module", loop_scope="session", autouse=True)
async def client(world: World) -> AsyncIterator[Client]:
    """Connects the users of the world in this module."""
    async with connected_client(world) as client:
        yield client


@pytest_asyncio.fixture(loop_scope="session")
async def stores(platform: Platform) -> AsyncIterator[Stores]:
    """The stores of the platform, while PostgreSQL takes no samples of rows."""
    found = Stores(platform)
    async with found.without_autovacuum():
        yield found


async def _middle_of_a_step() -> None:
    """Wait until a second is left before what complainants do is passed on."""
    await asyncio.sleep((STEP - 1.2 - datetime.now(UTC).timestamp()) % STEP)


async def _everything_passed_on(platform: Platform) -> None:
    async def done() -> bool | None:
        async with connected(at(platform.endpoints.postgres, "publicity")) as connection:
            held = await connection.fetchval("SELECT count(*) FROM held_events")
            waits = await connection.fetchval("SELECT count(*) FROM jobs WHERE what = 'pass_on_case' AND done_at IS NULL")
            waits += await connection.fetchval("SELECT count(*) FROM outbox WHERE published_at IS NULL")
        return True if held + waits == 0 else None

    await until("质疑已转出", done, seconds=20)
    await asyncio.sleep(1)  # until the others have handled the events


def _words(user: User, pupil: Pupil) -> list[str]:
    """What names the complainant."""
    return [str(user.session["account"]["id"]), user.username, pupil.plan.name, pupil.plan.id_number]


@pytest.mark.feature("L-17", "X-08")
async def test_nothing_that_is_stored_tells_who_complained_or_when(platform: Platform, world: World, stores: Stores) -> None:
    [school_class, *_] = world.campuses[1].school_classes
    author, complainant = school_class.pupils[-2:]
    by, words = complainant.user, _words(complainant.user, complainant)
    term_id, [entry] = await _published(world, world.campuses[1], [author])
    await by.get("/publicity/board", term_id=term_id)
    await stores.begin()

    await _middle_of_a_step()
    photo = sample_files.photograph(4242, complainant.plan.name, "质疑佐证")
    upload_from = datetime.now(UTC)
    file_id = await by.send_file("/publicity/case-files", f"{complainant.plan.name}的照片.jpg", "image/jpeg", photo)
    upload_until = datetime.now(UTC)
    await _middle_of_a_step()
    complaint = {
        "entry_id": entry["entry_id"],
        "complaint_type": "untrue",
        "text": "当天并未举办这次活动。",
        "files": [file_id],
    }
    since = datetime.now(UTC)
    case_id = (await by.post("/publicity/cases", complaint))["case_id"]
    at_once = datetime.now(UTC)
    await _everything_passed_on(platform)

    rows, events, objects, lines = await stores.rows(), await stores.events(), await stores.objects(), await stores.lines()
    about_it = [one for one in (*rows, *events, *lines) if case_id in one.text or file_id in one.text]
    assert {"publicity.cases", "publicity.files", "publicity.idempotency", "stream PUBLICITY", "notify.messages"} <= {
        one.location for one in about_it
    }
    for stored in about_it:
        assert [word for word in words if word in stored.text] == [], f"{stored.location}: {stored.text}"
    for stored in (*rows, *events, *objects, *lines):
        if stored.location.endswith(".jobs") and ",sweep_files," in stored.text:
            continue  # by the clock, whatever happens
        assert stored.times_within(since, at_once, STEP) == [], f"{stored.location} tells when: {stored.text}"
    for stored in about_it:
        assert stored.times_within(upload_from, upload_until, STEP) == [], (
            f"{stored.location} tells when it came: {stored.text}"
        )
    account = words[0]
    with_account = {one.location for one in rows if account in one.text}
    assert with_account.isdisjoint(f"publicity.{table}" for table in WITHOUT_ACCOUNTS)

    for stored in lines:
        assert [word for word in words if word in stored.text] == [], f"{stored.location}: {stored.text}"
    log = await stores.write_ahead_log()
    assert case_id.encode() in log or bytes_of([case_id])[1] in log, "the search sees what was written"
    assert [word for word in bytes_of(words) if word in log] == []

    teacher, administrator = school_class.teacher, world.campuses[1].administrator
    for viewer in (author.user, teacher, administrator):
        shown = json.dumps(await viewer.get(f"/publicity/cases/{case_id}"), ensure_ascii=False)
        shown += json.dumps(await viewer.everything("/notify/messages"), ensure_ascii=False)
        shown += json.dumps(await viewer.get(f"/publicity/case-files/{file_id}/address"))
        assert [word for word in words if word in shown] == []
    assert (await by.get(f"/publicity/cases/{case_id}"))["mine"] is True


@pytest.mark.feature("L-17", "L-01")
async def test_a_class_teacher_who_resets_a_parents_password_finds_no_complaint(client: Client, world: World) -> None:
    campus = world.campuses[1]
    school_class = campus.school_classes[0]
    subject = school_class.pupils[-3]
    pupils = [pupil for pupil in school_class.pupils if pupil.guardian is not None and pupil is not subject]
    parent, other = (pupil.guardian for pupil in pupils[:2])
    assert parent is not None
    assert other is not None
    term_id, [entry] = await _published(world, campus, [subject])
    complaint = {"entry_id": entry["entry_id"], "complaint_type": "untrue", "text": "班主任知道当天并未举办这次活动。"}
    case_id = (await parent.post("/publicity/cases", complaint))["case_id"]
    others_case = (await other.post("/publicity/cases", complaint))["case_id"]

    body = {"old": other.password, "new": "Own-Change-5"}
    other.session |= await other.put("/identity/password", body)
    other.password = "Own-Change-5"
    page = await other.get("/publicity/cases", mine="true")
    assert others_case in {one["case_id"] for one in page["items"]}, "the holder's own change hides nothing"
    assert page["hidden_before"] is None

    url, why = f"/identity/accounts/{parent.session['account']['id']}/password-reset", {"reason": "家长忘记密码"}
    given = await school_class.teacher.post(url, why)
    thief = User(world.gateway, parent.username, given["one_time_password"], parent.name)
    await thief.first_sign_in("Not-The-Parent-6")
    if thief.session["card"] is None:
        card = next(card for card in (await thief.get("/identity/me"))["cards"] if card["role"] == "guardian")
        await thief.use(card["id"])
    again = (await thief.post("/publicity/cases", complaint))["case_id"]
    assert again != case_id, "a refusal would tell that the account has complained"

    await _a_term(campus, now() - hours(1), now())
    await until("转入处理", _begun(subject.user, case_id), seconds=20)
    url = f"/publicity/cases/{case_id}/actions"
    await subject.user.post(url, {"action": "insist", "text": "我全程参加，有签到表为证。"})
    await school_class.teacher.post(url, {"action": "agree"})
    assert (await campus.administrator.post(url, {"action": "agree"}))["outcome"] == "keep", "the case goes on as before"

    async def notified() -> bool | None:
        messages = await subject.user.everything("/notify/messages")
        closed = any(m["kind"] == "case.closed" and m["link"]["id"] == case_id for m in messages)
        notices = {m["kind"] for m in await thief.everything("/notify/messages")}
        return True if closed and "account.changed" in notices else None

    await until("结果和账号变更已通知", notified, seconds=20)
    page = await thief.get("/publicity/cases", mine="true", term_id=term_id)
    assert [one["case_id"] for one in page["items"]] == [again], "what was filed since then is listed"
    assert "没有丢失" in page["hidden_before"]
    assert await refusal_code(thief.get(f"/publicity/cases/{case_id}")) == "not_found"
    shown = await thief.everything("/publicity/cases", waiting="false") + await thief.everything("/notify/messages")
    assert case_id not in json.dumps(shown)
    parent.password = "Not-The-Parent-6"
    await parent.sign_in()


@pytest.mark.feature("L-17", "X-08")
async def test_reading_ones_own_messages_leaves_no_trace_of_having_complained(platform: Platform, world: World) -> None:
    campus = world.campuses[0]
    users = [pupil.user for pupil in campus.pupils]
    closed = [user for user in users if any(
        one["kind"] == "case.closed.complainant" for one in await user.everything("/notify/messages")
    )]  # fmt: skip
    assert closed, "the demonstration has complaints"
    for user in closed:
        assert (await user.post("/notify/messages/read", {"all": True}))["unread"] == 0
    async with connected(at(platform.endpoints.postgres, "notify")) as connection:
        readers = await connection.fetch(
            "SELECT r.account_id FROM read_marks r JOIN messages m ON m.id = r.message_id WHERE m.address LIKE 'mark:%' "
            "UNION SELECT account_id FROM read_up_to WHERE address LIKE 'mark:%'"
        )
    assert readers
    accounts = {str(user.session["account"]["id"]) for user in closed}
    assert {str(row["account_id"]) for row in readers}.isdisjoint(accounts)


def _numbers(world: World) -> set[str]:
    found: set[str] = set()
    for campus in world.campuses:
        for pupil in campus.pupils:
            plan_ = pupil.plan
            found |= {value for name in ("id_number", "registry_number", "guardian_id_number", "phone", "guardian_phone")
                      if (value := getattr(plan_, name, None))}  # fmt: skip
    return found


@pytest.mark.feature("L-20")
async def test_after_a_term_no_log_and_no_audit_has_a_number_of_a_person(platform: Platform, world: World) -> None:
    numbers = _numbers(world)
    assert len(numbers) > 20
    administrator = world.campuses[0].administrator
    one = next(iter(sorted(number for number in numbers if len(number) > 15)))
    await administrator.post("/identity/students/search", {"q": one})
    stores = Stores(platform)
    lines = [line for line in await stores.lines() if any(number in line.text for number in numbers)]
    assert lines == []
    audits = [row for row in await stores.rows() if row.location.rpartition(".")[2] in
              ("audit", "board_looks", "board_views", "unsealings", "dead_letters", "jobs", "idempotency")]  # fmt: skip
    assert len({row.location for row in audits}) > len(plan.NAMES)
    assert [row for row in audits if any(number in row.text for number in numbers if len(number) > 15)] == []


def _routes() -> list[Any]:
    return [route for service in plan.SERVICES for route in service.load().api.routes]


@pytest.mark.feature("L-20")
def test_no_route_takes_a_number_of_a_person_in_its_address() -> None:
    names = {name for route in _routes() for model in (route.path_model, route.query_model) for name in model.model_fields}
    assert names & {"id_number", "registry_number", "registry", "phone", "document_number", "eid"} == set()
