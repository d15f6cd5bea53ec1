"""Reporting and review on a real database: the way of a record from draft to approval (JX-03, JX-04)."""

import asyncio
from typing import Any

import pytest
from contracts.records import RecordApprovedV1, RecordReturnedV1, RecordSubmittedV1
from records.app import SERVICE
from servicekit.ids import new_id
from servicekit.testing import a_service

from .builders import AFTER_REVIEW, a_school


@pytest.mark.feature("JX-03", "JX-04")
async def test_a_reported_record_is_approved_by_the_class_teacher_and_says_so_once(parts: Any) -> None:
    async with a_service(SERVICE, parts, storage=True) as kit:
        school = await a_school(kit)
        record = await school.submitted()
        assert (record["state"], record["reviewer_role"], record["title"]) == (
            "submitted",
            "class_teacher",
            "社区敬老院志愿服务",
        )
        [waits] = await kit.events(RecordSubmittedV1)
        assert (waits.step, waits.reviewer_role) == (0, "class_teacher")
        seen = await school.teacher.get("/records", state="submitted", term_id=school.term_id)
        assert [line["id"] for line in seen.json["items"]] == [record["id"]]
        done = await school.teacher.post(f"/records/{record['id']}/approval")
        assert (done.status, done.json["state"]) == (200, "approved")
        assert done.headers["Etag"] == f'"{done.json["version"]}"'
        [event] = await kit.events(RecordApprovedV1)
        assert event.record.evidence[0].public_key
        assert (event.record.student_name, event.record.version, event.approved_by) == (
            "李晓雨",
            done.json["version"],
            "陈老师",
        )
        again = await school.teacher.post(f"/records/{record['id']}/approval")
        assert (again.status, again.code) == (409, "wrong_state")
        assert len(await kit.events(RecordApprovedV1)) == 1


@pytest.mark.feature("JX-04")
async def test_a_returned_record_goes_back_with_a_reason_and_comes_again_mended(parts: Any) -> None:
    async with a_service(SERVICE, parts, storage=True) as kit:
        school = await a_school(kit)
        record = await school.submitted()
        url = f"/records/{record['id']}"
        without = await school.teacher.post(f"{url}/return", {})
        assert (without.status, without.code, without.json["rule"]) == (422, "reason_required", "JX-04")
        assert "untrue" in without.json["reasons"]
        assert (await school.teacher.post(f"{url}/return", {"reason_code": "untrue"})).json["field"] == "note"
        back = await school.teacher.post(f"{url}/return", {"reason_code": "untrue", "note": "时长与证明不符"})
        assert (back.json["state"], back.json["reason_title"]) == ("returned", "内容与事实不符")
        [event] = await kit.events(RecordReturnedV1)
        assert (event.reason_code, event.note) == ("untrue", "时长与证明不符")

        content = {"data": record["data"] | {"hours": "2"}, "evidence": [e["evidence_id"] for e in record["evidence"]]}
        assert (await school.student.put(url, content)).code == "version_required"
        assert (await school.student.put(url, content, If_Match='"1"')).code == "stale_version"
        mended = await school.student.put(url, content, If_Match=f'"{back.json["version"]}"')
        assert (mended.status, mended.json["state"], mended.json["data"]["hours"]) == (200, "returned", "2")
        again = await school.student.post(f"{url}/submission")
        assert (again.json["state"], again.json["reason_code"]) == ("submitted", None)
        history = (await school.student.get(url)).json["history"]
        assert [line["action"] for line in history] == ["create", "submit", "return", "mend", "submit"]
        assert (history[2]["by_name"], history[2]["reason_title"]) == ("陈老师", "内容与事实不符")
        assert [line["version"] for line in history] == [1, 2, 3, 4, 5]


@pytest.mark.feature("JX-04", "X-13")
async def test_only_the_steps_reviewer_in_scope_and_in_time_may_review(parts: Any) -> None:
    async with a_service(SERVICE, parts, storage=True) as kit:
        school = await a_school(kit)
        url = f"/records/{(await school.submitted())['id']}/approval"
        for who in (school.student, school.guardian, school.admin):
            answer = await who.post(url)
            assert (answer.status, answer.code, answer.json["help"]) == (403, "forbidden", "请联系班主任")
            assert (answer.json["rule"], answer.json["scheme"]) == ("JX-04", "jiangxi@2026.1")
        for who in (school.mate, school.next_teacher, school.stranger):
            assert (await who.post(url)).code == "not_found"
        assert (await kit.anonymous.post(url)).code == "unauthenticated"
        assert (await school.teacher.post(url, If_Match='"1"')).code == "stale_version"
        kit.at(AFTER_REVIEW)
        late = await school.teacher.post(url)
        assert (late.code, late.json["window"]["operation"], late.json["rule"]) == ("window_closed", "review", "JX-04")
        assert late.json["help"] == "请联系校管理员"
        assert await kit.events(RecordApprovedV1) == []


@pytest.mark.feature("JX-04", "JX-18")
async def test_many_are_reviewed_at_once_and_each_result_stands_for_itself(parts: Any) -> None:
    async with a_service(SERVICE, parts, storage=True) as kit:
        school = await a_school(kit)
        good = [await school.submitted() for _ in range(3)]
        done, foreign = await school.approved(), str(new_id())
        asked = [*(record["id"] for record in good), done["id"], foreign, good[0]["id"]]
        answer = await school.teacher.post("/reviews", {"record_ids": asked, "action": "approve"})
        results = answer.json["results"]
        assert [result["result"] for result in results] == ["approved"] * 3 + ["refused", "refused"]
        assert [result["code"] for result in results[3:]] == ["wrong_state", "not_found"]
        assert len(await kit.events(RecordApprovedV1)) == 4
        assert (await school.student.get("/counts", term_id=school.term_id)).json["approved"] == 4

        more = [(await school.submitted())["id"] for _ in range(2)]
        back = await school.teacher.post("/reviews", {"record_ids": more, "action": "return", "reason_code": "duplicate"})
        assert [result["state"] for result in back.json["results"]] == ["returned", "returned"]
        too_many = [str(new_id()) for _ in range(201)]
        assert (await school.teacher.post("/reviews", {"record_ids": too_many, "action": "approve"})).code == "invalid_input"


@pytest.mark.feature("JX-04")
async def test_of_two_reviews_at_the_same_moment_one_counts(parts: Any) -> None:
    async with a_service(SERVICE, parts, storage=True) as kit:
        school = await a_school(kit)
        url = f"/records/{(await school.submitted())['id']}"
        answers = await asyncio.gather(
            school.teacher.post(f"{url}/approval"), school.teacher.post(f"{url}/return", {"reason_code": "duplicate"})
        )
        assert sorted(answer.status for answer in answers) == [200, 409]
        assert len(await kit.events(RecordApprovedV1)) + len(await kit.events(RecordReturnedV1)) == 1
