"""A term of Baoshan through the gateway, step by step as its source describes it: what the demo did, rule by rule."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from demo.client import Gateway
from demo.deployments import BAOSHAN
from demo.world import World
from stack.platform import Platform

from demo import job

RUN, STUDENTS = 45, 24
LEAVING = STUDENTS // 2
"""Pupils of grade 9."""


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


@pytest.mark.feature("SH-04", "SH-05", "SH-06")
async def test_school_district_and_city_enter_and_students_publish_what_their_teacher_read(baoshan: World) -> None:
    assert baoshan.counts["entered"] == 6 * STUDENTS
    assert baoshan.counts["read"] == baoshan.counts["chosen"] == STUDENTS


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
    assert baoshan.counts["appeals"] == 4
    assert baoshan.counts["cases_amended"] == 3
    own = campus.school_classes[0].pupils[2]
    records = await own.user.everything("/records/records", term_id=campus.term["id"], origin="entered")
    whole = [await own.user.get(f"/records/records/{record['id']}") for record in records]
    results = {record["kind"]: record["data"].get("mark") for record in whole}
    assert [results[kind] for kind in ("basic_course", "district_exam", "city_exam")] == ["优秀"] * 3
    assert results["extended_course"] == "良"


@pytest.mark.feature("SH-11")
async def test_grade_nine_is_judged_signs_on_paper_and_gets_archives_that_can_be_proved(baoshan: World) -> None:
    [campus] = baoshan.campuses
    counts = baoshan.counts
    assert counts["judged"] == counts["signed"] == counts["term_archives"] == LEAVING
    assert counts["summaries"] == counts["merkle_roots"] == 1
    assert counts["verified_offline"] == 3
    filing = await campus.staff["校长"].get(f"/archive/terms/{campus.term['id']}/filing")
    assert filing["complete"] is True
