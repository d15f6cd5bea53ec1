"""Reporting and review on a real database: the way of a record from draft to approval (JX-03, JX-04)."""

from typing import Any

import pytest
from contracts.records import RecordApprovedV1, RecordReturnedV1, RecordSubmittedV1
from records.app import SERVICE
from servicekit.testing import a_service

from .builders import a_school


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
        [waits] = await kit.facts(RecordSubmittedV1)
        assert (waits.step, waits.reviewer_role) == (0, "class_teacher")
        seen = await school.teacher.get("/records", state="submitted", term_id=school.term_id)
        assert [line["id"] for line in seen.json["items"]] == [record["id"]]
        done = await school.teacher.post(f"/records/{record['id']}/approval")
        assert (done.status, done.json["state"]) == (200, "approved")
        assert done.headers["Etag"] == f'"{done.json["version"]}"'
        [fact] = await kit.facts(RecordApprovedV1)
        assert fact.record.evidence[0].public_key
        assert (fact.record.student_name, fact.record.version, fact.approved_by) == ("李晓雨", done.json["version"], "陈老师")
        again = await school.teacher.post(f"/records/{record['id']}/approval")
        assert (again.status, again.code) == (409, "wrong_state")
        assert len(await kit.facts(RecordApprovedV1)) == 1


@pytest.mark.feature("JX-04")
async def test_a_returned_record_goes_back_with_a_reason_and_comes_again_mended(parts: Any) -> None:
    async with a_service(SERVICE, parts, storage=True) as kit:
        school = await a_school(kit)
        record = await school.submitted()
        place = f"/records/{record['id']}"
        without = await school.teacher.post(f"{place}/return", {})
        assert (without.status, without.code, without.json["rule"]) == (422, "reason_required", "JX-04")
        assert "untrue" in without.json["reasons"]
        assert (await school.teacher.post(f"{place}/return", {"reason_code": "untrue"})).json["field"] == "note"
        back = await school.teacher.post(f"{place}/return", {"reason_code": "untrue", "note": "时长与证明不符"})
        assert (back.json["state"], back.json["reason_title"]) == ("returned", "内容与事实不符")
        [fact] = await kit.facts(RecordReturnedV1)
        assert (fact.reason_code, fact.note) == ("untrue", "时长与证明不符")

        content = {"data": record["data"] | {"hours": "2"}, "evidence": [e["evidence_id"] for e in record["evidence"]]}
        assert (await school.student.put(place, content)).code == "version_required"
        assert (await school.student.put(place, content, If_Match='"1"')).code == "stale_version"
        mended = await school.student.put(place, content, If_Match=f'"{back.json["version"]}"')
        assert (mended.status, mended.json["state"], mended.json["data"]["hours"]) == (200, "returned", "2")
        again = await school.student.post(f"{place}/submission")
        assert (again.json["state"], again.json["reason_code"]) == ("submitted", None)
        history = (await school.student.get(place)).json["history"]
        assert [line["action"] for line in history] == ["create", "submit", "return", "mend", "submit"]
        assert (history[2]["by_name"], history[2]["reason_title"]) == ("陈老师", "内容与事实不符")
        assert [line["version"] for line in history] == [1, 2, 3, 4, 5]
