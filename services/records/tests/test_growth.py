"""The student's way in the running service: growth record, feeds, category, material, hours (CS-02, CS-04, CS-05, CS-07)."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from contracts.records import RecordApprovedV1
from records.app import SERVICE
from servicekit.testing import Kit, a_service, an_actor

from .builders import NEXT_CLASS, OTHER_SCHOOL, School, a_school

GROWTH = {"name": "参加烈士公园活动", "body": "清明节和同学去烈士公园扫墓。", "category": "school_activity"}


def changsha_windows() -> list[dict[str, Any]]:
    """Windows to send for a term of Changsha's that is not the last."""
    first = datetime(2026, 12, 1, tzinfo=UTC)
    return [{"operation": "publicity", "starts": first.isoformat(), "ends": (first + timedelta(days=14)).isoformat()}]


async def a_changsha_school(kit: Kit) -> School:
    return await a_school(kit, scheme="changsha", windows=changsha_windows())


@pytest.mark.feature("CS-04", "CS-05", "CS-06", "CS-07")
async def test_a_growth_record_becomes_material_and_its_hours_count(parts: Any) -> None:
    async with a_service(SERVICE, parts, storage=True) as records:
        school = await a_changsha_school(records)
        picture = await school.file(school.guardian)
        sent = {"term_id": str(school.term_id), "kind": "growth_record", "data": GROWTH, "evidence": [picture]}
        made = await school.guardian.post("/records", {**sent, "visibility": "private"})
        assert (made.status, made.json["dimension_title"], made.json["kind_title"]) == (201, "", "成长记录")
        where = f"/records/{made.json['id']}"
        own = (await school.student.get("/shared", circle="own")).json["items"]
        assert [(it["title"], it["own"]["state"], it["fields"]["分类"]) for it in own] == [
            (GROWTH["name"], "draft", "校园活动")
        ]
        address = f"/shared/{made.json['id']}/evidence/{picture}/address"
        assert (await school.student.get(address)).status == 200
        for other in (school.mate, school.teacher, school.stranger):
            assert (await other.get("/shared", circle="class")).json["items"] == []
            assert (await other.get("/shared", circle="own")).json["items"] == []
            assert (await other.get(address)).status == 404
        assert (await school.student.put(f"{where}/visibility", {"visibility": "class"})).status == 200
        seen = (await school.mate.get("/shared", circle="class")).json["items"]
        assert [(it["own"], it["visibility_title"]) for it in seen] == [(None, "班级公开")]
        assert (await school.mate.get("/shared", circle="school")).json["items"] == []
        early = await school.student.post(f"{where}/submission")
        assert (early.status, early.json["code"], early.json["rule"]) == (422, "invalid_input", "CS-05")
        assert (await school.mate.put(f"{where}/category", {"kind": "public_welfare"})).status == 404
        chosen = await school.student.put(f"{where}/category", {"kind": "public_welfare"})
        assert (chosen.status, chosen.json["data"]["body"], chosen.json["evidence_count"]) == (200, GROWTH["body"], 1)
        data = chosen.json["data"] | {
            "place": "烈士公园", "starts_at": "2026-10-01T08:00", "ends_at": "2026-10-01T12:00", "hours": "4小时30分钟"
        }  # fmt: skip
        form = {"data": data, "evidence": [picture], "visibility": "class"}
        mended = await school.student.put(where, form, If_Match=f'"{chosen.json["version"]}"')
        assert mended.status == 200, mended.json
        before = (await school.student.get("/hours")).json
        assert (before["title"], before["hours"], before["waiting_hours"]) == ("社会实践时长", "0", "4.5")
        assert (await school.teacher.get("/hours", student_id=school.student_id)).json["waiting_hours"] == "0", (
            "a draft is private"
        )
        assert await records.events(RecordApprovedV1) == []
        done = await school.student.post(f"{where}/submission")
        assert (done.status, done.json["state"]) == (200, "approved")
        assert [event.record.kind for event in await records.events(RecordApprovedV1)] == ["public_welfare"]
        after = (await school.teacher.get("/hours", student_id=school.student_id)).json
        assert [(it["kind_title"], it["hours"], it["records"]) for it in after["lines"]] == [("公益活动", "4.5", 1)]
        for other in (school.mate, school.next_teacher, school.stranger):
            assert (await other.get("/hours", student_id=school.student_id)).status == 404
        assert (await school.student.put(f"{where}/category", {"kind": "reading"})).json["code"] == "wrong_state"
        criteria = (await school.student.get(f"/terms/{school.term_id}/criteria")).json
        assert [(it["title"], bool(it["criteria"])) for it in criteria][:2] == [("思想品德", True), ("学业水平", True)]


@pytest.mark.feature("CS-02", "CS-04")
async def test_the_own_feed_has_what_phone_and_pc_wrote_page_by_page_until_it_is_deleted(parts: Any) -> None:
    async with a_service(SERVICE, parts, storage=True) as records:
        school = await a_changsha_school(records)
        for number in range(3):
            sent = {"term_id": str(school.term_id), "kind": "growth_record", "data": {**GROWTH, "name": f"第{number}件"}}
            device = ("phone", "pc")[number % 2]
            made = await school.student.post("/records", {**sent, "visibility": "school"}, X_Client=device)
            assert made.status == 201, "writing and choosing is possible on both"
        first = (await school.student.get("/shared", circle="own", limit=2)).json
        second = (await school.student.get("/shared", circle="own", limit=2, cursor=first["next"])).json
        assert [it["title"] for it in first["items"] + second["items"]] == ["第2件", "第1件", "第0件"]
        next_class = records.as_(an_actor("student", NEXT_CLASS, students=(school.term_id,)))
        elsewhere = records.as_(an_actor("student", f"{OTHER_SCHOOL}.g2025.c01", students=(school.term_id,)))
        assert len((await next_class.get("/shared", circle="school")).json["items"]) == 3
        assert (await elsewhere.get("/shared", circle="school")).json["items"] == []
        assert (await school.student.delete(f"/records/{first['items'][0]['id']}")).status == 204
        assert len((await school.student.get("/shared", circle="own")).json["items"]) == 2
