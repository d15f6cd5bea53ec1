"""Who complained stays secret in every row, event and response; seeing it needs a reason and is logged (X-08)."""

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import asyncpg
import pytest
from contracts.identity import StudentMovedV1
from contracts.publicity import CaseLapsedV1, CaseMovedV2, CaseOpenedV2, CaseUnsealedV1
from publicity.app import SERVICE
from publicity_builders import (
    CLASS,
    CLOSES,
    HANDLING,
    OTHER_CLASS,
    SCHOOL,
    SHOWN,
    House,
    a_teacher,
    an_administrator,
    an_enrolment,
)
from servicekit.ids import new_id
from servicekit.testing import Kit, a_service, an_actor

PRINCIPAL = an_actor("principal", SCHOOL, name="周校长")
WHY = {"reason": "多次恶意质疑，需要约谈核实"}
KNOWS_WHO_ASKED = ("idempotency", "board_views")
"""Responses kept for a day, and the access log: they have who asked, but no complaint."""


async def _everything(kit: Kit) -> str:
    """All rows of the service as text."""
    found = []
    async with kit.deps.db.reading() as tx:
        for row in await tx.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'"):
            if row["tablename"] not in KNOWS_WHO_ASKED:
                found.append(await tx.fetchval(f"SELECT coalesce(string_agg(t::text, ' '), '') FROM {row['tablename']} t"))
        bodies = await tx.fetch("SELECT convert_from(body, 'UTF8') AS body FROM outbox")
    return " ".join([*found, *(row["body"] for row in bodies)])


@pytest.mark.feature("X-08")
async def test_no_row_and_no_event_has_the_complainant(parts: Any) -> None:
    async with a_service(SERVICE, parts, storage=True) as kit:
        house = await House(kit).begin()
        entry_id, _ = await house.selected()
        case_id = await house.complaint(entry_id)
        await house.to(HANDLING)
        assert (await house.act(house.owner, case_id, "insist", text="我参加了")).status == 200
        stored = await _everything(kit)
        assert str(case_id) in stored
        who = house.classmate
        assert [word for word in (str(who.account_id), str(who.card_id)) if word in stored] == []
        assert case_id.version == 4, "a UUIDv7 would contain the time"


@pytest.mark.feature("X-08")
async def test_others_see_the_day_of_a_complaint_and_the_complainant_sees_the_time(parts: Any) -> None:
    async with a_service(SERVICE, parts, storage=True) as kit:
        house = await House(kit).begin()
        entry_id, _ = await house.selected()
        case_id = await house.complaint(entry_id)
        mine = (await kit.as_(house.classmate).get(f"/cases/{case_id}")).json
        assert datetime.fromisoformat(mine["opened_at"]) == SHOWN
        for who in (house.owner, house.teacher, house.administrator):
            seen = (await kit.as_(who).get(f"/cases/{case_id}")).json
            assert {seen["opened_at"], seen["history"][0]["at"]} == {"2026-12-23T00:00:00+08:00"}
        board = (await kit.as_(house.owner).get(f"/board/{entry_id}")).json
        assert [one["at"] for one in board["cases"]] == ["2026-12-23T00:00:00+08:00"]


@pytest.mark.feature("X-08")
async def test_only_the_roles_of_the_scheme_see_the_complainant_with_a_reason_and_every_time_is_logged(parts: Any) -> None:
    async with a_service(SERVICE, parts, storage=True) as kit:
        house = await House(kit).begin()
        entry_id, _ = await house.selected()
        case_id = await house.complaint(entry_id)
        path = f"/cases/{case_id}/complainant"
        for who in (house.teacher, house.administrator, an_actor("administrator", "jx")):
            refused = await kit.as_(who).post(path, WHY)
            assert (refused.code, refused.json["rule"], refused.json["help"]) == ("forbidden", "X-08", "校长")
        for who in (house.owner, house.classmate, an_actor("principal", "jx.nc.dh.s2")):
            assert (await kit.as_(who).post(path, WHY)).code == "not_found"
        for wrong in ({}, {"reason": "想看"}, WHY | {"case_id": str(case_id)}):
            assert (await kit.as_(PRINCIPAL).post(path, wrong)).code == "invalid_input"
        assert await kit.events(CaseUnsealedV1) == []
        opened = await kit.as_(PRINCIPAL).post(path, WHY)
        who = house.classmate
        assert opened.json == {"account_id": str(who.account_id), "name": who.name, "role": "student", "path": CLASS}
        [event] = await kit.events(CaseUnsealedV1)
        assert (event.role, event.reason) == ("校长", WHY["reason"])
        async with kit.deps.db.reading() as tx:
            [row] = await tx.fetch("SELECT case_id, account_id, role, reason FROM unsealings")
            assert tuple(row) == (case_id, PRINCIPAL.account_id, "principal", WHY["reason"])
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await tx.execute("DELETE FROM unsealings")


