"""Locked results are published in steps, objected to, appealed against at the county, and settled (X-15)."""

from datetime import timedelta
from typing import Any

import pytest
from contracts.archive import ScoresCorrectedV1, ScoresUnlockedV1
from contracts.publicity import CaseClosedV2, CaseOpenedV2, ResultAmendedV1, ResultsSettledV1
from county_school import ANSWER, CLASS, COUNTY, IN_CLASS, IN_SCHOOL, LOCKED, OTHER, OVER, SCHOOL, County, a_window, graded
from publicity.app import SERVICE
from servicekit.ids import new_id
from servicekit.testing import a_service, an_actor

NAMES = ["学生0", "学生1", "学生2", "学生3"]


@pytest.mark.feature("X-15", "X-09")
async def test_a_locked_class_is_published_to_the_class_then_to_the_school_for_working_days_then_to_nobody(parts: Any) -> None:
    async with a_service(SERVICE, parts, storage=True) as kit:
        county = await County(kit).begin()
        kit.at(IN_CLASS)
        assert sorted(await county.seen(county.pupils[0])) == NAMES[:3]
        assert sorted(await county.seen(county.parent(3))) == NAMES[3:]
        assert sorted(await county.seen(county.panel)) == NAMES, "the staff of the school see every class"
        page = (await county.board(county.pupils[0])).json
        own = next(one for one in page["items"] if one["own"])
        assert (own["step_title"], own["ends"]) == ("班级公示", "2027-05-12T15:59:59Z")
        assert [(g["title"], g["band_title"], g["score"]) for g in own["grades"]][:2] == [
            ("思想品德", "良好", None), ("学业水平", "良好", None),
        ]  # fmt: skip
        kit.at(IN_SCHOOL)
        assert sorted(await county.seen(county.pupils[3])) == NAMES
        [last] = {one["ends"] for one in (await county.board(county.parent())).json["items"]}
        assert last == "2027-05-21T15:59:59Z", "seven working days, without the weekend"
        for stranger in (an_actor("class_teacher", f"{COUNTY}.s2.g2024.c01"), an_actor("subject_teacher", CLASS)):
            assert await county.seen(stranger) in (["not_found"], ["forbidden"])
        assert (await county.board(county.pupils[0], path=f"{COUNTY}.s2")).code == "not_found"
        kit.at(OVER)
        assert await county.seen(county.pupils[0]) == await county.seen(county.panel) == ["window_closed"]
        async with kit.deps.db.reading() as tx:
            looks = await tx.fetchval("SELECT count(*) FROM board_looks WHERE kind = 'result' AND account_id = $1",
                                      county.pupils[3].account_id)  # fmt: skip
        assert looks == 2, "each class that was looked at"


@pytest.mark.feature("X-15", "X-02")
async def test_the_windows_of_a_timetable_say_when_each_step_is(parts: Any) -> None:
    async with a_service(SERVICE, parts, storage=True) as kit:
        first, second = LOCKED + timedelta(days=4), LOCKED + timedelta(days=8)
        windows = (a_window("class_publicity", first, 2), a_window("result_publicity", second, 10))
        county = await County(kit, windows).begin()
        assert await county.seen(county.pupils[0]) == ["window_closed"]
        kit.at(first)
        assert sorted(await county.seen(county.pupils[0])) == NAMES[:3]
        home = (await kit.as_(county.parent()).get("/home")).json
        assert [(one["operation"], one["title"]) for one in home["now"]] == [("class_publicity", "结果班级公示")], (
            "not that one may object or appeal, which depends on a result and an outcome"
        )
        assert [one["operation"] for one in home["next"]] == ["result_publicity"]
        kit.at(second - timedelta(hours=1))
        assert await county.seen(county.pupils[0]) == ["window_closed"]
        kit.at(second)
        assert sorted(await county.seen(county.pupils[0])) == NAMES


