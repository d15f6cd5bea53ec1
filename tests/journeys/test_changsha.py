"""The last year of a school in Changsha through the gateway, as its source describes it: what the demo did, rule by rule."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from demo.client import Gateway, Refused
from demo.deployments import CHANGSHA
from demo.world import World
from stack.platform import Platform

from demo import job, sample_files

RUN, STUDENTS = 46, 24


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def changsha(platform: Platform) -> AsyncIterator[World]:
    """A school with two classes of grade 9, after their last term."""
    password = platform.keyring.operator_password
    world = await job.run(platform.gateway_url, RUN, STUDENTS, password, deployment=CHANGSHA)
    world.gateway.http = Gateway.to(platform.gateway_url).http
    yield world
    await world.gateway.http.close()


@pytest.mark.feature("CS-01")
async def test_the_last_year_goes_through_all_phases_without_an_error(changsha: World) -> None:
    assert changsha.problems == []
    assert changsha.gateway.faults == []


@pytest.mark.feature("CS-04", "CS-05", "CS-06")
async def test_of_growth_records_only_those_that_were_selected_became_material(changsha: World) -> None:
    pupil = changsha.campuses[0].pupils[8]
    assert changsha.counts["growth_records"] == 2 * changsha.counts["selected"] == 4 * STUDENTS
    records = await pupil.user.everything("/records/records")
    assert sorted(record["state"] for record in records) == ["approved", "approved", "draft", "draft"]
    own = await pupil.user.everything("/records/shared", circle="own")
    assert len(own) == 4


@pytest.mark.feature("CS-07")
async def test_practice_hours_are_summed_and_every_dimension_has_a_summary(changsha: World) -> None:
    pupil = changsha.campuses[0].pupils[8]
    hours = await pupil.user.get("/records/hours")
    assert float(hours["hours"]) == sum(float(line["hours"]) for line in hours["lines"]) > 0
    assert changsha.counts["summaries"] == 5 * STUDENTS


@pytest.mark.feature("CS-01", "CS-08")
async def test_material_of_all_terms_is_submitted_finally_and_reviewed_by_the_school(changsha: World) -> None:
    assert changsha.counts["finally_submitted"] == changsha.counts["finals_passed"] == STUDENTS
    assert changsha.counts["finally_chosen"] == 2 * STUDENTS
    assert changsha.counts["finals_returned"] == 1


@pytest.mark.feature("CS-09", "CS-10", "CS-11")
async def test_upheld_complaints_exclude_a_successful_appeal_restores_and_false_material_is_gone(changsha: World) -> None:
    [campus] = changsha.campuses
    assert changsha.counts["board_students"] == STUDENTS
    assert (changsha.counts["complaints"], changsha.counts["appeals"]) == (3, 2)
    kept = []
    for pupil in campus.pupils[1:4]:
        [archive] = (await pupil.user.get("/archive/archives", term_id=campus.term["id"]))["items"]
        content = await pupil.user.get(f"/archive/archives/{archive['id']}/content")
        kept.append(sum(section["count"] or 0 for section in content["sections"] if section["source"] == "records"))
    assert kept == [2, 1, 2], "appeal upheld, appeal rejected as false, complaint rejected"


@pytest.mark.feature("CS-12")
async def test_everybody_evaluated_every_classmate_once_and_nobody_themself(changsha: World) -> None:
    [campus] = changsha.campuses
    pupil = campus.school_classes[0].pupils[3]
    mates = len(campus.school_classes[0].pupils) - 1
    assert changsha.counts["peer_cards"] == sum(len(c.pupils) * (len(c.pupils) - 1) for c in campus.school_classes)
    result = await pupil.user.get("/archive/peer-evaluations/result", term_id=campus.term["id"], student_id=pupil.student_id)
    assert [sum(one["count"] for one in dimension["counts"]) for dimension in result["dimensions"]] == [mates] * 5


@pytest.mark.feature("CS-15")
async def test_a_family_reads_the_profile_that_the_school_registered_and_sets_the_photo(changsha: World) -> None:
    [campus] = changsha.campuses
    pupil, mate = campus.school_classes[0].pupils[4:6]
    where = f"/identity/students/{pupil.student_id}"
    lines = {line["title"]: line["value"] for line in (await pupil.user.get(f"{where}/profile"))["lines"]}
    titles = ["姓名", "性别", "出生日期", "学校", "班级", "全国学籍号", "身份证件号", "本地学籍号", "账号"]
    assert list(lines) == titles
    assert all(lines[title] for title in titles if title != "本地学籍号")
    assert "*" in lines["身份证件号"], "masked, also for the family"
    assert "*" in lines["全国学籍号"]
    file_id = await pupil.user.send_file("/identity/photos", "我.jpg", "image/jpeg", sample_files.photograph(7, "", ""))
    assert (await pupil.user.put(f"{where}/photo", {"file_id": file_id}))["photo"]["present"]
    assert (await pupil.user.get(f"{where}/photo"))["url"]
    for path in ("photo", "profile"):
        with pytest.raises(Refused) as refused:
            await mate.user.get(f"{where}/{path}")
        assert refused.value.status == 404, "a classmate sees neither"


@pytest.mark.feature("CS-01", "X-10")
async def test_the_archive_of_the_stage_has_the_material_of_both_terms_and_can_be_proved(changsha: World) -> None:
    assert changsha.counts["term_archives"] == STUDENTS
    assert changsha.counts["verified_offline"] == 3
