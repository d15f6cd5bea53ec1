"""Complaints from filing to outcome, in the running service (JX-08, JX-09, JX-10, X-08, X-13)."""

import asyncio
import io
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import aiohttp
import pytest
from contracts.publicity import (
    AmendmentRequestedV1,
    CaseClosedV2,
    CaseMovedV2,
    CaseOpenedV2,
    EntriesClearedV1,
    EntryVoidedV1,
    PublicityClosedV1,
)
from PIL import Image
from publicity.app import SERVICE
from publicity_builders import (
    CLOSES,
    HANDLING,
    OPENS,
    OTHER_CLASS,
    OTHER_SCHOOL_CLASS,
    SHOWN,
    House,
    a_guardian,
    a_teacher,
    amended,
    an_administrator,
    voided,
)
from servicekit import encryption
from servicekit.ids import new_id
from servicekit.testing import TEST_KEY, a_service, a_student

COMPLAINT = {"complaint_type": "untrue", "text": "当天他并没有参加这次活动"}


@pytest.mark.feature("JX-08", "X-13")
async def test_complaints_are_accepted_only_while_the_board_is_open_and_about_visible_entries(parts: Any) -> None:
    async with a_service(SERVICE, parts, storage=True) as kit:
        house = await House(kit).begin()
        entry_id, _ = await house.selected()
        complaint = {"entry_id": str(entry_id), **COMPLAINT}
        classmate = kit.as_(house.classmate)
        early = await classmate.post("/cases", complaint)
        assert (early.code, early.json["scheme"]) == ("window_closed", "jiangxi@2026.1")
        await house.to(SHOWN)
        assert (await kit.as_(a_student(OTHER_SCHOOL_CLASS)).post("/cases", complaint)).code == "not_found"
        own = await kit.as_(house.owner).post("/cases", complaint)
        assert (own.code, own.json["rule"]) == ("own_record", "JX-08")
        short = await classmate.post("/cases", complaint | {"text": "假"})
        assert (short.code, short.json["errors"][0]["field"]) == ("invalid_input", "text")
        assert (await classmate.post("/cases", complaint | {"text": "长" * 301})).code == "invalid_input"
        assert (await classmate.post("/cases", complaint | {"complaint_type": "ugly"})).code == "invalid_input"
        assert (await classmate.post("/cases", complaint | {"case_type": "appeal"})).code == "invalid_input"
        assert (await classmate.post("/cases", complaint | {"files": [str(new_id())]})).code == "file_refused"
        assert (await classmate.post("/cases", complaint | {"entry_id": str(new_id())})).code == "not_found"
        hidden, _ = await house.eligible()
        assert (await classmate.post("/cases", complaint | {"entry_id": str(hidden)})).code == "not_found"
        assert (await classmate.post("/cases", complaint)).status == 201
        assert len(await kit.events(CaseOpenedV2)) == 1
        detail = (await kit.as_(a_guardian(new_id())).get(f"/board/{entry_id}")).json
        assert [(one["text"], one["complaint_type_title"]) for one in detail["cases"]] == [(COMPLAINT["text"], "内容不实")]
        await house.to(CLOSES)
        assert (await kit.as_(house.teacher).post("/cases", complaint)).code == "window_closed"


@pytest.mark.feature("X-08")
async def test_an_account_has_one_open_case_per_record_even_if_it_sends_two_at_once(parts: Any) -> None:
    async with a_service(SERVICE, parts, storage=True) as kit:
        house = await House(kit).begin()
        entry_id, _ = await house.selected()
        await house.to(SHOWN)
        complaint = {"entry_id": str(entry_id), **COMPLAINT}
        answers = await asyncio.gather(*(kit.as_(house.classmate).post("/cases", complaint) for _ in range(5)))
        assert sorted(answer.status for answer in answers) == [201, 409, 409, 409, 409]
        assert {answer.code for answer in answers} == {None, "case_open_already"}
        assert (await kit.as_(house.teacher).post("/cases", complaint)).status == 201