@pytest.mark.feature("X-15")
async def test_an_unlocked_class_is_withdrawn_and_published_anew_when_it_is_locked_again(parts: Any) -> None:
    async with a_service(SERVICE, parts, storage=True) as kit:
        county = await County(kit).begin()
        unlocked = ScoresUnlockedV1(term_id=county.term.term_id, path=CLASS, version=4, at=IN_CLASS)
        kit.at(IN_CLASS)
        await kit.receive(unlocked)
        assert await county.seen(county.pupils[0]) == ["window_closed"]
        await county.lock(CLASS, 3)
        assert await county.seen(county.pupils[0]) == ["window_closed"], "an older lock changes nothing"
        await county.lock(CLASS, 5, *(graded(p.student_id, health="A") for p in county.pupils[:2]))
        assert sorted(await county.seen(county.pupils[0])) == NAMES[:2]
        await kit.receive(unlocked)
        assert sorted(await county.seen(county.pupils[0])) == NAMES[:2]


@pytest.mark.feature("X-15", "X-08")
async def test_a_family_objects_the_school_keeps_and_the_county_corrects_with_reasons_for_both(parts: Any) -> None:
    async with a_service(SERVICE, parts, storage=True) as kit:
        county = await County(kit).begin()
        kit.at(IN_SCHOOL)
        foreign = await county.object(0, by=county.pupils[1], result_id=await county.result_id(0))
        assert (foreign.status, foreign.code) == (403, "forbidden"), "only the family"
        early = await county.object(0, case_type="county_appeal")
        assert (early.code, early.json["rule"]) == ("wrong_state", "X-15")
        filed = await county.object(0, by=county.parent())
        assert filed.status == 201, filed.body
        case = filed.json
        assert (case["about"], case["kind_title"], case["stage_title"]) == ("result", "综合素质评价结果", "学校处理")
        assert case["title"] == "2026—2027学年第二学期综合素质评价结果"
        assert (await county.object(0, by=county.parent())).code == "case_open_already"
        for stranger in (county.pupils[1], county.pupils[3], an_actor("school_panel", f"{COUNTY}.s2")):
            assert (await kit.as_(stranger).get(f"/cases/{case['case_id']}")).code == "not_found"
        detail = (await kit.as_(county.panel).get(f"/cases/{case['case_id']}")).json
        assert [one["id"] for one in detail["result"]["bands"]] == ["A", "B", "C", "D"]
        assert [one["needs"] for one in detail["actions"]] == [["grades", "text"], ["text"]]
        assert "complainant" not in detail
        assert (await county.act(county.office, case["case_id"], "keep")).code == "not_found"
        kept = await county.act(county.panel, case["case_id"], "keep")
        assert (kept.json["outcome_title"], kept.json["reason"]) == ("维持原结果", ANSWER)

        [row] = (await kit.as_(county.pupils[0]).get("/appeals")).json["items"]
        assert (row["state_title"], row["button"]) == ("待向县申诉", "向县里申诉")
        appeal = (await county.object(0, case_type="county_appeal")).json
        assert appeal["stage_title"] == "县级处理"
        assert (await county.object(0, case_type="county_appeal")).code == "appealed_already"
        assert (await county.act(county.panel, appeal["case_id"], "keep")).code == "not_found", "the school does not decide it"
        empty = await county.act(county.office, appeal["case_id"], "correct")
        assert (empty.code, empty.json["errors"][0]["field"]) == ("invalid_input", "grades")
        same = await county.act(county.office, appeal["case_id"], "correct", grades={"health": "B"})
        wrong = await county.act(county.office, appeal["case_id"], "correct", grades={"health": "E"})
        stray = await county.act(county.office, appeal["case_id"], "keep", grades={"health": "A"})
        assert same.code == wrong.code == stray.code == "invalid_input"
        done = await county.act(county.office, appeal["case_id"], "correct", grades={"health": "A"})
        assert (done.status, done.json["outcome_title"]) == (200, "更正结果"), done.body
        [amended] = await kit.events(ResultAmendedV1)
        assert (amended.grades, amended.reason, amended.path) == ({"health": "A"}, ANSWER, CLASS)
        own = next(one for one in (await county.board(county.parent())).json["items"] if one["own"])
        assert {g["dimension"]: g["band"] for g in own["grades"]}["health"] == "A"
        closed = await kit.events(CaseClosedV2)
        assert [(c.about, c.outcome, c.reason) for c in closed] == [("result", "keep", ANSWER), ("result", "amend", ANSWER)]
        assert len({c.complainant for c in closed}) == 2, "told to each who filed"
        assert {c.about for c in await kit.events(CaseOpenedV2)} == {"result"}
        corrected = graded(county.pupils[0].student_id, health="A", arts="C")
        await kit.receive(
            ScoresCorrectedV1(
                term_id=county.term.term_id, path=CLASS, title="", version=4, case_id=amended.case_id, result=corrected,
                reason=ANSWER, at=IN_SCHOOL,
            )
        )  # fmt: skip
        own = next(one for one in (await county.board(county.parent())).json["items"] if one["own"])
        assert {g["dimension"]: g["band"] for g in own["grades"]}["arts"] == "C", "what the archive says is shown"


