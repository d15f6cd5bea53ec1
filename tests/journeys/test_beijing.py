"""A term of a school in Beijing through the gateway, as its source describes the flow: what the demo did, rule by rule."""

import io
import zipfile
from collections.abc import AsyncIterator
from functools import partial
from typing import Any

import pytest
import pytest_asyncio
from demo.beijing import BONUS, DEDUCTION, RETURNED
from demo.client import Gateway, User
from demo.deployments import BEIJING
from demo.scale import until
from demo.world import World
from stack.platform import Platform

from demo import job
from tests.world.client import refusal_code

RUN, STUDENTS = 44, 24


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def beijing(platform: Platform) -> AsyncIterator[World]:
    """A school with two classes of grade 9, after its term."""
    password = platform.keyring.operator_password
    world = await job.run(platform.gateway_url, RUN, STUDENTS, password, deployment=BEIJING)
    world.gateway.http = Gateway.to(platform.gateway_url).http
    yield world
    await world.gateway.http.close()


@pytest.mark.feature("BJ-10")
async def test_the_term_goes_through_the_whole_flow_without_an_error(beijing: World) -> None:
    assert beijing.problems == []
    assert beijing.gateway.faults == []


@pytest.mark.feature("BJ-06", "BJ-11")
async def test_students_peers_parents_and_teachers_entered_their_parts(beijing: World) -> None:
    counts = beijing.counts
    assert counts["portfolio"] == counts["self_ratings"] == counts["teacher_comments"] == STUDENTS
    classes = beijing.campuses[0].school_classes
    assert counts["peer_cards"] == sum(len(one.pupils) * (len(one.pupils) - 1) for one in classes)
    assert counts["scores"] == 2 * 6 * STUDENTS
    assert counts["reviewed"] == 2 * STUDENTS, "by the class teacher and by the department"


@pytest.mark.feature("BJ-10", "BJ-11")
async def test_self_group_and_teacher_are_weighted_and_bonuses_are_read_with_their_reason(beijing: World) -> None:
    campus = beijing.campuses[0]
    school_class = campus.school_classes[0]
    sheet = await school_class.teacher.get("/archive/scores", term_id=campus.term["id"], path=school_class.path)
    weights = {part["id"]: part["weight"] for part in sheet["parts"]}
    assert weights == {"self": 0.2, "group": 0.3, "teacher": 0.5, "bonus": 0}
    for row in sheet["rows"]:
        for one in row["dimensions"]:
            expected = sum(one["values"].get(part, 0) * weight for part, weight in weights.items()) + one["values"].get(
                "bonus", 0
            )
            assert abs(one["score"] - min(100, expected)) < 0.051
            assert one["band"] == next(b for b, least in (("A", 80), ("B", 60), ("C", 30), ("D", 0)) if one["score"] >= least)
    for pupil, (points, reason) in zip(school_class.pupils, ((5, BONUS), (-3, DEDUCTION)), strict=False):
        own = await pupil.user.get("/archive/scores/own", term_id=campus.term["id"])
        assert [(a["points"], a["reason"], a["author_name"]) for a in own["adjustments"]] == [(points, reason, None)]


@pytest.mark.feature("BJ-10", "X-13")
async def test_the_department_returned_a_class_the_office_locked_all_and_nobody_changes_a_locked_score(beijing: World) -> None:
    campus = beijing.campuses[0]
    first = campus.school_classes[0]
    sheet = await campus.staff["学生处"].get("/archive/scores", term_id=campus.term["id"], path=first.path)
    assert [(one["action"], one["role"], one["reason"]) for one in reversed(sheet["moves"])] == [
        ("pass", "班主任", ""), ("return", "年级主任", RETURNED), ("pass", "班主任", ""), ("pass", "年级主任", ""),
        ("lock", "学生处", ""),
    ]  # fmt: skip
    assert (sheet["locked"], sheet["state"]) == (True, "已锁定")
    score = {"student_id": first.pupils[0].student_id, "dimension": "morality", "value": "100", "version": 1}
    body = {"term_id": campus.term["id"], "part": "teacher", "scores": [score]}
    [kept] = (await first.teacher.put("/archive/scores", body))["results"]
    assert kept["code"] == "wrong_state"


