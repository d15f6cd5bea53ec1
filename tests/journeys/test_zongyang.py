"""The last term of a school in a county through the gateway, from the panel's grades to the sealed archive, rule by rule."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from demo.client import Gateway
from demo.deployments import ZONGYANG
from demo.world import Campus, Pupil, World
from demo.zongyang import (
    APPELLANT,
    CONSENTED,
    CORRECTED,
    GENEROUS,
    KEPT,
    NOTE,
    OBJECTION,
    OFFICE,
    PANEL,
    REASON,
    REFUSED,
    TOO_MANY,
    WEAK_REASON,
)
from stack.platform import Platform

from demo import job
from tests.world.client import refusal_code

RUN, STUDENTS = 43, 14
LIMITED = ["study", "health", "arts", "practice"]
DIMENSIONS = ("思想品德", "学业水平", "身心健康", "艺术素养", "社会实践")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def county(platform: Platform) -> AsyncIterator[World]:
    """A school with two classes of leavers, after its last term."""
    password = platform.keyring.operator_password
    world = await job.run(platform.gateway_url, RUN, STUDENTS, password, deployment=ZONGYANG)
    world.gateway.http = Gateway.to(platform.gateway_url).http
    yield world
    await world.gateway.http.close()


def school(county: World) -> tuple[Campus, Pupil]:
    """The school, and the student who objected."""
    [campus] = county.campuses
    return campus, campus.school_classes[0].pupils[APPELLANT]


async def sheet(campus: Campus, at: int) -> dict[str, Any]:
    """The sheet of a class as the panel sees it."""
    path = campus.school_classes[at].path
    return dict(await campus.staff[PANEL].get("/archive/scores", term_id=campus.term["id"], path=path))


@pytest.mark.feature("X-15")
async def test_the_last_term_goes_from_records_to_sealed_archives_without_an_error(county: World) -> None:
    assert county.problems == []
    assert county.gateway.faults == []
    counts = county.counts
    assert counts["records"] == counts["reviewed"] == 2 * STUDENTS, "of two terms"
    assert counts["self_statements"] == counts["teacher_comments"] == counts["term_archives"] == STUDENTS


@pytest.mark.feature("X-15")
async def test_more_than_thirty_percent_with_an_a_are_not_locked_and_the_refusal_says_how_many_may(county: World) -> None:
    assert county.refused["shares_exceeded"] == f"身心健康 A（优秀）：学校{STUDENTS}人最多4人，现有5人"
    campus, _ = school(county)
    found = await sheet(campus, 0)
    assert [(one["action"], one["reason"]) for one in reversed(found["moves"])] == [
        ("pass", ""), ("return", TOO_MANY), ("pass", ""), ("lock", ""), ("correct", CORRECTED),
    ]  # fmt: skip
    limited = [one for one in found["shares"] if one["enforced"]]
    assert [one["dimension"] for one in limited] == LIMITED, "no share in the fifth dimension"
    assert {(one["students"], one["seats"]) for one in limited} == {(STUDENTS, 4)}
    assert {one["dimension"]: one["taken"] for one in limited}[GENEROUS] == 4
    fifth = [one["band"] for row in found["rows"] for one in row["dimensions"] if one["dimension"] == "morality"]
    assert fifth.count("A") > len(fifth) * 0.3


@pytest.mark.feature("X-15")
async def test_a_d_needs_a_reason_and_the_consent_of_the_county_which_families_do_not_see(county: World) -> None:
    campus, _ = school(county)
    first, second = campus.school_classes
    assert county.refused["reasons_missing"].startswith("还没有写理由：")
    named = f"{first.pupils[-1].plan.name}社会实践D（待提高）"
    assert county.refused["consents_open"] == f"等待县综评办公室同意：{named}"
    [reason] = (await sheet(campus, 0))["reasons"]
    assert (reason["student_id"], reason["dimension"], reason["reason"]) == (first.pupils[-1].student_id, CONSENTED, REASON)
    assert (reason["state"], reason["decided_by_name"]) == ("consented", OFFICE)
    other = await sheet(campus, 1)
    assert other["reasons"] == [], "the panel gave another grade"
    assert [(one["action"], one["reason"]) for one in reversed(other["moves"])][:3] == [
        ("pass", ""), ("return", NOTE), ("pass", ""),
    ]  # fmt: skip
    for pupil, dimension, band in ((first.pupils[-1], CONSENTED, "D（待提高）"), (second.pupils[-1], REFUSED, "C（合格）")):
        own = await pupil.user.get("/archive/scores/own", term_id=campus.term["id"])
        title = next(one["title"] for one in county.scheme["dimensions"] if one["id"] == dimension)
        assert dict(own["scores"][0]["rows"])[title] == band
        assert all(text not in str(own) for text in (REASON, WEAK_REASON, NOTE))
        query = {"term_id": campus.term["id"], "path": pupil.path}
        assert await refusal_code(pupil.user.get("/archive/scores", **query)) == "forbidden"
        assert await refusal_code(pupil.user.get("/archive/score-consents")) == "forbidden"


@pytest.mark.feature("X-15", "X-09")
async def test_the_class_sees_its_results_then_the_school_sees_all_and_afterwards_nobody(county: World) -> None:
    campus, pupil = school(county)
    first = campus.school_classes[0]
    assert county.counts["seen_in_class"] == len(first.pupils)
    assert county.counts["seen_in_other_class"] == STUDENTS - len(first.pupils)
    assert county.counts["seen_by_panel"] == county.counts["seen_in_school"] == STUDENTS
    for by in (pupil.user, campus.pupils[-1].user, campus.staff[PANEL]):
        assert await refusal_code(by.get("/publicity/results", term_id=campus.term["id"])) == "window_closed"


@pytest.mark.feature("X-15", "X-08")
async def test_the_school_kept_the_grade_and_the_county_corrected_it_on_appeal(county: World) -> None:
    campus, pupil = school(county)
    objection, appeal = (f"/publicity/cases/{county.cases[name]}" for name in ("objection", "county_appeal"))
    kept = await pupil.user.get(objection)
    assert (kept["text"], kept["outcome_title"], kept["reason"]) == (OBJECTION, "维持原结果", KEPT)
    [row] = (await pupil.user.get("/publicity/appeals"))["items"]
    assert row["state_title"] == "向县申诉成功"
    corrected = await pupil.user.get(appeal)
    assert (corrected["outcome_title"], corrected["reason"]) == ("更正结果", CORRECTED)
    result = corrected["result"]
    assert {one["dimension"]: one["band"] for one in result["before"]}["morality"] == "B"
    assert {one["dimension"]: one["band"] for one in result["after"]}["morality"] == "A"
    seen = await campus.staff[PANEL].get(objection)
    assert "complainant" not in seen
    assert pupil.user.username not in str(seen)
    for stranger in (campus.pupils[0].user, campus.pupils[-1].user):
        assert await refusal_code(stranger.get(objection)) == "not_found"
        assert await refusal_code(stranger.get(appeal)) == "not_found"
    assert await refusal_code(campus.staff[PANEL].post(f"{appeal}/actions", {"action": "keep", "text": KEPT})) in (
        "not_found", "wrong_state",
    )  # fmt: skip


@pytest.mark.feature("X-15", "X-10")
async def test_the_sealed_archive_shows_the_corrected_grade_and_the_records_of_both_terms(county: World) -> None:
    campus, pupil = school(county)
    [archive] = await pupil.user.everything("/archive/archives")
    content = await pupil.user.get(f"/archive/archives/{archive['id']}/content")
    [table] = content["scores"]
    assert table["columns"] == ["维度", "等级"], "no number behind the bands"
    assert tuple(row[0] for row in table["rows"]) == DIMENSIONS
    assert table["rows"][0] == ["思想品德", "A（优秀）"]
    assert [section["title"] for section in content["sections"]][:3] == ["基本信息", "评价结果", "成长记录"]
    records = [record for one in content["dimensions"] for kind in one["kinds"] for record in kind["records"]]
    assert len(records) == 2
    others = [one for one in campus.pupils if one is not pupil]
    classmate = await others[0].user.get("/archive/scores/own", term_id=campus.term["id"])
    assert len(classmate["scores"]) == 1, "the others keep theirs in the new version"