@pytest.mark.feature("X-15")
async def test_an_appeal_comes_within_five_working_days_of_the_answer_and_an_objection_while_published(parts: Any) -> None:
    async with a_service(SERVICE, parts, storage=True) as kit:
        county = await County(kit).begin()
        kit.at(IN_SCHOOL)
        results = [await county.result_id(number) for number in range(4)]
        cases = [(await county.object(number)).json["case_id"] for number in (0, 1)]
        for case_id in cases:
            assert (await county.act(county.panel, case_id, "keep")).status == 200
        kit.at(IN_SCHOOL + timedelta(days=7))  # Thursday to Thursday: the fifth working day
        assert (await county.object(0, result_id=results[0], case_type="county_appeal")).status == 201
        kit.at(IN_SCHOOL + timedelta(days=8))
        late = await county.object(1, result_id=results[1], case_type="county_appeal")
        assert (late.code, late.json["detail"]) == ("window_closed", "已超过处理结果告知后5个工作日的期限")
        kit.at(OVER)
        over = await county.object(2, result_id=results[2])
        assert (over.code, over.json["rule"]) == ("result_not_published", "X-08")
        assert (await county.object(2, by=county.pupils[3], result_id=results[2])).code == "not_found"


@pytest.mark.feature("X-15", "JX-10")
async def test_the_school_and_the_county_list_objections_page_by_page_and_by_class(parts: Any) -> None:
    async with a_service(SERVICE, parts, storage=True) as kit:
        county = await County(kit).begin()
        kit.at(IN_SCHOOL)
        cases = [(await county.object(number)).json["case_id"] for number in (0, 1, 3)]

        async def listed(by: Any, **more: Any) -> Any:
            return (await kit.as_(by).get("/cases", **more)).json

        page = await listed(county.panel, limit=1)
        assert page["classes"] == [
            {"path": CLASS, "title": "高一1班", "cases": 2}, {"path": OTHER, "title": "高一2班", "cases": 1},
        ]  # fmt: skip
        rest = await listed(county.panel, limit=5, cursor=page["next"])
        assert {one["case_id"] for one in (*page["items"], *rest["items"])} == set(cases)
        assert rest["classes"] == [], "on the first page only"
        of_class = await listed(county.panel, path=OTHER)
        assert [(one["case_id"], one["class_title"]) for one in of_class["items"]] == [(cases[2], "高一2班")]
        assert len(of_class["classes"]) == 2, "to choose another"
        assert (await listed(county.office))["classes"] == [], "nothing waits for the county yet"
        assert (await listed(county.office, waiting="false"))["items"] == []
        stranger = await kit.as_(county.panel).get("/cases", path=f"{COUNTY}.s2")
        assert (stranger.status, stranger.code) == (404, "not_found")
        family = await listed(county.parent())
        assert (family["classes"], family["items"][0]["class_title"]) == ([], None)
        for number in (0, 2):
            assert (await county.act(county.panel, cases[number], "keep")).status == 200
        for number in (0, 3):
            assert (await county.object(number, case_type="county_appeal")).status == 201
        above = await listed(county.office)
        assert [one["title"] for one in above["classes"]] == ["东湖一中 高一1班", "东湖一中 高一2班"]
        assert [one["student_name"] for one in (await listed(county.office, path=CLASS))["items"]] == ["学生0"]
        assert len((await listed(county.office, path=SCHOOL))["items"]) == 2