@pytest.mark.feature("X-08")
async def test_a_chore_encrypts_the_complainants_of_old_cases(parts: Any) -> None:
    async with a_service(SERVICE, parts, storage=True) as kit:
        house = await House(kit).begin()
        entry_id, _ = await house.selected()
        case_id = await house.complaint(entry_id)
        async with kit.deps.db.reading() as tx:
            await tx.execute(
                "UPDATE cases SET complainant = NULL, complainant_sealed = NULL, complainant_account_id = $1",
                house.classmate.account_id,
            )
            await tx.executemany(
                "INSERT INTO files (id, owner_id, bucket, object_key, name, declared, max_bytes, state, attached_to, "
                "expires_at) VALUES ($1, $2, 'zp-cases', $1::uuid::text, $3, 'image/png', 9, 'ready', $4, now())",
                [
                    (new_id(), who.account_id, name, f"case:{case_id}")
                    for who, name in ((house.classmate, "陈一鸣的截图.png"), (house.owner, "说明.png"))
                ],
            )
        for chore in SERVICE.chores:
            await chore(kit.deps)
        assert str(house.classmate.account_id) not in await _everything(kit)
        async with kit.deps.db.reading() as tx:
            owners = await tx.fetch("SELECT owner_id FROM files ORDER BY name")
        assert [row["owner_id"] for row in owners] == [house.owner.account_id, case_id]
        [mine] = (await kit.as_(house.classmate).get("/cases", mine=True)).json["items"]
        assert mine["case_id"] == str(case_id)
        opened = await kit.as_(PRINCIPAL).post(f"/cases/{case_id}/complainant", WHY)
        assert opened.json["account_id"] == str(house.classmate.account_id)


@pytest.mark.feature("X-08", "JX-09")
async def test_a_missed_deadline_is_an_event_whether_it_takes_an_action_or_marks_the_case(parts: Any) -> None:
    async with a_service(SERVICE, parts, storage=True) as kit:
        house = await House(kit).begin()
        entry_id, _ = await house.selected()
        case_id = await house.complaint(entry_id)
        await house.to(CLOSES)
        [turn] = await kit.events(CaseMovedV2)
        assert turn.due_at is not None
        await house.to(turn.due_at)
        second = (await kit.events(CaseMovedV2))[-1]
        assert (second.actor, second.action_title) == ("class_teacher", "逾期未处理")
        assert second.due_at is not None
        await house.to(second.due_at)
        await house.to(second.due_at)
        lapsed = [(event.actor, event.action_title) for event in await kit.events(CaseLapsedV1)]
        assert lapsed == [("student", "逾期未处理"), ("class_teacher", None)]
        seen = (await kit.as_(house.teacher).get(f"/cases/{case_id}")).json
        assert (seen["overdue"], seen["stage"]) == (True, "teacher_review")


@pytest.mark.feature("BJ-04", "JX-09")
async def test_a_case_follows_its_student_and_the_new_teacher_is_notified(parts: Any) -> None:
    async with a_service(SERVICE, parts, storage=True) as kit:
        house = await House(kit).begin()
        entry_id, _ = await house.selected()
        case_id = await house.complaint(entry_id)
        await house.to(HANDLING)
        assert (await house.act(house.owner, case_id, "insist", text="我参加了")).status == 200
        moved = an_enrolment(house.owner.student_id, OTHER_CLASS, version=2)
        await kit.receive(StudentMovedV1(student_id=house.owner.student_id, from_path=CLASS, enrolment=moved))
        turns = (await kit.events(CaseMovedV2))[-2:]
        assert [(event.path, event.actor, event.stage) for event in turns] == [
            (CLASS, "class_teacher", "teacher_review"),
            (OTHER_CLASS, "class_teacher", "teacher_review"),
        ]
        assert (await house.act(house.teacher, case_id, "agree")).code == "not_found"
        assert (await kit.as_(house.teacher).get("/cases", waiting=True)).json["items"] == []
        new = a_teacher(OTHER_CLASS)
        assert [one["case_id"] for one in (await kit.as_(new).get("/cases")).json["items"]] == [str(case_id)]
        assert (await house.act(new, case_id, "agree")).status == 200
        assert (await house.act(an_administrator(), case_id, "agree")).json["state"] == "closed"


