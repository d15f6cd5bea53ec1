"""The edges: the last second of a window, stale views, unknown fields, students who move or leave (X-13, BJ-04)."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from contracts.identity import EnrolmentStatementAskedV1, StudentMovedV1, StudentStatusChangedV1
from contracts.records import RecordApprovedV1, RecordsStatementV1, RecordSubmittedV1, RecordWithdrawnV1
from records.app import SERVICE
from servicekit.testing import a_service, an_actor, schemes_for_the_last_term

from .builders import CLASS, SCHOOL, a_report, a_school, a_term, an_enrolment, an_organisation, upload

AWAY = "jx.nc.dh.s2.g2025.c03"
"""A class of another school."""


@pytest.mark.feature("X-13", "X-02")
async def test_a_window_ends_on_the_schools_clock_to_the_second(parts: Any) -> None:
    async with a_service(SERVICE, parts, storage=True) as kit:
        school = await a_school(kit)
        west = an_organisation("jx.xj.west.s9", "school").model_copy(update={"time_zone": "Asia/Urumqi"})
        await kit.receive(west)
        admin = kit.as_(an_actor("administrator", west.path))
        term = {
            "title": "第一学期",
            "school_year": "2026-2027",
            "number": 1,
            "starts_on": "2026-09-01",
            "ends_on": "2027-01-31",
        }
        made = (await admin.post("/terms", term)).json
        ends = {window["operation"]: window["ends"] for window in made["windows"]}
        usual = (await school.admin.get(f"/terms/{school.term_id}")).json["windows"][0]["ends"]
        assert (usual, ends["report"]) == ("2026-12-08T08:00:00Z", "2026-12-08T10:00:00Z"), "16:00 here and there"

        last = datetime(2026, 12, 8, 8, tzinfo=UTC)
        drafts = [await school.draft() for _ in range(2)]
        kit.at(last - timedelta(microseconds=1))
        assert (await school.student.post(f"/records/{drafts[0]['id']}/submission")).status == 200
        kit.at(last)
        late = await school.student.post(f"/records/{drafts[1]['id']}/submission")
        assert (late.code, late.json["detail"]) == ("window_closed", "“写实上报”已于2026-12-08 16:00结束")
        assert (late.json["rule"], late.json["scheme"], late.json["help"]) == (
            "timing.report",
            "jiangxi@2026.1",
            "请联系班主任",
        )

        student_id = UUID(int=7)
        student = kit.as_(an_actor("student", f"{west.path}.g2025.c01", students=(student_id,)))
        enrolment = an_enrolment(student_id, f"{west.path}.g2025.c01")
        await kit.receive(StudentStatusChangedV1(student_id=student_id, enrolment=enrolment))
        report = a_report(made["id"], submit=True, evidence=[await upload(student)])
        kit.at(last + timedelta(hours=2))
        existing = await student.post("/records", report)
        assert (existing.code, existing.json["detail"]) == ("window_closed", "“写实上报”已于2026-12-08 16:00结束")
        kit.at(last + timedelta(hours=2, microseconds=-1))
        assert (await student.post("/records", report)).status == 201


@pytest.mark.feature("CS-01", "X-13")
async def test_what_belongs_to_the_last_term_is_open_in_no_other(parts: Any, tmp_path: Path) -> None:
    schemes = schemes_for_the_last_term(tmp_path, "jiangxi", "report")
    async with a_service(SERVICE, parts, storage=True, schemes=schemes) as kit:
        school = await a_school(kit)
        early = await school.student.post("/records", a_report(school.term_id, submit=True, evidence=[await school.file()]))
        assert (early.code, early.json["reason"], early.json["help"]) == ("window_closed", "not_this_term", "请联系班主任")
        last = await school.admin.post("/terms", a_term(school_year="2027-2028", number=2))
        report = a_report(UUID(last.json["id"]), submit=True, evidence=[await school.file()])
        assert (await school.student.post("/records", report)).status == 201


@pytest.mark.feature("X-13", "JX-04")
async def test_every_refusal_names_its_rule_and_scheme_and_nobody_decides_on_what_has_changed(parts: Any) -> None:
    async with a_service(SERVICE, parts, storage=True) as kit:
        school = await a_school(kit)
        record = await school.submitted()
        url = f"/records/{record['id']}"
        for code, answer in (
            ("wrong_state", await school.student.put(url, {"data": {}}, If_Match='"2"')),
            ("wrong_state", await school.student.delete(url)),
            ("wrong_state", await school.student.post(f"{url}/submission")),
            ("wrong_state", await school.student.put(f"{url}/amendment", {"data": {}}, If_Match='"2"')),
            ("stale_version", await school.teacher.post(f"{url}/approval", If_Match='"1"')),
            (
                "not_releasable",
                await school.admin.post(f"{url}/release", {"released_on": "2026-10-01", "reason": "表现良好，予以解除"}),
            ),
        ):
            assert answer.code == code, answer.json
            assert {"rule", "scheme", "code", "detail"} <= answer.json.keys(), answer.json
            assert answer.json["scheme"] == "jiangxi@2026.1"
        assert (await school.student.delete(url)).json["help"] == "请联系班主任"

        body = {"record_ids": [record["id"]], "action": "approve"}
        stale = await school.teacher.post("/reviews", body | {"versions": {record["id"]: 1}})
        assert [result["code"] for result in stale.json["results"]] == ["stale_version"]
        for path, sent in (
            ("/records", a_report(school.term_id, state="approved")),
            ("/reviews", body | {"by": "校长"}),
            (f"{url}/return", {"reason_code": "duplicate", "reviewer": "x"}),
            ("/positions", {"term_id": str(school.term_id), "data": {}, "state": "approved"}),
        ):
            unknown = await school.teacher.post(path, sent)
            assert (unknown.code, unknown.json["errors"][0]["type"]) == ("invalid_input", "extra_forbidden")

        both = await asyncio.gather(
            school.student.post(f"{url}/withdrawal", If_Match='"2"'),
            school.teacher.post(f"{url}/approval", If_Match='"2"'),
        )
        withdrawn, approved = (answer.status for answer in both)
        assert (withdrawn, approved) in ((200, 404), (412, 200)), "one of them, and the other is told why not"
        assert len(await kit.events(RecordApprovedV1)) + len(await kit.events(RecordWithdrawnV1)) == 1


@pytest.mark.feature("BJ-04")
async def test_who_moves_to_another_school_takes_open_work_and_history_along_and_the_old_class_sees_nothing(parts: Any) -> None:
    async with a_service(SERVICE, parts, storage=True) as kit:
        school = await a_school(kit)
        waits, done, draft = await school.submitted(), await school.approved(), await school.draft()
        await kit.receive(EnrolmentStatementAskedV1(application_id=UUID(int=4), attempt=1, student_id=school.student_id))
        [stated] = await kit.events(RecordsStatementV1)
        assert {(line.title, line.count, line.running, line.school) for line in stated.lines} == {
            ("待审核的记录", 1, True, SCHOOL), ("审核通过的记录", 1, False, SCHOOL),
        }, "a draft is its author's alone"  # fmt: skip
        apply_move = an_enrolment(school.student_id, AWAY, version=2)
        await kit.receive(StudentMovedV1(student_id=school.student_id, from_path=CLASS, enrolment=apply_move))
        for record in (waits, done):
            assert (await school.teacher.get(f"/records/{record['id']}")).code == "not_found"
        assert (await school.teacher.post(f"/records/{waits['id']}/approval")).code == "not_found"
        assert (await school.teacher.get("/records")).json["items"] == []

        teacher = kit.as_(an_actor("class_teacher", AWAY))
        assert [line["id"] for line in (await teacher.get("/records")).json["items"]] == [waits["id"]]
        history = (await teacher.get("/records", student_id=school.student_id)).json["items"]
        assert [line["id"] for line in history] == [done["id"], waits["id"]]
        assert (await teacher.get(f"/records/{done['id']}")).status == 200
        assert (await teacher.get(f"/evidence/{done['evidence'][0]['evidence_id']}/address")).status == 200
        assert (await teacher.post(f"/records/{done['id']}/void", {"reason": "不是本校的"})).code == "forbidden"
        admin = kit.as_(an_actor("administrator", AWAY.rpartition(".g")[0]))
        assert (await admin.post(f"/records/{done['id']}/void", {"reason": "不是本校的"})).code == "not_found"
        assert (await teacher.post(f"/records/{waits['id']}/approval")).status == 200
        assert (await school.admin.get(f"/records/{done['id']}")).json["path"] == SCHOOL, "its term's school keeps it"

        me = kit.as_(an_actor("student", AWAY, students=(school.student_id,)))
        assert (await me.get(f"/records/{draft['id']}")).json["state"] == "draft"
        assert (await me.get("/tiles", term_id=school.term_id)).json[0]["confirmed"] == 2
        other = kit.as_(an_actor("student", AWAY, students=(UUID(int=5),)))
        assert (await other.get("/tiles", term_id=school.term_id)).code == "not_found"


@pytest.mark.feature("BJ-04")
async def test_who_left_adds_nothing_and_what_is_under_way_may_end(parts: Any) -> None:
    async with a_service(SERVICE, parts, storage=True) as kit:
        school = await a_school(kit)
        waits, draft = await school.submitted(), await school.draft()
        left = an_enrolment(school.student_id, version=2).model_copy(update={"status": "left"})
        await kit.receive(StudentStatusChangedV1(student_id=school.student_id, enrolment=left))
        for answer in (
            await school.student.post("/records", a_report(school.term_id)),
            await school.student.post(f"/records/{draft['id']}/submission"),
            await school.guardian.post("/positions", {"term_id": str(school.term_id), "data": {}}),
        ):
            assert (answer.status, answer.code, answer.json["rule"]) == (409, "not_enrolled", "BJ-04")
            assert (answer.json["help"], answer.json["scheme"]) == ("请联系校管理员", "jiangxi@2026.1")
        assert (await school.teacher.post(f"/records/{waits['id']}/approval")).status == 200
        [event] = await kit.events(RecordSubmittedV1)
        assert (event.record.author_id is not None, event.record.author_role) == (True, "student")
