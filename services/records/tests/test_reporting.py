"""Reporting: evidence, forms, windows, quotas, drafts (JX-03, X-13)."""

import asyncio
from typing import Any

import pytest
from contracts.records import RecordApprovedV1, RecordWithdrawnV1
from records.app import SERVICE
from records.domain import writing
from servicekit.ids import new_id
from servicekit.testing import a_service, an_actor

from .builders import AFTER_REPORTING, CLASS, a_report, a_school, upload


@pytest.mark.feature("JX-03")
async def test_a_report_without_evidence_is_refused_and_leaves_nothing(parts: Any) -> None:
    async with a_service(SERVICE, parts, storage=True) as kit:
        school = await a_school(kit)
        incomplete = await school.student.post("/records", a_report(school.term_id, submit=True))
        assert (incomplete.status, incomplete.code, incomplete.json["rule"]) == (422, "invalid_input", "JX-03")
        rule = "volunteer_service.evidence.min"
        missing = {"field": "evidence", "message": "请至少上传1份佐证材料", "type": "min", "rule": rule}
        assert incomplete.json["errors"] == [missing]
        assert incomplete.json["scheme"] == "jiangxi@2026.1"
        others = await upload(school.mate)
        stolen = await school.student.post("/records", a_report(school.term_id, submit=True, evidence=[others]))
        assert (stolen.status, stolen.code) == (422, "file_refused")
        used = await school.file()
        assert (await school.student.post("/records", a_report(school.term_id, evidence=[used]))).status == 201
        twice = await school.student.post("/records", a_report(school.term_id, evidence=[used]))
        assert twice.code == "file_refused"
        assert len((await school.student.get("/records")).json["items"]) == 1