@pytest.mark.feature("X-08")
async def test_unknown_fields_of_a_request_are_refused(parts: Any) -> None:
    async with a_service(SERVICE, parts, storage=True) as kit:
        house = await House(kit).begin()
        entry_id, _ = await house.selected()
        await house.to(SHOWN)
        caller = kit.as_(house.classmate)
        bodies = {
            "/cases": {"entry_id": str(entry_id), "complaint_type": "untrue", "text": "当天他没有参加", "outcome": "void"},
            "/case-actions": {"case_ids": [str(entry_id)], "action": "agree", "role": "class_teacher"},
            f"/cases/{entry_id}/actions": {"action": "agree", "stage": "recheck"},
            "/selections": {"entry_ids": [str(entry_id)], "state": "selected"},
        }
        answers = await asyncio.gather(*(caller.post(path, body) for path, body in bodies.items()))
        assert [answer.code for answer in answers] == ["invalid_input"] * 4
        assert await kit.events(CaseOpenedV2) == []


@pytest.mark.feature("L-17", "L-01")
async def test_whoever_got_into_an_account_with_help_finds_no_complaint_of_the_time_before(parts: Any) -> None:
    async with a_service(SERVICE, parts, storage=True) as kit:
        house = await House(kit).begin()
        [entry_id, other_id] = [(await house.selected(title=title))[0] for title in ("敬老院志愿服务", "社区志愿服务")]
        who = house.classmate
        offered = (await kit.as_(who).get("/cases", mine="true")).json
        assert offered == {"items": [], "next": None, "hidden_before": None, "classes": []}
        case_id = await house.complaint(entry_id)
        held = replace(who, held_since=SHOWN + timedelta(minutes=1))
        later = replace(who, held_since=SHOWN + timedelta(days=1))
        for filters in ({"mine": "true"}, {"waiting": "false"}, {"waiting": "true"}):
            page = (await kit.as_(held).get("/cases", **filters)).json
            assert page["items"] == []
            assert "没有丢失" in page["hidden_before"]
        assert (await kit.as_(held).get(f"/cases/{case_id}")).code == "not_found"
        assert (await house.act(held, case_id, "withdraw")).code == "not_found"
        again = await house.complaint(entry_id, held)
        assert again != case_id, "a refusal would tell that the account has complained about this already"
        new = await house.complaint(other_id, held)
        shown = (await kit.as_(held).get("/cases", mine="true")).json["items"]
        assert {one["case_id"] for one in shown} == {str(again), str(new)}, "at once, within the same hour"
        assert all(one["mine"] for one in shown)
        refused = await kit.as_(held).post(
            "/cases", {"entry_id": str(other_id), "complaint_type": "untrue", "text": "当天他没有参加活动"}
        )
        assert refused.code == "case_open_already"
        assert (await kit.as_(later).get("/cases", mine="true")).json["items"] == [], "and again with the next help"
        own = (await kit.as_(who).get("/cases", mine="true")).json
        assert [one["case_id"] for one in own["items"]] == [str(case_id)]
        assert {str(case_id), str(again)} <= {
            one["case_id"] for one in (await kit.as_(house.teacher).get("/cases", waiting="false")).json["items"]
        }, "the case goes on"


@pytest.mark.feature("L-17", "L-01")
async def test_a_party_still_sees_the_case_after_help_with_the_account_but_not_that_it_complained(parts: Any) -> None:
    async with a_service(SERVICE, parts, storage=True) as kit:
        house = await House(kit).begin()
        entry_id, _ = await house.selected()
        case_id = await house.complaint(entry_id)
        party = replace(house.owner, held_since=SHOWN + timedelta(days=1))
        assert (await kit.as_(party).get(f"/cases/{case_id}")).json["mine"] is False