@pytest.mark.feature("X-08")
async def test_the_complainant_is_in_no_response_to_others(parts: Any) -> None:
    async with a_service(SERVICE, parts, storage=True) as kit:
        house = await House(kit).begin()
        entry_id, _ = await house.selected()
        case_id = await house.complaint(entry_id)
        complainant = house.classmate
        answers = [await kit.as_(house.teacher).get(f"/board/{entry_id}")]
        await house.to(HANDLING)
        others = (house.owner, a_guardian(house.owner.student_id), house.teacher, house.administrator)
        for viewer in others:
            answers += [await kit.as_(viewer).get(f"/cases/{case_id}"), await kit.as_(viewer).get("/cases", waiting=False)]
            assert answers[-1].json["items"][0]["mine"] is False
            assert (await kit.as_(viewer).get("/cases", mine=True)).json["items"] == []
        sealed = (complainant.account_id, complainant.card_id, complainant.student_id, complainant.name)
        for answer in answers:
            assert answer.status == 200
            assert not [one for one in sealed if str(one) in answer.body.decode()]
        [mine] = (await kit.as_(complainant).get("/cases", mine=True)).json["items"]
        assert (mine["mine"], mine["case_id"]) == (True, str(case_id))
        whole = (await kit.as_(complainant).get(f"/cases/{case_id}")).json
        assert "secret" not in {one["id"] for one in whole["before"]["fields"]}
        outside = (a_student(OTHER_CLASS), a_teacher(OTHER_CLASS), an_administrator("jx.nc.dh.s2"))
        for viewer in outside:
            assert (await kit.as_(viewer).get(f"/cases/{case_id}")).code == "not_found"
            assert (await house.act(viewer, case_id, "agree")).code == "not_found"
        [opened] = await kit.events(CaseOpenedV2)
        assert opened.complainant == encryption.pseudonym(TEST_KEY, complainant.account_id)


@pytest.mark.feature("JX-08", "JX-09", "X-13")
async def test_an_amended_record_enters_the_archive_as_amended(parts: Any) -> None:
    async with a_service(SERVICE, parts, storage=True) as kit:
        house = await House(kit).begin()
        entry_id, record = await house.selected()
        case_id = await house.complaint(entry_id)
        assert await kit.events(CaseMovedV2) == []  # published when publicity is over
        early = await house.act(house.owner, case_id, "insist", text="我参加了")
        assert (early.code, early.json["window"]["operation"]) == ("window_closed", "handle_case")
        await house.to(CLOSES)
        assert [(event.entries, event.in_dispute) for event in await kit.events(PublicityClosedV1)] == [(0, 1)]
        [moved] = await kit.events(CaseMovedV2)
        assert (moved.stage, moved.actor, moved.due_at) == ("student_handling", "student", CLOSES + timedelta(days=5))
        assert [event.open for event in await kit.events(AmendmentRequestedV1)] == [True]
        kit.at(HANDLING)
        assert (await house.act(house.teacher, case_id, "agree")).code == "forbidden"
        assert (await house.act(a_guardian(house.owner.student_id), case_id, "insist", text="x")).code == "forbidden"
        missing = await house.act(house.owner, case_id, "amend")
        assert (missing.code, missing.json["rule"]) == ("amendment_missing", "JX-09")
        event = amended(record, case_id)
        await kit.receive(event)
        await kit.receive(event)
        assert (await house.act(house.owner, case_id, "amend")).json["stage"] == "teacher_review"
        assert [one.open for one in await kit.events(AmendmentRequestedV1)] == [True, False]
        assert (await house.act(house.teacher, case_id, "disagree")).code == "reason_required"
        assert (await house.act(house.teacher, case_id, "disagree", reason_code="nope")).code == "invalid_input"
        back = await house.act(house.teacher, case_id, "disagree", reason_code="explanation_weak", text="请写明时间")
        assert back.json["stage"] == "student_handling"
        assert (await house.act(house.owner, case_id, "amend")).code == "amendment_missing"  # not again with the old one
        assert (await house.act(house.owner, case_id, "insist")).code == "reason_required"
        await kit.receive(amended(event.record, case_id, title="又改过的标题"))
        stale = await kit.as_(house.owner).post(f"/cases/{case_id}/actions", {"action": "amend"}, If_Match='"1"')
        assert stale.code == "stale_version"
        await house.act(house.owner, case_id, "amend", text="已补充时间")
        await house.act(house.teacher, case_id, "agree")
        ended = (await house.act(house.administrator, case_id, "agree")).json
        assert (ended["state"], ended["outcome"]) == ("closed", "amend")
        assert (await house.act(house.administrator, case_id, "agree")).code == "wrong_state"
        [cleared] = await kit.events(EntriesClearedV1)
        assert [(one.title, one.version) for one in cleared.entries] == [("又改过的标题", 3)]
        assert [event.outcome for event in await kit.events(CaseClosedV2)] == ["amend"]
        whole = (await kit.as_(house.owner).get(f"/cases/{case_id}")).json
        assert [one["action"] for one in whole["history"]] == ["open", "amend", "disagree", "amend", "agree", "agree"]
        assert whole["history"][2]["reason"] == "情况说明不充分：请写明时间"
        assert (whole["before"]["title"], whole["after"]["title"]) == (record.title, "又改过的标题")


