"""To-dos that count, unread counts, read marks, and what goes away in time."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from contracts.identity import AccountChangedV1
from contracts.records import PositionApprovedV1, PositionSubmittedV1, RecordApprovedV1, RecordReturnedV1, RecordWithdrawnV1
from notify.actions import messages as actions
from notify.app import SERVICE
from notify.domain import OVERLAP, Link, Notification, place_at
from notify.store import messages as store
from notify_builders import (
    AT,
    PEOPLE,
    STUDENT_ADDRESS,
    a_term,
    case_closed,
    case_moved,
    inbox,
    live,
    position_event,
    record_event,
    submitted,
    unread,
)
from servicekit.ids import new_id, utc_now
from servicekit.testing import a_service, an_actor

TEACHER, STUDENT, GUARDIAN = PEOPLE["teacher"], PEOPLE["student"], PEOPLE["guardian"]
RETURNED: dict[str, Any] = {"reason_code": "evidence", "reason_title": "材料不清晰", "note": None}


async def _reads(kit: Any, who: Any, *ids: Any) -> int:
    body = {"ids": list(ids)} if ids else {"all": True}
    answer = await kit.as_(who).post("/messages/read", body)
    assert answer.status == 200, answer.body
    left: int = answer.json["unread"]
    return left


async def _rows(kit: Any, table: str) -> int:
    statements = {
        "read_marks": "SELECT count(*) FROM read_marks",
        "read_up_to": "SELECT count(*) FROM read_up_to",
        "messages": "SELECT count(*) FROM messages",
        "waiting": "SELECT count(*) FROM waiting",
    }
    async with kit.deps.db.reading() as tx:
        count: int = await tx.fetchval(statements[table])
    return count


@pytest.mark.feature("JX-04")
async def test_many_submitted_records_make_one_to_do_that_counts_what_still_waits(parts: Any) -> None:
    async with a_service(SERVICE, parts) as kit:
        await kit.receive(a_term())
        records = [new_id() for _ in range(12)]
        await asyncio.gather(*(kit.receive(submitted(record)) for record in records))
        [todo] = await inbox(kit, TEACHER)
        assert (todo["title"], todo["count"], await unread(kit, TEACHER)) == ("待审核写实记录 12 条", 12, 1)
        later = AT + timedelta(minutes=5)
        await kit.receive(record_event(RecordApprovedV1, records[0], at=later, approved_by="王老师"))
        await kit.receive(record_event(RecordReturnedV1, records[1], at=later, **RETURNED))
        assert (await inbox(kit, TEACHER))[0]["title"] == "待审核写实记录 10 条"
        await kit.receive(record_event(RecordWithdrawnV1, records[2], at=later))
        assert (await inbox(kit, TEACHER))[0]["title"] == "待审核写实记录 9 条"
        await kit.receive(submitted(records[2], at=later + timedelta(minutes=1)))  # handed in again
        await kit.receive(submitted(records[1], at=later + timedelta(minutes=1)))  # mended
        await kit.receive(submitted(records[0], at=AT))  # an older event that comes late
        assert (await inbox(kit, TEACHER))[0]["title"] == "待审核写实记录 11 条"
        for record in records:
            await kit.receive(record_event(RecordApprovedV1, record, at=AT + timedelta(hours=1), approved_by="王老师"))
        assert await inbox(kit, TEACHER) == []
        [notified] = [m for m in await inbox(kit, STUDENT) if m["kind"] == "record.approved"]
        assert notified["title"] == "13 条写实记录已审核通过"


async def test_a_new_message_is_written_once_and_only_a_growing_one_gets_new_words(
    parts: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[str] = []

    async def write(tx: Any, message_id: Any, words: tuple[str, str]) -> None:
        written.append(words[0])
        await _write(tx, message_id, words)

    _write = store.write
    monkeypatch.setattr(store, "write", write)
    async with a_service(SERVICE, parts) as kit:
        await kit.receive(a_term())
        await kit.receive(submitted(new_id()))
        assert (written, (await inbox(kit, TEACHER))[0]["title"]) == ([], "待审核写实记录 1 条")
        await kit.receive(submitted(new_id()))
        assert written == ["待审核写实记录 2 条"]


async def test_an_approval_that_comes_before_its_submission_leaves_no_to_do(parts: Any) -> None:
    async with a_service(SERVICE, parts) as kit:
        await kit.receive(a_term())
        record = new_id()
        await kit.receive(record_event(RecordApprovedV1, record, at=AT + timedelta(hours=1), approved_by="王老师"))
        await kit.receive(submitted(record, at=AT))
        assert await inbox(kit, TEACHER) == []


@pytest.mark.feature("JX-10", "JX-11")
async def test_a_to_do_that_was_read_counts_no_further_and_the_next_is_a_new_one(parts: Any) -> None:
    async with a_service(SERVICE, parts) as kit:
        await kit.receive(a_term())
        first, second = new_id(), new_id()
        await kit.receive(case_moved("class_teacher", "班主任审核", first))
        [todo] = await inbox(kit, TEACHER)
        assert await _reads(kit, TEACHER, todo["id"]) == 0
        await kit.receive(case_moved("class_teacher", "班主任审核", second))
        assert [m["count"] for m in await inbox(kit, TEACHER)] == [1, 1]
        assert [m["read"] for m in await inbox(kit, TEACHER)] == [False, True]
        await kit.receive(case_closed("keep", first))
        assert [m["count"] for m in await inbox(kit, TEACHER) if m["kind"] == "case.waiting"] == [1]
        await kit.receive(position_event(PositionSubmittedV1, version=1))
        assert "position.review" in {m["kind"] for m in await inbox(kit, TEACHER)}
        await kit.receive(position_event(PositionApprovedV1, version=2))
        assert "position.review" not in {m["kind"] for m in await inbox(kit, TEACHER)}


async def test_a_case_that_moves_on_is_counted_only_where_it_waits(parts: Any) -> None:
    async with a_service(SERVICE, parts) as kit:
        await kit.receive(a_term())
        cases = [new_id() for _ in range(3)]
        for case in cases:
            await kit.receive(case_moved("class_teacher", "班主任审核", case, hours=1))
        await kit.receive(case_moved("school_administrator", "校管理员复核", cases[0], hours=2))
        assert (await inbox(kit, TEACHER))[0]["title"] == "待处理公示异常 2 件"
        assert (await inbox(kit, PEOPLE["administrator"]))[0]["title"] == "待处理公示异常 1 件"
        await kit.receive(case_moved("student", "学生处理", cases[1], hours=2))
        assert (await inbox(kit, TEACHER))[0]["title"] == "待处理公示异常 1 件"


async def _returned(kit: Any, count: int) -> None:
    for _ in range(count):
        await kit.receive(record_event(RecordReturnedV1, new_id(), **RETURNED))


async def test_unread_counts_are_per_account_and_reading_twice_changes_nothing(parts: Any) -> None:
    async with a_service(SERVICE, parts) as kit:
        await kit.receive(a_term())
        await _returned(kit, 3)
        assert [await unread(kit, who) for who in (STUDENT, GUARDIAN, TEACHER)] == [3, 3, 0]
        ids = [m["id"] for m in await inbox(kit, STUDENT)]
        for _ in range(2):
            assert await _reads(kit, STUDENT, ids[0]) == 2
        assert [m["id"] for m in await inbox(kit, STUDENT, unread="true")] == ids[1:]
        assert await unread(kit, GUARDIAN) == 3
        for _ in range(2):
            assert await _reads(kit, STUDENT) == 0
        assert await inbox(kit, STUDENT, unread="true") == []
        assert [m["read"] for m in await inbox(kit, STUDENT)] == [True] * 3
        assert await _reads(kit, GUARDIAN) == 0
        await _returned(kit, 1)
        assert [await unread(kit, who) for who in (STUDENT, GUARDIAN)] == [1, 1]


async def test_nobody_marks_what_is_not_theirs_and_bad_input_is_refused(parts: Any) -> None:
    async with a_service(SERVICE, parts) as kit:
        await kit.receive(a_term())
        await _returned(kit, 1)
        [mine] = await inbox(kit, STUDENT)
        assert await _reads(kit, TEACHER, mine["id"], str(new_id())) == 0
        assert await _rows(kit, "read_marks") == 0
        assert await unread(kit, STUDENT) == 1
        student = kit.as_(STUDENT)
        for bad in ({}, {"all": True, "ids": []}, {"ids": ["x"]}, {"ids": [str(new_id())] * 201}, {"all": "perhaps"}):
            assert (await student.post("/messages/read", bad)).code == "invalid_input", bad
        once = [await student.post("/messages/read", {"all": True}, Idempotency_Key="k") for _ in range(2)]
        assert [a.json for a in once] == [{"unread": 0}] * 2


async def test_all_read_with_one_card_leaves_the_other_card_of_the_account_alone(parts: Any) -> None:
    async with a_service(SERVICE, parts) as kit:
        await kit.receive(a_term())
        parent = an_actor("guardian", GUARDIAN.path, students=tuple(GUARDIAN.students), account_id=TEACHER.account_id)
        await _returned(kit, 2)
        await kit.receive(submitted())
        assert await _reads(kit, TEACHER) == 0
        assert await unread(kit, parent) == 2


async def _old(kit: Any, minutes: int) -> None:
    """A message to the student whose place is so many minutes old."""
    notification = Notification(STUDENT_ADDRESS, "career.sealed", None, Link("archive", "career", new_id()))
    place = replace_time(minutes)
    async with kit.deps.db.transaction() as tx:
        await store.add(tx, place, notification, ("旧", "旧"), utc_now() - timedelta(minutes=minutes))


def replace_time(minutes: int) -> Any:
    """A new id that looks as if it had been made then."""
    low = place_at(utc_now() - timedelta(minutes=minutes)).int
    return type(new_id())(int=low | (new_id().int & ((1 << 62) - 1)))


async def test_marks_of_single_messages_become_one_mark_per_address(parts: Any) -> None:
    async with a_service(SERVICE, parts) as kit:
        for minutes in range(40, 30, -1):
            await _old(kit, minutes)
        ids = [m["id"] for m in await inbox(kit, STUDENT)]
        assert await _reads(kit, STUDENT, *ids[:9]) == 1
        assert (await _rows(kit, "read_marks"), await _rows(kit, "read_up_to")) == (9, 0)
        assert await _reads(kit, STUDENT, ids[9]) == 0
        assert (await _rows(kit, "read_marks"), await _rows(kit, "read_up_to")) == (0, 1)
        assert [m["read"] for m in await inbox(kit, STUDENT)] == [True] * 10


async def test_a_message_that_appears_behind_a_newer_one_is_still_unread_after_all_was_read(parts: Any) -> None:
    async with a_service(SERVICE, parts) as kit:
        await kit.receive(a_term())
        late = new_id()
        await _old(kit, 10)
        await _returned(kit, 1)
        assert await _reads(kit, STUDENT) == 0
        notification = Notification(STUDENT_ADDRESS, "career.sealed", None, Link("archive", "career", new_id()))
        async with kit.deps.db.transaction() as tx:
            await store.add(tx, late, notification, ("迟", "迟"), utc_now())
        assert [m["title"] for m in await inbox(kit, STUDENT, unread="true")] == ["迟"]
        assert await unread(kit, STUDENT) == 1
        assert timedelta(seconds=kit.deps.settings.handler_seconds) < OVERLAP


async def test_pages_follow_each_other_without_gap_or_repeat(parts: Any) -> None:
    async with a_service(SERVICE, parts) as kit:
        await kit.receive(a_term())
        await _returned(kit, 7)
        whole = [m["id"] for m in await inbox(kit, STUDENT)]
        found: list[str] = []
        cursor = None
        while True:
            page = (await kit.as_(STUDENT).get("/messages", limit=3, cursor=cursor)).json
            found += [m["id"] for m in page["items"]]
            if (cursor := page["next"]) is None:
                break
        assert found == whole
        assert len(found) == 7


async def test_messages_go_after_a_year_with_their_marks(parts: Any) -> None:
    async with a_service(SERVICE, parts) as kit:
        await kit.receive(a_term())
        await _returned(kit, 2)
        await kit.receive(submitted())
        [one, _] = await inbox(kit, STUDENT)
        await _reads(kit, STUDENT, one["id"])
        kit.at(utc_now() + timedelta(days=364))
        await actions.forget(kit.deps)
        assert await _rows(kit, "messages") == 3
        kit.at(utc_now() + timedelta(days=366))
        await actions.forget(kit.deps)
        assert [await _rows(kit, table) for table in ("messages", "read_marks", "waiting")] == [0, 0, 0]


@pytest.mark.feature("L-17", "L-01")
async def test_whoever_got_into_an_account_with_help_reads_no_message_about_an_earlier_complaint(parts: Any) -> None:
    async with a_service(SERVICE, parts) as kit:
        who = PEOPLE["complainant"]
        held = replace(who, held_since=utc_now())
        await kit.receive(a_term())
        async with live(kit, held) as stream:
            await stream.next("unread")
            await kit.receive(case_closed())
            await kit.receive(AccountChangedV1(account_id=who.account_id, what="password_reset", at=AT, by_title="一中"))
            _, first = await stream.next("message")
            assert first["kind"] == "account.changed", "the security notice, and not the outcome that came before it"
        assert [one["kind"] for one in await inbox(kit, held)] == ["account.changed"]
        assert (await unread(kit, held), await unread(kit, who)) == (1, 2)
        assert await _reads(kit, held) == 0
        assert {one["kind"]: one["read"] for one in await inbox(kit, who)} == {
            "case.closed.complainant": False, "account.changed": True,
        }  # fmt: skip


async def test_the_home_screen_counts_what_is_unread_and_shows_the_newest(parts: Any) -> None:
    async with a_service(SERVICE, parts) as kit:
        await kit.receive(a_term())
        assert (await kit.as_(STUDENT).get("/home")).json == {
            "now": [], "next": [], "todo": [], "counters": [], "unread": 0, "newest": []
        }  # fmt: skip
        for _ in range(6):
            await kit.receive(record_event(RecordReturnedV1, new_id(), **RETURNED))
        home = (await kit.as_(STUDENT).get("/home")).json
        assert (home["unread"], home["todo"][0]["count"], len(home["newest"])) == (6, 6, 5)
        listed = (await kit.as_(STUDENT).get("/messages")).json["items"]
        assert home["newest"] == listed[:5]
        assert (await kit.as_(TEACHER).get("/home")).json["unread"] == 0
