"""Two schemes after public rules that no deployment has, played in the last term of the stage through the gateway (X-01, X-15).

`schemes/zhijiang`: a senior secondary school whose items have different bands, a panel of each class, a committee that confirms
the lowest band, records published without review. `schemes/jinguan`: a junior secondary school with tutors in place of class
teachers, self, peer and tutor ratings, points of activities and sanctions, years that weigh 2:3:5, and a total by the number of
A. They fail where a service takes from the five deployments what a scheme should say.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
import pytest_asyncio
from demo.client import Gateway, Refused, User
from demo.deployments import Deployment, Office
from demo.job import SEED
from demo.scale import until
from demo.steps import archives, organisations, roster, timetable
from demo.world import Campus, Pupil, World, hours, now, window
from demo.zongyang import expect_move, move, seen
from stack.platform import Platform

from demo import sample_files

STUDENTS = 5
ZHIJIANG = Deployment(
    "zhijiang", "senior_secondary",
    Office("zj", "之江省", "省管理员"), Office("qt", "钱塘市", "市管理员"), Office("xx", "西溪区", "区管理员"),
    (("xxzx", "西溪中学"),), age=16, area="33", classes=((2023, "高三1班"),), staff=(), appointed=("学校评价委员会", "教务员"),
)  # fmt: skip
JINGUAN = Deployment(
    "jinguan", "junior_secondary",
    Office("sc", "川西省", "省管理员"), Office("jg", "锦官市", "市管理员"), Office("hs", "浣溪区", "区管理员"),
    (("hsz", "浣溪中学"),), age=12, area="51", classes=((2023, "初三1班"),), staff=(), appointed=("德育处",),
    class_teacher="成长导师",
)  # fmt: skip
STATEMENT = "三年来参加了许多活动，请根据写实记录重新核对这一项的等第。"
ANSWER = "已经核对全部记录，答复如上。"


async def begin(platform: Platform, run: int, deployment: Deployment) -> World:
    """A school with one class of leavers."""
    gateway, password = Gateway.to(platform.gateway_url), platform.keyring.operator_password
    world = World(gateway, run, SEED, User(gateway, "operator", password, "平台运维"), password, deployment)
    await organisations.create_organisations(world, STUDENTS)
    await roster.enrol(world, world.campuses[0])
    await organisations.appoint(world)
    return world


def phone_of(world: World, number: int) -> str:
    return f"139{world.run:03d}{number:05d}"


async def a_term(campus: Campus, number: int, windows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    body = timetable.a_term(campus.path, list(windows), school_year=2025, number=number)
    return dict(await campus.administrator.post("/records/terms", body))


def open_now(*operations: str) -> list[dict[str, Any]]:
    return [window(name, now() - hours(2), now() + hours(24)) for name in operations]


async def enter(by: User, term: dict[str, Any], part: str, values: Mapping[tuple[str, str], str]) -> list[str | None]:
    """What the service says of each value, once the timetable is known: None, it is saved."""

    async def entered() -> list[str | None] | None:
        scores = [
            {"student_id": student, "dimension": name, "value": value, "version": None}
            for (student, name), value in values.items()
        ]
        try:
            done = await by.put("/archive/scores", {"term_id": term["id"], "part": part, "scores": scores})
        except Refused as refused:
            if refused.code != "not_found":  # the term is on its way
                raise
            return None
        if any(one["code"] in ("window_not_open", "window_closed", "not_found") for one in done["results"]):
            return None
        return [one["detail"] for one in done["results"]]

    return await until(f"{part} 评定", entered)


async def sheet_of(by: User, campus: Campus) -> dict[str, Any]:
    query = {"term_id": campus.term["id"], "path": campus.school_classes[0].path}
    return dict(await by.get("/archive/scores", **query))


async def report(by: User, campus: Campus, kind: str, evidence: Sequence[str] = (), **data: Any) -> dict[str, Any]:
    """A record that is handed in."""
    content = {"data": {"on_day": "2026-03-05", **data}, "evidence": list(evidence)}
    body = {"term_id": campus.term["id"], "kind": kind, **content, "submit": True}
    return dict(await by.post("/records/records", body))


async def confirm(world: World, member: User, committee: User) -> None:
    """The panel says why somebody failed, the committee of the school consents and passes the class on; then it is locked."""
    [campus] = world.campuses
    school_class, student = campus.school_classes[0], campus.pupils[4].student_id
    homeroom, path, term_id = school_class.teacher, school_class.path, campus.term["id"]
    await expect_move(world, campus, homeroom, "pass", path, "reasons_missing")
    reason = {"student_id": student, "dimension": "conduct", "reason": "两次处分尚未撤销，经教育没有改正。"}
    await member.put("/archive/scores/reasons", {"term_id": term_id, "path": path, "reasons": [reason]})
    await move(world, campus, homeroom, "pass", path)
    await move(world, campus, committee, "pass", path)
    await expect_move(world, campus, campus.administrator, "lock", path, "consents_open")
    [asked] = await committee.everything("/archive/score-consents")
    request = {name: asked[name] for name in ("term_id", "student_id", "dimension", "version")}
    done = await committee.post("/archive/score-consents/answers", {"answer": "consent", "note": "", "requests": [request]})
    assert done["results"][0]["ok"], done
    await move(world, campus, campus.administrator, "lock", path)


async def rows_of(pupil: Pupil, campus: Campus) -> dict[str, str]:
    """What a student reads of the own result, by dimension."""
    own = await pupil.user.get("/archive/scores/own", term_id=campus.term["id"])
    return dict(own["scores"][0]["rows"])


async def dispute(world: World, pupil: Pupil, types: tuple[str, str], by: tuple[User, User], grades: dict[str, str]) -> None:
    """The school keeps the result; the level above corrects it on appeal, of which the archive hears."""
    [campus] = world.campuses
    page = await until("公示", partial(seen, pupil.user, campus))
    [own] = [one for one in page if one["own"]]
    for case_type, decider, answer in (
        (types[0], by[0], {"action": "keep", "text": ANSWER}),
        (types[1], by[1], {"action": "correct", "text": ANSWER, "grades": grades}),
    ):
        body = {"result_id": own["result_id"], "case_type": case_type, "text": STATEMENT, "files": []}
        case = await pupil.user.post("/publicity/cases", body)
        await decider.post(f"/publicity/cases/{case['case_id']}/actions", answer)


async def seal(world: World, windows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The contents of the sealed archives, one for each student, after the timetable has come to its end."""
    [campus] = world.campuses
    await timetable.change_timetable(campus, list(windows), "公示结束")
    await archives.seal_terms(world, {campus.path: STUDENTS})
    await archives.verify(world)
    assert world.problems == []
    found = []
    for pupil in campus.pupils:
        [archive] = await pupil.user.everything("/archive/archives", term_id=campus.term["id"])
        found.append(dict(await pupil.user.get(f"/archive/archives/{archive['id']}/content")))
    return found


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def zhijiang(platform: Platform) -> AsyncIterator[World]:
    world = await begin(platform, 11, ZHIJIANG)
    yield world
    await world.gateway.http.close()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def jinguan(platform: Platform) -> AsyncIterator[World]:
    world = await begin(platform, 12, JINGUAN)
    yield world
    await world.gateway.http.close()