@pytest.mark.feature("JX-09")
async def test_a_recheck_that_fails_voids_the_record_and_closes_its_cases(parts: Any) -> None:
    async with a_service(SERVICE, parts, storage=True) as kit:
        house = await House(kit).begin()
        entry_id, record = await house.selected()
        case_id = await house.complaint(entry_id)
        second = await house.complaint(entry_id, house.teacher)
        await house.to(HANDLING)
        await house.act(house.owner, case_id, "insist", text="我参加了，有照片")
        await house.act(house.teacher, case_id, "agree")
        assert (await house.act(house.administrator, case_id, "disagree", reason_code="untrue")).code == "reason_required"
        done = await house.act(house.administrator, case_id, "disagree", reason_code="untrue", text="经查不实")
        assert done.json["outcome"] == "void"
        [gone] = await kit.events(EntryVoidedV1)
        assert (gone.record_id, gone.outcome, gone.reason) == (record.record_id, "void", "内容与事实不符：经查不实")
        assert {(event.case_id, event.outcome) for event in await kit.events(CaseClosedV2)} == {
            (case_id, "void"),
            (second, "void"),
        }
        await kit.receive(voided(record))  # records voids it, and says so
        assert await house.state_of(entry_id) == "voided"
        assert (len(await kit.events(EntryVoidedV1)), len(await kit.events(CaseClosedV2))) == (1, 2)
        assert await kit.events(EntriesClearedV1) == []


@pytest.mark.feature("JX-10")
async def test_staff_list_the_cases_that_wait_for_them_and_act_on_many_at_once(parts: Any) -> None:
    async with a_service(SERVICE, parts, storage=True) as kit:
        house = await House(kit).begin()
        entries = [(await house.selected())[0] for _ in range(4)]
        ids = [await house.complaint(entry_id) for entry_id in entries]
        await house.to(HANDLING)
        assert len((await kit.as_(house.owner).get("/cases", waiting=True)).json["items"]) == 4
        for case_id in ids[:3]:
            await house.act(house.owner, case_id, "insist", text="我参加了，有照片")
        teacher = kit.as_(house.teacher)
        pending = (await teacher.get("/cases", term_id=house.term.term_id)).json["items"]
        assert {one["case_id"] for one in pending} == {str(one) for one in ids[:3]}
        assert {one["id"] for one in pending[0]["actions"]} == {"agree", "disagree"}
        assert len((await teacher.get("/cases", state="open")).json["items"]) == 4
        assert (await kit.as_(house.administrator).get("/cases")).json["items"] == []
        many: dict[str, Any] = {"case_ids": [str(one) for one in (*ids, new_id())], "action": "disagree"}
        without_reason = (await teacher.post("/case-actions", many)).json["results"]
        assert [one["code"] for one in without_reason] == ["reason_required"] * 3 + ["forbidden", "not_found"]
        done = (await teacher.post("/case-actions", many | {"action": "agree"})).json["results"]
        assert [one["ok"] for one in done] == [True, True, True, False, False]
        mixed = {"case_ids": many["case_ids"][:1], "action": "disagree", "reason_code": "evidence_missing"}
        assert (await kit.as_(house.administrator).post("/case-actions", mixed)).json["results"][0]["state"] == "closed"
        rest = {"case_ids": many["case_ids"][1:3], "action": "agree"}
        await kit.as_(house.administrator).post("/case-actions", rest)
        assert sorted([await house.state_of(one) for one in entries]) == ["cleared", "cleared", "selected", "voided"]
        [cleared] = await kit.events(EntriesClearedV1)
        assert len(cleared.entries) == 2
        forced = {"case_ids": [str(ids[3])], "action": "insist", "text": "一起处理"}
        assert (await kit.as_(house.owner).post("/case-actions", forced)).json["results"][0]["code"] == "wrong_state"
        assert len((await teacher.get("/cases", state="closed")).json["items"]) == 3