async def test_a_form_is_checked_once_for_each_request(parts: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    checked: list[bool] = []

    def record_call(*content: Any, whole: bool, **more: Any) -> dict[str, Any]:
        checked.append(whole)
        return original(*content, whole=whole, **more)

    original = writing.validated
    monkeypatch.setattr(writing, "validated", record_call)
    async with a_service(SERVICE, parts, storage=True) as kit:
        school = await a_school(kit)
        sent = a_report(school.term_id, submit=True, evidence=[await school.file()])
        assert (await school.student.post("/records", sent)).json["state"] == "submitted"
        assert checked == [True]
        draft = (await school.student.post("/records", sent | {"submit": False, "evidence": [await school.file()]})).json
        assert checked == [True, False]
        assert (await school.student.post(f"/records/{draft['id']}/submission")).json["state"] == "submitted"
        assert checked == [True, False, True]


@pytest.mark.feature("JX-03")
async def test_evidence_is_seen_by_those_who_see_its_record(parts: Any) -> None:
    async with a_service(SERVICE, parts, storage=True) as kit:
        school = await a_school(kit)
        record = await school.submitted()
        url = f"/evidence/{record['evidence'][0]['evidence_id']}/address"
        for who in (school.student, school.guardian, school.teacher, school.admin):
            answer = await who.get(url)
            assert answer.json["url"].startswith("http")
        for who in (school.mate, school.next_teacher, school.stranger):
            assert (await who.get(url)).code == "not_found"


@pytest.mark.feature("X-13", "X-12")
async def test_a_wrong_form_is_answered_with_every_field_and_its_rule(parts: Any) -> None:
    async with a_service(SERVICE, parts, storage=True) as kit:
        school = await a_school(kit)
        wrong = {"hours": "0", "starts_on": "2026-10-30", "served": "", "colour": "红"}
        answer = await school.student.post("/records", a_report(school.term_id, submit=True, data=wrong))
        assert (answer.status, answer.code) == (422, "invalid_input")
        found = {error["field"]: error["rule"] for error in answer.json["errors"]}
        assert found["hours"] == "volunteer_service.hours.minimum"
        assert found["starts_on"] == "volunteer_service.starts_on.not_future"
        assert {"served", "colour"} <= found.keys()
        unknown = await school.student.post("/records", a_report(school.term_id, kind="juggling"))
        assert unknown.json["errors"][0]["field"] == "kind"
        forbidden = await school.teacher.post("/records", a_report(school.term_id, student_id=str(school.student_id)))
        assert (forbidden.status, forbidden.code) == (403, "forbidden")
        assert forbidden.json["help"] == "“志愿服务”由学生、家长填报"
        assert (await school.student.post("/records", a_report(new_id()))).code == "not_found"


@pytest.mark.feature("X-13")
async def test_a_report_after_its_window_is_told_which_window_which_rule_and_who_helps(parts: Any) -> None:
    async with a_service(SERVICE, parts, storage=True) as kit:
        school = await a_school(kit)
        draft = await school.draft()
        kit.at(AFTER_REPORTING)
        answer = await school.student.post(f"/records/{draft['id']}/submission")
        assert (answer.status, answer.code, answer.json["reason"]) == (409, "window_closed", "window_closed")
        assert answer.json["window"]["operation"] == "report"
        assert answer.json["window"]["ends"] == "2026-12-08T08:00:00Z"
        assert answer.json["window"]["next"] is None
        assert (answer.json["scheme"], answer.json["help"]) == ("jiangxi@2026.1", "请联系班主任")
        assert answer.json["rule"]
        assert (await school.student.get(f"/records/{draft['id']}")).json["state"] == "draft"


@pytest.mark.feature("JX-03", "JX-04")
async def test_a_draft_is_its_sides_own_until_it_is_whole_and_handed_in(parts: Any) -> None:
    async with a_service(SERVICE, parts, storage=True) as kit:
        school = await a_school(kit)
        sent = {
            "term_id": str(school.term_id),
            "kind": "volunteer_service",
            "data": {"name": "志愿服务"},
            "visibility": "class",
        }
        draft = (await school.student.post("/records", sent)).json
        url = f"/records/{draft['id']}"
        assert (draft["state"], draft["visibility"], draft["title"]) == ("draft", "class", "志愿服务")
        assert (await school.guardian.get(url)).status == 200
        for who in (school.teacher, school.mate, school.admin):
            assert (await who.get(url)).code == "not_found"
        assert (await school.teacher.get("/records")).json["items"] == []
        assert (await school.student.post(f"{url}/submission")).code == "invalid_input"

        whole = a_report(school.term_id)["data"]
        files = [await school.file()]
        mended = await school.student.put(url, {"data": whole, "evidence": files}, If_Match='"1"')
        assert (mended.status, mended.json["version"]) == (200, 2)
        assert (await school.student.post(f"{url}/submission", If_Match='"1"')).code == "stale_version"
        assert (await school.student.post(f"{url}/submission", If_Match='"2"')).json["state"] == "submitted"
        assert (await school.student.delete(url)).code == "wrong_state"
        assert (await school.mate.post(f"{url}/withdrawal")).code == "not_found"
        assert (await school.teacher.post(f"{url}/withdrawal")).code == "forbidden"
        assert (await school.student.post(f"{url}/withdrawal")).json["state"] == "draft"
        assert len(await school.kit.events(RecordWithdrawnV1)) == 1
        assert (await school.student.delete(url)).status == 204
        assert (await school.student.get(url)).code == "not_found"
        assert await kit.events(RecordApprovedV1) == []


@pytest.mark.feature("SH-04")
async def test_a_quota_holds_when_two_are_handed_in_at_the_same_moment(parts: Any) -> None:
    training = {
        "name": "2026级军训", "starts_on": "2026-09-01", "ends_on": "2026-09-07", "days": "7", "mark": "优秀",
        "account": "七天里学会了队列和内务，最难忘的是夜里的拉练和大家的歌声。",
    }  # fmt: skip
    async with a_service(SERVICE, parts, storage=True) as kit:
        school = await a_school(kit)
        drafts = [
            await school.student.post("/records", {
                "term_id": str(school.term_id), "kind": "military_training", "data": training,
                "evidence": [await school.file()],
            })
            for _ in range(3)
        ]  # fmt: skip
        places = [f"/records/{draft.json['id']}/submission" for draft in drafts]
        answers = await asyncio.gather(*(school.student.post(url) for url in places))
        assert sorted(answer.status for answer in answers) == [200, 409, 409]
        no = next(answer for answer in answers if answer.status == 409)
        assert (no.code, no.json["quota"]) == ("quota_exceeded", {"per": "year", "max": 1, "used": 1})


async def test_the_same_report_sent_twice_under_one_key_is_one_record(parts: Any) -> None:
    async with a_service(SERVICE, parts, storage=True) as kit:
        school = await a_school(kit)
        sent = a_report(school.term_id, submit=True, evidence=[await school.file()])
        first, second = [await school.student.post("/records", sent, Idempotency_Key="report-1") for _ in range(2)]
        assert first.json == second.json
        assert len((await school.student.get("/records")).json["items"]) == 1


async def test_a_student_not_heard_of_yet_is_asked_to_come_again(parts: Any) -> None:
    async with a_service(SERVICE, parts, storage=True) as kit:
        school = await a_school(kit)
        early = kit.as_(an_actor("student", CLASS, students=(new_id(),)))
        answer = await early.post("/records", a_report(school.term_id))
        assert (answer.status, answer.code) == (503, "busy")


@pytest.mark.feature("JX-03", "SH-04", "X-02")
async def test_a_card_learns_what_it_may_enter_until_when_and_how_many_more(parts: Any) -> None:
    async with a_service(SERVICE, parts, storage=True) as kit:
        school = await a_school(kit)
        url, who = f"/terms/{school.term_id}/kinds", {"student_id": str(school.student_id)}
        await school.submitted()
        own = (await school.student.get(url)).json
        assert (own["student_id"], own["role"]) == (str(school.student_id), "student")
        kinds = {kind["kind"]: kind for kind in own["kinds"]}
        assert (kinds["volunteer_service"]["open"], kinds["volunteer_service"]["why"]) == (True, None)
        assert kinds["volunteer_service"]["closes_at"].startswith("2026-12-08")
        assert kinds["military_training"]["quotas"] == [{"per": "year", "max": 1, "used": 0}]
        assert "exam_scores" not in kinds
        entered = {kind["kind"] for kind in (await school.teacher.get(url, **who)).json["kinds"]}
        assert "exam_scores" in entered
        assert "volunteer_service" not in entered
        assert (await school.teacher.get(url)).code == "invalid_input"
        assert (await school.mate.get(url, **who)).code == "not_found"
        kit.at(AFTER_REPORTING)
        late = {kind["kind"]: kind for kind in (await school.student.get(url)).json["kinds"]}["volunteer_service"]
        assert (late["open"], late["closes_at"], late["help"]) == (False, None, "请联系班主任")
        assert late["why"] == "“写实上报”已于2026-12-08 16:00结束"


@pytest.mark.feature("JX-04", "X-13")
async def test_who_writes_on_an_older_version_is_told_what_is_there_now_and_who_wrote_it(parts: Any) -> None:
    async with a_service(SERVICE, parts, storage=True) as kit:
        school = await a_school(kit)
        draft = await school.draft()
        theirs = {"data": draft["data"] | {"place": "南湖区敬老院"}, "evidence": [draft["evidence"][0]["evidence_id"]]}
        changed = await school.guardian.put(f"/records/{draft['id']}", theirs, If_Match="1")
        assert changed.status == 200, changed.json
        stale = await school.student.put(f"/records/{draft['id']}", {"data": draft["data"]}, If_Match="1")
        assert (stale.status, stale.code, stale.json["version"]) == (412, "stale_version", 2)
        assert stale.json["current"]["data"]["place"] == "南湖区敬老院"
        assert stale.json["current"]["evidence"][0]["evidence_id"] == draft["evidence"][0]["evidence_id"]
        assert (stale.json["changed"]["by_name"], stale.json["changed"]["by_role"]) == ("李雨父", "guardian")
        for stranger in (school.mate, school.stranger):
            assert (await stranger.put(f"/records/{draft['id']}", theirs, If_Match="1")).code == "not_found"
        data = {"level": "class", "title": "monitor", "since": "2026-09-01"}
        position = (await school.student.post("/positions", {"term_id": str(school.term_id), "data": data})).json
        late = await school.student.put(f"/positions/{position['id']}", {"data": data}, If_Match="9")
        assert (late.status, late.json["current"]) == (412, {"data": data, "state": "submitted"})


@pytest.mark.feature("JX-03", "X-13")
async def test_a_file_that_cannot_be_used_is_named_by_its_place(parts: Any) -> None:
    async with a_service(SERVICE, parts, storage=True) as kit:
        school = await a_school(kit)
        own, others = await school.file(), await upload(school.mate)
        stolen = await school.student.post("/records", a_report(school.term_id, evidence=[own, others]))
        assert (stolen.status, stolen.code) == (422, "file_refused")
        assert stolen.json["errors"] == [
            {"field": "evidence.1", "message": "没有这个文件，或不是您上传的", "type": "file_refused"}
        ]