@pytest.mark.feature("BJ-10", "X-09")
async def test_scores_are_read_within_the_own_scope_only(beijing: World) -> None:
    campus = beijing.campuses[0]
    first, second = campus.school_classes
    query = {"term_id": campus.term["id"], "path": second.path}
    assert await refusal_code(first.teacher.get("/archive/scores", **query)) == "not_found"
    assert await refusal_code(first.pupils[0].user.get("/archive/scores", **query)) == "forbidden"
    own = await first.pupils[3].user.get("/archive/scores/own", term_id=campus.term["id"])
    assert [one["student_id"] for one in own["scores"]] == [first.pupils[3].student_id]


@pytest.mark.feature("BJ-12", "X-10")
async def test_every_student_has_a_term_table_with_the_scores_that_verifies_offline(beijing: World) -> None:
    assert beijing.counts["term_archives"] == STUDENTS
    pupil = beijing.campuses[0].pupils[5]
    [archive] = await pupil.user.everything("/archive/archives")
    content = await pupil.user.get(f"/archive/archives/{archive['id']}/content")
    assert content["scores"][0]["columns"] == ["维度", "学生自评", "小组评议", "班主任评分", "加分扣分", "得分", "等级"]
    assert [section["title"] for section in content["sections"]][:2] == ["基本信息", "评价结果"]
    records = [record for one in content["dimensions"] for kind in one["kinds"] for record in kind["records"]]
    assert [record["title"] for record in records] == ["社区爱心义卖"]


async def _in_state(user: User, path: str, state: str) -> Any:
    found = await user.get(path)
    return found if found["state"] == state else None


@pytest.mark.feature("BJ-03", "BJ-09", "BJ-10")
async def test_the_student_office_seals_a_handbook_and_the_class_teacher_exports_those_of_the_class(beijing: World) -> None:
    campus = beijing.campuses[0]
    first, office, pupil = campus.school_classes[0], campus.staff["学生处"], campus.pupils[5]
    career = f"/archive/career/{pupil.student_id}"
    before = await office.get(career)
    assert (before["stage"], before["terms_sealed"], before["terms_in_stage"]) == ("junior_secondary", 1, 6)
    assert await refusal_code(office.post(f"{career}/seal", {})) == "career_not_ready", "five terms are missing"
    assert await refusal_code(first.teacher.post(f"{career}/seal", {"without_missing": True})) == "forbidden"
    await office.post(f"{career}/seal", {"without_missing": True})
    sealed = await until("成长手册已生成", partial(_in_state, pupil.user, career, "sealed"))
    content = await pupil.user.get(f"/archive/archives/{sealed['archive']['id']}/content")
    assert [one["title"] for one in content["scores"]] == [campus.term["title"]]
    verified = await pupil.user.get(f"/archive/verification/{sealed['archive']['code']}")
    assert (verified["genuine"], verified["document"], verified["stage"]) == (True, "综合素质评价成长手册", "初中")
    [stage] = (await office.get(f"/archive/term-sets/{pupil.student_id}"))["stages"]
    assert stage["career_id"] == sealed["archive"]["id"]

    assert await refusal_code(office.post("/archive/handbook-runs", {"path": first.path})) == "forbidden"
    ordered = await first.teacher.post("/archive/handbook-runs", {"path": first.path})
    one = f"/archive/handbook-runs/{ordered['id']}"
    made = await until("全班成长手册已生成", partial(_in_state, first.teacher, one, "ready"))
    assert (made["done"], len(made["files"])) == (len(first.pupils), 1)
    assert await refusal_code(campus.administrator.get(one)) == "not_found", "it is for who asked"
    data, _ = await first.teacher.raw("GET", f"{one}/files/0")
    with zipfile.ZipFile(io.BytesIO(data)) as book:
        names = book.namelist()
        assert book.testzip() is None
    assert {name.split("/")[0] for name in names} == {one.plan.name for one in first.pupils}
    assert sum(name.endswith("/index.html") for name in names) == len(first.pupils)
