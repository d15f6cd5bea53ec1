"""What happens to records after approval: amendments, voiding, restoring, releasing misconduct (JX-09, JX-14)."""

from typing import Any
from uuid import UUID

import pytest
from contracts.archive import CareerSealedV1
from contracts.publicity import AmendmentRequestedV1, EntryRestoredV1, EntryVoidedV1
from contracts.records import MisconductReleasedV1, RecordAmendedV1, RecordVoidedV1
from records.app import SERVICE
from servicekit.ids import new_id
from servicekit.testing import a_service

from .builders import AFTER_REVIEW, CLASS, NOW, School, a_report, a_school

RELEASE = {"released_on": "2026-10-09", "reason": "一学期以来表现良好，主动参加志愿服务"}


def a_request(school: School, record_id: str, case_id: UUID, *, is_open: bool) -> AmendmentRequestedV1:
    return AmendmentRequestedV1(
        case_id=case_id,
        record_id=UUID(record_id),
        student_id=school.student_id,
        term_id=school.term_id,
        path=CLASS,
        open=is_open,
    )


def an_end(school: School, record_id: str, **more: Any) -> dict[str, Any]:
    expected = {"entry_id": new_id(), "record_id": UUID(record_id), "student_id": school.student_id, "term_id": school.term_id}
    return expected | {"path": CLASS, "kind": "volunteer_service", "title": "志愿服务", "case_id": new_id()} | more


async def misconduct(school: School) -> str:
    row = {"category": "warning", "happened_on": "2026-09-20", "facts": "晚自习多次无故缺席", "decided_by": "学校政教处"}
    await school.kit.receive(school.batch(row, kind="misconduct"))
    [line] = (await school.teacher.get("/records", kind="misconduct")).json["items"]
    return str(line["id"])


@pytest.mark.feature("JX-09")
async def test_a_record_is_amended_only_while_a_case_asks_for_it(parts: Any) -> None:
    async with a_service(SERVICE, parts, storage=True) as kit:
        school = await a_school(kit)
        record, case_id = await school.approved(), new_id()
        url = f"/records/{record['id']}"
        files = [file["evidence_id"] for file in record["evidence"]]
        content = {"data": a_report(school.term_id)["data"] | {"hours": "2"}, "evidence": files}
        early = await school.student.put(f"{url}/amendment", content, If_Match=f'"{record["version"]}"')
        assert (early.status, early.code, early.json["rule"]) == (409, "wrong_state", "JX-09")

        kit.at(AFTER_REVIEW)
        await kit.receive(a_request(school, record["id"], case_id, is_open=True))
        asked = (await school.student.get(url)).json
        assert (asked["state"], asked["cases"]) == ("amending", [str(case_id)])
        now = f'"{asked["version"]}"'
        assert (await school.mate.put(f"{url}/amendment", content, If_Match=now)).code == "not_found"
        assert (await school.teacher.put(f"{url}/amendment", content, If_Match=now)).code == "forbidden"
        incomplete = await school.student.put(f"{url}/amendment", content | {"evidence": []}, If_Match=now)
        assert (incomplete.code, incomplete.json["errors"][0]["field"]) == ("invalid_input", "evidence")
        done = await school.student.put(f"{url}/amendment", content, If_Match=now)
        assert (done.status, done.json["state"], done.json["data"]["hours"]) == (200, "amending", "2")
        [event] = await kit.events(RecordAmendedV1)
        assert (event.case_id, event.record.version) == (case_id, asked["version"] + 1)
        assert event.record.evidence[0].evidence_id == UUID(files[0])

        await kit.receive(a_request(school, record["id"], new_id(), is_open=False))
        assert (await school.student.get(url)).json["state"] == "amending"
        await kit.receive(a_request(school, record["id"], case_id, is_open=False))
        assert (await school.student.get(url)).json["state"] == "approved"


@pytest.mark.feature("JX-09")
async def test_a_case_voids_a_record_once_and_for_good(parts: Any) -> None:
    async with a_service(SERVICE, parts, storage=True) as kit:
        school = await a_school(kit)
        record = await school.approved()
        for _ in range(2):
            await kit.receive(EntryVoidedV1(**an_end(school, record["id"], outcome="void", reason="内容不实")))
        [event] = await kit.events(RecordVoidedV1)
        assert event.reason == "内容不实"
        await kit.receive(EntryRestoredV1(**an_end(school, record["id"], reason="申诉成立")))
        shown = (await school.student.get(f"/records/{record['id']}")).json
        assert (shown["state"], shown["history"][-1]["note"]) == ("voided", "内容不实")