@pytest.mark.feature("X-15")
async def test_a_correction_that_breaks_the_share_of_the_school_is_refused_where_it_is_decided(parts: Any) -> None:
    async with a_service(SERVICE, parts, storage=True) as kit:
        county = County(kit)
        first = [graded(county.pupils[0].student_id, health="A"), *(graded(p.student_id) for p in county.pupils[1:3])]
        await county.begin(*first)
        kit.at(IN_SCHOOL)
        case_id = (await county.object(1)).json["case_id"]
        full = await county.act(county.panel, case_id, "correct", grades={"health": "A"})
        assert (full.code, full.json["rule"]) == ("share_full", "X-15")
        assert full.json["detail"] == "身心健康 优秀：学校已锁定4人，最多1人，现有1人，没有空余名额；不能更正为这一等级"
        assert await kit.events(ResultAmendedV1) == []
        free = await county.act(county.panel, case_id, "correct", grades={"morality": "A", "arts": "A"})
        assert free.status == 200, "no limit in the fifth dimension, and a seat is left in the other"
        unlocked = ScoresUnlockedV1(term_id=county.term.term_id, path=OTHER, version=4, at=IN_SCHOOL)
        other = (await county.object(3)).json["case_id"]
        await kit.receive(unlocked)
        waits = await county.act(county.panel, other, "correct", grades={"study": "C"})
        assert (waits.code, waits.json["detail"]) == ("wrong_state", "这个班的成绩已解锁，重新锁定后才能更正")


@pytest.mark.feature("X-15", "JX-13")
async def test_results_are_final_after_publicity_the_last_case_and_the_time_to_appeal(parts: Any) -> None:
    async with a_service(SERVICE, parts, storage=True) as kit:
        county = await County(kit).begin()
        kit.at(IN_SCHOOL + timedelta(days=6))
        await kit.tick()
        assert await kit.events(ResultsSettledV1) == []
        case_id = (await county.object(0)).json["case_id"]
        kit.at(OVER)
        await kit.tick()
        [other] = await kit.events(ResultsSettledV1)
        assert (other.path, other.version, other.amended) == (OTHER, 3, 0)
        assert (await county.act(county.panel, case_id, "correct", grades={"arts": "C"})).status == 200
        await kit.tick()
        assert len(await kit.events(ResultsSettledV1)) == 1, "one may still appeal"
        kit.at(OVER + timedelta(days=8))
        await kit.tick()
        [_, settled] = await kit.events(ResultsSettledV1)
        assert (settled.path, settled.version, settled.amended) == (CLASS, 3, 1)


@pytest.mark.feature("X-08", "X-15")
async def test_who_objected_is_sealed_and_opened_only_by_the_role_of_the_scheme(parts: Any) -> None:
    async with a_service(SERVICE, parts, storage=True) as kit:
        county = await County(kit).begin()
        kit.at(IN_SCHOOL)
        case_id = (await county.object(0, by=county.parent())).json["case_id"]
        url = f"/cases/{case_id}/complainant"
        assert (await kit.as_(county.panel).post(url, {"reason": "需要核实情况"})).code == "forbidden"
        opened = await kit.as_(county.office).post(url, {"reason": "需要核实情况"})
        assert opened.status == 200, opened.body
        async with kit.deps.db.reading() as tx:
            stored = await tx.fetchrow("SELECT * FROM cases WHERE id::text = $1", case_id)
            assert str(county.pupils[0].account_id) not in str(dict(stored))
        assert (
            await kit.as_(county.pupils[0]).post("/cases", {"result_id": str(new_id()), "text": "没有这个结果可以反映"})
        ).code == ("not_found")
        assert SCHOOL in stored["path"]