@pytest.mark.feature("X-08")
async def test_a_case_goes_on_after_its_deadline_if_nobody_acts(parts: Any) -> None:
    async with a_service(SERVICE, parts, storage=True) as kit:
        house = await House(kit).begin()
        entry_id, _ = await house.selected()
        case_id = await house.complaint(entry_id)
        await house.to(CLOSES)
        await house.to(CLOSES + timedelta(days=5))
        moved = await kit.events(CaseMovedV2)
        assert [(event.stage, event.action_title) for event in moved] == [
            ("student_handling", None),
            ("teacher_review", "逾期未处理"),
        ]
        await house.to(CLOSES + timedelta(days=9))
        [case] = (await kit.as_(house.teacher).get("/cases")).json["items"]
        assert (case["case_id"], case["overdue"], case["proposed"]) == (str(case_id), True, "keep")


@pytest.mark.feature("JX-08")
async def test_files_of_a_complaint_are_available_to_its_parties_only(parts: Any) -> None:
    async with a_service(SERVICE, parts, storage=True) as kit:
        house = await House(kit).begin()
        entry_id, _ = await house.selected()
        classmate = kit.as_(house.classmate)
        image = _picture()
        offer = await classmate.post("/case-files", {"name": "证据.png", "media_type": "image/png", "size": len(image)})
        file_id = offer.json["file_id"]
        assert UUID(file_id).version == 4, "an id of version 7 would tell when the file was offered (L-17)"
        assert (await classmate.post(f"/case-files/{file_id}/completion")).code == "file_missing"
        form = aiohttp.FormData(offer.json["fields"])
        form.add_field("file", image, filename="x.png", content_type="image/png")
        async with aiohttp.ClientSession() as session, session.post(offer.json["url"], data=form) as sent:
            assert sent.status == 204, await sent.text()
        assert (await kit.as_(house.teacher).post(f"/case-files/{file_id}/completion")).code == "not_found"
        assert (await classmate.post(f"/case-files/{file_id}/completion")).json["media_type"] == "image/png"
        case_id = await house.complaint(entry_id, files=[file_id])
        assert [event.attachments for event in await kit.events(CaseOpenedV2)] == [1]
        async with kit.deps.db.reading() as tx:
            row = await tx.fetchrow("SELECT name, made_at, cleaned_at, expires_at FROM files WHERE id = $1", UUID(file_id))
        times = {(at.hour, at.minute, at.second, at.microsecond) for at in row.values() if isinstance(at, datetime)}
        assert (row["name"], times) == ("图片1.png", {(0, 0, 0, 0)}), "the day only (L-17)"
        for party in (house.owner, house.teacher, house.administrator, house.classmate):
            assert (await kit.as_(party).get(f"/case-files/{file_id}/address")).status == 200
            named = (await kit.as_(party).get(f"/cases/{case_id}")).json["files"]
            assert [file["name"] for file in named] == ["图片1.png"], "a file's name may tell who made it"
        for other in (a_student(OTHER_CLASS), a_teacher(OTHER_CLASS)):
            assert (await kit.as_(other).get(f"/case-files/{file_id}/address")).code == "not_found"