@pytest.mark.feature("X-01", "X-15")
async def test_items_with_different_bands_are_graded_by_a_panel_and_confirmed_by_a_committee(zhijiang: World) -> None:
    [campus] = zhijiang.campuses
    school_class, pupils = campus.school_classes[0], campus.pupils
    ids = [pupil.student_id for pupil in pupils]
    path, homeroom, committee = school_class.path, school_class.teacher, campus.staff["学校评价委员会"]
    panel = [
        await organisations.hire(
            zhijiang, campus.administrator, path, "class_panel", f"评价小组{number}", phone_of(zhijiang, number)
        )
        for number in (51, 52)
    ]
    examiners = await organisations.hire(
        zhijiang, zhijiang.regional["市管理员"], zhijiang.regional["市管理员"].session["card"]["path"], "city_examiners",
        "市教育考试院", phone_of(zhijiang, 53),
    )  # fmt: skip
    opened = open_now("publicity", "panel_grade")
    earlier = campus.term = await a_term(campus, 1, opened)
    graded = {(one, name): "B" if at < 3 else "C" for at, one in enumerate(ids) for name in ("sports", "arts", "innovation")}
    passed = {(one, "conduct"): "P" for one in ids}

    # a term: every member for themself, each item with its own bands; other parts belong to the last term
    assert await enter(panel[0], earlier, "panel", {(ids[0], "conduct"): "A"}) == ["班级评价小组评定：请选择P、E"]
    assert await enter(panel[0], earlier, "last_panel", {(ids[0], "arts"): "A"}) == ["这个班本学期没有“本学期班级评价小组评定”"]
    for member in panel:
        grades = {**graded, **passed, (ids[1], "arts"): "A", (ids[4], "conduct"): "E"}
        assert set(await enter(member, earlier, "panel", grades)) == {None}
    sheet = await sheet_of(homeroom, campus)
    assert [part["id"] for part in sheet["parts"]] == ["panel"]
    assert {band["id"]: band["dimensions"] for band in sheet["bands"]}["P"] == ["conduct"]
    await confirm(zhijiang, panel[0], committee)
    assert await rows_of(pupils[4], campus) == {
        "品德表现": "E（不合格）", "运动健康": "C（C等）", "艺术素养": "C（C等）", "创新实践": "C（C等）",
    }  # fmt: skip

    # the last term: earlier years weigh, so that the E of one term stays, and is confirmed once more
    record = await report(
        pupils[0].user, campus, "service", name="清理河道", account="和同学一起清理河道两岸的垃圾，认识了治水的意义。"
    )
    assert record["state"] == "approved", "nobody reviews before publicity"
    campus.term = await a_term(campus, 2, opened)
    for member in panel:
        assert set(await enter(member, campus.term, "last_panel", {**graded, **passed})) == {None}
    sheet = await sheet_of(homeroom, campus)
    bands = {row["student_id"]: {one["dimension"]: one["band"] for one in row["dimensions"]} for row in sheet["rows"]}
    assert bands[ids[4]] == {"conduct": "E", "sports": "C", "arts": "C", "innovation": "C"}
    assert bands[ids[1]]["arts"] == "A", "95 weighs 80 %, 80 weighs 20 %"
    await confirm(zhijiang, panel[0], committee)
    assert await rows_of(pupils[1], campus) == {
        "品德表现": "P（合格）", "运动健康": "B（B等）", "艺术素养": "A（A等）", "创新实践": "B（B等）",
    }  # fmt: skip

    # published at school; the city corrects within the bands of the item
    show = [*opened, window("show", now() - hours(1), now() + hours(24))]
    await timetable.change_timetable(campus, show, "开始公示")
    await dispute(zhijiang, pupils[0], ("reconsider", "city_appeal"), (committee, examiners), {"sports": "C"})
    ended = [window(name, now() - hours(3), now()) for name in ("publicity", "panel_grade", "show")]
    [content, *_] = await seal(zhijiang, ended)
    assert dict(content["scores"][-1]["rows"])["运动健康"] == "C（C等）"