@pytest.mark.feature("CS-10", "CS-11")
async def test_a_record_that_a_case_excluded_is_not_void_and_an_appeal_brings_it_back(parts: Any) -> None:
    async with a_service(SERVICE, parts, storage=True) as kit:
        school = await a_school(kit)
        record = await school.approved()
        for _ in range(2):
            await kit.receive(EntryVoidedV1(**an_end(school, record["id"], outcome="exclude", reason="内容不实")))
        shown = (await school.student.get(f"/records/{record['id']}")).json
        assert (shown["state"], shown["history"][-1]["note"]) == ("excluded", "内容不实")
        await kit.receive(EntryRestoredV1(**an_end(school, record["id"], reason="申诉成立")))
        assert (await school.student.get(f"/records/{record['id']}")).json["state"] == "approved"
        assert await kit.events(RecordVoidedV1) == [], "archives would take it as void for good"


@pytest.mark.feature("JX-09")
async def test_the_school_voids_a_record_with_a_reason(parts: Any) -> None:
    async with a_service(SERVICE, parts, storage=True) as kit:
        school = await a_school(kit)
        url = f"/records/{(await school.approved())['id']}/void"
        assert (await school.admin.post(url, {"reason": " "})).code == "invalid_input"
        assert (await school.teacher.post(url, {"reason": "录入错误"})).code == "forbidden"
        assert (await school.stranger.post(url, {"reason": "录入错误"})).code == "not_found"
        assert (await school.admin.post(url, {"reason": "录入错误"})).json["state"] == "voided"
        assert (await school.admin.post(url, {"reason": "录入错误"})).code == "wrong_state"
        assert len(await kit.events(RecordVoidedV1)) == 1


@pytest.mark.feature("JX-14")
async def test_only_the_school_administrator_releases_misconduct_once_and_for_good(parts: Any) -> None:
    async with a_service(SERVICE, parts, storage=True) as kit:
        school = await a_school(kit)
        record_id = await misconduct(school)
        url = f"/records/{record_id}/release"
        assert (await school.admin.post(url, RELEASE)).code == "wrong_state"
        await school.teacher.post(f"/records/{record_id}/approval")
        assert (await school.teacher.post(url, RELEASE)).code == "forbidden"
        assert (await school.stranger.post(url, RELEASE)).code == "not_found"
        future = await school.admin.post(url, RELEASE | {"released_on": "2026-10-11"})
        assert (future.code, future.json["errors"][0]["field"]) == ("invalid_input", "released_on")
        early = await school.admin.post(url, RELEASE | {"released_on": "2026-09-19"})
        assert early.json["errors"] == [{"field": "released_on", "message": "解除日期不能早于发生日期（2026-09-20）"}]
        short = await school.admin.post(url, RELEASE | {"reason": "好"})
        assert short.json["errors"] == [{"field": "reason", "message": "请至少填写5个字"}]
        assert (await school.admin.post(url, RELEASE, If_Match='"1"')).code == "stale_version"
        done = await school.admin.post(url, RELEASE, If_Match='"2"')
        assert (done.status, done.json["released_on"], done.json["released_by"]) == (200, "2026-10-09", "校管理员")
        again = await school.admin.post(url, RELEASE)
        assert (again.status, again.code, again.json["rule"]) == (409, "already_released", "JX-14")
        [event] = await kit.events(MisconductReleasedV1)
        assert (str(event.record_id), event.reason) == (record_id, RELEASE["reason"])
        other = (await school.approved())["id"]
        assert (await school.admin.post(f"/records/{other}/release", RELEASE)).code == "not_releasable"


@pytest.mark.feature("JX-14")
async def test_misconduct_stays_once_a_career_archive_is_sealed(parts: Any) -> None:
    async with a_service(SERVICE, parts, storage=True) as kit:
        school = await a_school(kit)
        record_id = await misconduct(school)
        sealed = CareerSealedV1(student_id=school.student_id, path=CLASS, archive_id=new_id(), version=1, at=NOW)
        await kit.receive(sealed.model_copy(update={"stage": "junior_secondary"}))
        early = await school.admin.post(f"/records/{record_id}/release", RELEASE)
        assert early.code == "wrong_state", "the career archive of an earlier stage is no obstacle (BJ-03)"
        await school.teacher.post(f"/records/{record_id}/approval")
        await kit.receive(sealed)
        late = await school.admin.post(f"/records/{record_id}/release", RELEASE)
        assert (late.status, late.code, late.json["scheme"]) == (409, "career_sealed", "jiangxi@2026.1")
        assert await kit.events(MisconductReleasedV1) == []