@pytest.mark.feature("X-08", "L-17")
async def test_pictures_of_a_case_files_pages_are_for_its_parties_and_tell_no_time_of_its_upload(parts: Any) -> None:
    async with a_service(SERVICE, parts, storage=True) as kit:
        house = await House(kit).begin()
        entry_id, _ = await house.selected()
        classmate, files = kit.as_(house.classmate), kit.deps.files
        letter = io.BytesIO()
        Image.new("RGB", (300, 400), "white").save(letter, "PDF")
        offer = (await classmate.post("/case-files", {"name": "信.pdf", "size": len(letter.getvalue())})).json
        form = aiohttp.FormData(offer["fields"])
        form.add_field("file", letter.getvalue(), filename="x.pdf", content_type="application/pdf")
        async with aiohttp.ClientSession() as session, session.post(offer["url"], data=form) as sent:
            assert sent.status == 204, await sent.text()
        done = (await classmate.post(f"/case-files/{offer['file_id']}/completion")).json
        assert (done["pages"], done["width"], done["height"]) == (1, 1600, 2133)
        case_id = await house.complaint(entry_id, files=[offer["file_id"]])
        url = f"/case-files/{offer['file_id']}"

        async def objects() -> set[str]:
            async with kit.deps.db.reading() as tx:
                key = await tx.fetchval("SELECT object_key FROM files WHERE id = $1", UUID(offer["file_id"]))
            found = {one for one, _ in await files.storage.keys(files.bucket, "", 1000)}
            return {one.replace(key, "<key>") for one in found if key in one} | {
                one for one in found if before and before in one
            }

        before = ""
        for who in (house.owner, house.teacher, house.administrator, house.classmate):
            assert (await kit.as_(who).get(f"{url}/pages/1")).json["width"] == 800
            assert (await kit.as_(who).get(f"{url}/address", preview="true")).status == 200
        for other in (a_student(OTHER_CLASS), a_teacher(OTHER_CLASS)):
            for path in ("/pages", "/pages/1"):
                assert (await kit.as_(other).get(url + path)).code == "not_found"
            assert (await kit.as_(other).post(f"{url}/address")).code == "not_found"
        assert await objects() == {"<key>", "preview/<key>.jpg", "pages/<key>/800-1.webp"}
        async with kit.deps.db.transaction() as tx:
            before = await tx.fetchval("SELECT object_key FROM files WHERE id = $1", UUID(offer["file_id"]))
            assert await files.renew(tx, [f"case:{case_id}:opening"]) == 1
        assert await objects() == {"<key>", "preview/<key>.jpg"}, "nothing is left of the first look, nor under the first key"
        assert (await classmate.get(f"{url}/pages")).json["pages"] == 1
        assert (await classmate.get(f"{url}/address", preview="true")).status == 200


def _picture() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (8, 8), "red").save(out, "PNG")
    return out.getvalue()


@pytest.mark.feature("JX-13")
async def test_closing_clears_once_by_class_in_chunks_even_if_several_processes_try(parts: Any) -> None:
    async with a_service(SERVICE, parts, storage=True) as kit:
        house = await House(kit).begin()
        disputed, _ = await house.selected()
        async with kit.deps.db.reading() as tx:
            await tx.execute(
                """
                INSERT INTO entries (id, record_id, term_id, student_id, student_name, path, dimension, kind, title,
                                     record_version, snapshot, state, automatic)
                SELECT gen_random_uuid(), r.id, term_id, student_id, student_name, path, dimension, kind, title, record_version,
                       jsonb_set(snapshot, '{record_id}', to_jsonb(r.id::text)), state, automatic
                  FROM entries, (SELECT gen_random_uuid() AS id FROM generate_series(1, 250)) r
                """
            )
        await house.complaint(disputed)
        kit.at(CLOSES)
        await asyncio.gather(*(kit.tick() for _ in range(4)))
        assert [(event.entries, event.in_dispute) for event in await kit.events(PublicityClosedV1)] == [(250, 1)]
        cleared = await kit.events(EntriesClearedV1)
        assert [len(event.entries) for event in cleared] == [100, 100, 50]
        assert len({one.record_id for event in cleared for one in event.entries}) == 250


@pytest.mark.feature("JX-08")
async def test_the_window_for_complaints_opens_and_closes_at_its_exact_times(parts: Any) -> None:
    async with a_service(SERVICE, parts, storage=True) as kit:
        house = await House(kit).begin()
        entry_id, _ = await house.selected()
        complaint = {"entry_id": str(entry_id), **COMPLAINT}
        instant = timedelta(microseconds=1)
        attempts = [
            (OPENS - instant, "window_closed"), (OPENS, None), (CLOSES - instant, None), (CLOSES, "window_closed"),
            (CLOSES + timedelta(days=1), "window_closed"),
        ]  # fmt: skip
        for at, code in attempts:
            kit.at(at)  # without running jobs: the timetable decides
            assert (await kit.as_(a_student(OTHER_CLASS)).post("/cases", complaint)).code == code, at
        assert len(await kit.events(CaseOpenedV2)) == 2
