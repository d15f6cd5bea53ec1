"""A term of Baoshan through the gateway, step by step as its source describes it: what the demo did, rule by rule."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from demo.baoshan_appeals import MISSED
from demo.client import Gateway
from demo.deployments import BAOSHAN
from demo.world import World
from stack.platform import Platform

from demo import job
from tests.world.sheets import XLSX, the_source_as_a_workbook

RUN, STUDENTS = 45, 24
LEAVING = STUDENTS // 2
"""Pupils of grade 9."""
ACTIVITIES = 2 * 2
"""Two of one pupil in each of the two classes."""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def baoshan(platform: Platform) -> AsyncIterator[World]:
    """A school with a class of grade 9 and one of grade 7, after their term."""
    password = platform.keyring.operator_password
    world = await job.run(platform.gateway_url, RUN, STUDENTS, password, deployment=BAOSHAN)
    world.gateway.http = Gateway.to(platform.gateway_url).http
    yield world
    await world.gateway.http.close()


@pytest.mark.feature("SH-01", "SH-09")
async def test_the_term_goes_through_all_phases_without_an_error(baoshan: World) -> None:
    assert baoshan.problems == []
    assert baoshan.gateway.faults == []


@pytest.mark.feature("SH-12")
async def test_recorders_and_auditors_of_school_district_and_city_are_appointed(baoshan: World) -> None:
    [campus] = baoshan.campuses
    held = {**campus.staff, **baoshan.regional}
    roles = {title: user.session["card"]["role"] for title, user in held.items()}
    for level in ("校级", "区级", "市级"):
        assert (roles[f"{level}录入员"], roles[f"{level}审核员"]) == ("recorder", "auditor")


@pytest.mark.feature("SH-01", "SH-09")
async def test_the_workbook_of_the_source_is_planned_to_the_hour_for_grade_nine_and_for_grades_six_to_eight(
    baoshan: World,
) -> None:
    [campus] = baoshan.campuses
    planner, windows = campus.administrator, list[dict[str, Any]]()
    data = the_source_as_a_workbook()
    offer = await planner.post("/import/uploads", {"name": "工作安排.xlsx", "media_type": XLSX, "size": len(data)})
    await planner.gateway.upload(offer, "工作安排.xlsx", XLSX, data)
    for sheet in (await planner.post("/import/tables", {"file_id": offer["file_id"]}))["sheets"]:
        read = await planner.post("/records/terms/table", {"rows": sheet["rows"]})
        assert read["questions"] == []
        windows += read["timetable"]["windows"]
    sent = [{name: one[name] for name in ("operation", "starts", "ends", "grades")} for one in windows]
    asked = {"windows": sent, "at": "2022-04-12T08:01:00Z"}
    preview = await planner.post("/records/terms/preview", asked)
    assert [finding["message"] for finding in preview["findings"] if finding["severity"] == "error"] == []
    handling = {one["grade"] for one in preview["possible"] if one["operation"] == "handle_case"}
    assert handling == {6, 7, 8}, "at 16:01 on 12 April problem handling has ended for grade 9 only"
    ends = {(one["operation"], tuple(one["grades"])): one["ends"] for one in windows}
    assert ends["confirm", (9,)] == ends["confirm", (6, 7, 8)] == "2022-03-28T08:00:00Z"
    assert ends["mend_refused", (9,)] == "2022-03-29T08:00:00Z"
    assert ends["handle_case", (6, 7, 8)] == "2022-05-27T08:00:00Z"
    assert ends["judge", (9,)] == "2022-05-10T08:00:00Z"


@pytest.mark.feature("SH-02", "SH-03")
async def test_before_filling_the_school_sets_its_switch_and_marks_who_takes_no_part_until_either_freezes(
    baoshan: World,
) -> None:
    assert baoshan.counts["opted_out"] == 1
    assert baoshan.problems == [], "what has to be refused after the freeze was refused"


@pytest.mark.feature("SH-04", "SH-05", "SH-06")
async def test_school_district_and_city_enter_and_students_publish_what_their_teacher_read(baoshan: World) -> None:
    assert baoshan.counts["entered"] == 6 * STUDENTS + ACTIVITIES
    assert baoshan.counts["read"] == baoshan.counts["chosen"] == STUDENTS + ACTIVITIES


@pytest.mark.feature("SH-07", "SH-10")
async def test_students_confirm_or_refuse_silence_passes_and_what_is_not_corrected_escalates(baoshan: World) -> None:
    [campus] = baoshan.campuses
    assert baoshan.counts["refused"] == 2
    assert baoshan.counts["mended"] == baoshan.counts["cases_escalated"] == 1
    silent = campus.school_classes[-1].pupils[2]
    records = await silent.user.everything("/records/records", term_id=campus.term["id"], origin="entered")
    assert {record["state"] for record in records} == {"approved"}
    assert len(records) == 5


@pytest.mark.feature("SH-08", "SH-10")
async def test_appeals_are_routed_by_level_and_what_was_wrong_is_corrected(baoshan: World) -> None:
    [campus] = baoshan.campuses
    assert baoshan.counts["appeals"] == 7
    assert baoshan.counts["cases_amended"] == 3
    assert baoshan.counts["cases_voided"] == baoshan.counts["cases_malicious"] == baoshan.counts["cases_kept"] == 1
    own = campus.school_classes[0].pupils[2]
    records = await own.user.everything("/records/records", term_id=campus.term["id"], origin="entered")
    whole = [await own.user.get(f"/records/records/{record['id']}") for record in records]
    results = {record["kind"]: record["data"].get("mark") for record in whole}
    assert [results[kind] for kind in ("basic_course", "district_exam", "city_exam")] == ["优秀"] * 3
    assert results["extended_course"] == "良"


@pytest.mark.feature("SH-08", "SH-10", "SH-11")
async def test_what_an_appeal_found_missing_is_entered_and_stands_in_the_report_and_the_term_archive(baoshan: World) -> None:
    [campus] = baoshan.campuses
    assert baoshan.counts["cases_entered"] == 1
    pupil = campus.school_classes[0].pupils[3]
    records = await pupil.user.everything("/records/records", term_id=campus.term["id"], origin="entered")
    states = {record["title"]: record["state"] for record in records}
    assert states[MISSED] == "approved"
    [archive] = (await pupil.user.get("/archive/archives", term_id=campus.term["id"]))["items"]
    content = await pupil.user.get(f"/archive/archives/{archive['id']}/content")
    assert str(content).count(MISSED) == 1


@pytest.mark.feature("SH-11")
async def test_grade_nine_is_judged_signs_on_paper_and_gets_archives_that_can_be_proved(baoshan: World) -> None:
    [campus] = baoshan.campuses
    counts = baoshan.counts
    assert counts["judged"] == counts["signed"] == counts["term_archives"] == LEAVING
    assert counts["summaries"] == counts["merkle_roots"] == 1
    assert counts["verified_offline"] == 3
    filing = await campus.staff["校长"].get(f"/archive/terms/{campus.term['id']}/filing")
    assert filing["complete"] is True