@pytest.mark.feature("X-01", "X-15")
async def test_three_years_of_self_peers_tutors_and_points_make_a_total_by_the_number_of_a(jinguan: World) -> None:
    [campus] = jinguan.campuses
    school_class, pupils = campus.school_classes[0], campus.pupils
    ids, path, tutor, office = (
        [one.student_id for one in pupils],
        school_class.path,
        school_class.teacher,
        campus.staff["德育处"],
    )
    second = await organisations.hire(jinguan, campus.administrator, path, "tutor", "第二导师", phone_of(jinguan, 51))
    above = jinguan.regional["区管理员"]
    ruling = await organisations.hire(
        jinguan, above, above.session["card"]["path"], "district_office", "区综评办", phone_of(jinguan, 52)
    )
    opened = open_now("self_rate", "peer_rate", "tutor_rate")
    dimensions = ("morality", "learning", "health", "arts", "practice")

    async def rate(pupil: Pupil, own: str, mates: str) -> None:
        version, term_id = None, campus.term["id"]
        for name in dimensions:
            body = {"term_id": term_id, "type": "self_rating", "dimension": name, "choice": own}
            version = (await pupil.user.put("/archive/evaluations/self", body, version=version))["version"]
        sheet = await pupil.user.get("/archive/peer-evaluations", term_id=term_id)
        answers = [{"dimension": name, "choice": mates} for name in dimensions]
        cards = [{"student_id": mate["student_id"], "answers": answers} for mate in sheet["cards"]]
        assert len(cards) == STUDENTS - 1
        await pupil.user.put("/archive/peer-evaluations", {"term_id": term_id, "cards": cards})
        await pupil.user.post("/archive/peer-evaluations/submission", {"term_id": term_id})

    async def a_whole_term(number: int, scores: Sequence[int]) -> None:
        """Everybody rates, both tutors score each student, the office locks."""
        campus.term = await a_term(campus, number, opened)
        values = {(one, name): str(scores[at]) for at, one in enumerate(ids) for name in dimensions}
        for by in (tutor, second):
            assert set(await enter(by, campus.term, "tutors", values)) == {None}
        for pupil in pupils:
            await rate(pupil, "b", "b")

    # 80 from themselves and classmates; 16 + 24 + half of the tutors' score
    await a_whole_term(1, [90, 90, 60, 60, 60])
    await move(jinguan, campus, tutor, "pass", path)
    await move(jinguan, campus, office, "lock", path)
    assert await rows_of(pupils[0], campus) == dict.fromkeys(
        ("思想品德", "学业水平", "身心健康", "艺术素养", "社会实践"), "A（优秀）"
    ) | {"总评": "A（优秀）"}
    assert (await rows_of(pupils[2], campus))["总评"] == "B（良好）"

    # the last term: points of a reviewed activity, of which a city's counts more, and a sanction that takes points off
    await a_whole_term(2, [90, 80, 60, 60, 60])
    picture = await pupils[2].user.send_file("/records/evidence", "活动.jpg", "image/jpeg", sample_files.photograph(3, "", ""))
    made = await report(pupils[2].user, campus, "volunteering", [picture], name="垃圾分类", level="city")
    await tutor.post("/records/reviews", {"record_ids": [made["id"]], "action": "approve"})
    await office.post("/records/records", {
        "term_id": campus.term["id"], "kind": "sanction", "student_id": ids[1], "submit": True,
        "data": {"name": "警告", "on_day": "2026-03-05"},
    })  # fmt: skip

    async def counted() -> dict[str, dict[str, float]] | None:
        found = {row["student_id"]: row["dimensions"][0]["values"] for row in (await sheet_of(tutor, campus))["rows"]}
        return found if found[ids[2]].get("key") == 4 and found[ids[1]].get("sanctions") == -30 else None

    values = await until("积分和处分计入", counted)
    assert values[ids[1]] | {"years": 0} == {"self": 80, "peers": 80, "tutors": 80, "key": 0, "sanctions": -30, "years": 0}
    # only grade 9 has results: the mean of its two terms, 85 and 80 - 30
    sheet = {row["student_id"]: row for row in (await sheet_of(tutor, campus))["rows"]}
    assert (sheet[ids[1]]["dimensions"][0]["score"], sheet[ids[1]]["dimensions"][0]["band"]) == (67.5, "C")
    assert (sheet[ids[1]]["total"], sheet[ids[1]]["band"]) == (None, "B"), "one C: not an A"
    assert sheet[ids[0]]["band"] == "A"
    await move(jinguan, campus, tutor, "pass", path)
    await move(jinguan, campus, office, "lock", path)

    # the class, then the school; the district corrects a dimension, and the total follows
    await timetable.change_timetable(campus, [*opened, *open_now("class_publicity")], "班级公示")
    await dispute(jinguan, pupils[1], ("objection", "district_appeal"), (office, ruling), {"morality": "B"})
    ended = [window(name, now() - hours(3), now() - hours(1)) for name in ("self_rate", "peer_rate", "tutor_rate")]
    end = now()
    ended += [window("class_publicity", end - hours(2), end), window("school_publicity", end, end + timedelta(seconds=1))]
    contents = await seal(jinguan, ended)
    held = [dict(content["scores"][-1]["rows"]) for content in contents]
    assert [one["总评"] for one in held] == ["A（优秀）", "B（良好）", "B（良好）", "B（良好）", "B（良好）"]
    assert held[1]["思想品德"] == "B（良好）"
