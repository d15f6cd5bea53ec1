"""Scores at a school: entered, adjusted, handed over, checked, locked, unlocked, and sealed (BJ-10, BJ-11)."""

import asyncio
import json
from decimal import Decimal
from typing import Any

import pytest
from archive.store import scores as store
from archive.store.terms import students_of
from contracts.archive import ScoresLockedV1
from scheme.results import Share

from .rule_builders import scheme
from .scored import CLASS, DISTRICT, ENDS, GRADE, OTHER, SCHOOL, a_scored_school, staff

REASON = "两名同学的加分需要核对"


@pytest.mark.feature("BJ-10", "BJ-11", "BJ-06")
async def test_self_group_and_teacher_make_a_score_that_families_see_once_it_is_locked(parts: Any) -> None:
    async with a_scored_school(parts) as school:
        await school.fill()
        bonus = await school.adjust(school.group, 0, "5")
        assert (bonus.status, bonus.json["points"]) == (201, 5)
        sheet = await school.sheet(school.teacher)
        assert [row["student_name"] for row in sheet["rows"]] == ["高小一", "高小二"]
        first = sheet["rows"][0]
        assert first["dimensions"][0] == {
            "dimension": "morality", "values": {"self": 70, "group": 80, "teacher": 70, "bonus": 5}, "score": 78, "band": "B",
            "left_out": [], "unsettled": [],
        }  # fmt: skip
        assert (first["total"], first["band"], sheet["state"], sheet["actions"]) == (73.8, "B", "待班主任提交", ["pass"])
        own = (await school.guardian().get("/scores/own", term_id=school.term_id)).json
        assert (own["locked"], own["scores"]) == (False, [])
        assert [(a["points"], a["reason"], a["author_name"]) for a in own["adjustments"]] == [(5, "组织年级爱心义卖", None)]
        await school.lock()
        [locked] = await school.kit.events(ScoresLockedV1)
        assert (locked.path, locked.version) == (CLASS, 3)
        own = (await school.student().get("/scores/own", term_id=school.term_id)).json
        assert own["scores"][0]["rows"][0] == ["道德品质", "70", "80", "70", "5", "78", "B（良好）"]
        assert own["scores"][0]["rows"][-1] == ["总评", "", "", "", "", "73.8", "B（良好）"]
        other = (await school.student(2).get("/scores/own", term_id=school.term_id)).json
        assert (other["locked"], other["adjustments"]) == (False, [])


@pytest.mark.feature("BJ-10", "X-13")
async def test_each_value_is_judged_for_itself_and_wrong_ones_name_what_is_wrong(parts: Any) -> None:
    async with a_scored_school(parts) as school:
        [good] = await school.enter(school.teacher, "teacher", {0: "88"}, dimension="health")
        assert (good["ok"], good["value"], good["version"]) == (True, 88, 1)
        high, elsewhere = await school.enter(school.teacher, "teacher", {1: "188", 2: "80"}, dimension="health")
        assert (high["code"], high["detail"]) == ("invalid_input", "班主任评分：应在0到100之间")
        assert elsewhere["code"] == "not_found"
        [dimension] = await school.enter(school.teacher, "teacher", {0: "88"}, dimension="nothing")
        assert (dimension["code"], dimension["detail"]) == ("invalid_input", "请指明维度")
        [unseen] = await school.enter(school.teacher, "teacher", {0: "90"}, dimension="health")
        [stale] = await school.enter(school.teacher, "teacher", {0: "90"}, dimension="health", version=7)
        [same] = await school.enter(school.teacher, "teacher", {0: "88"}, dimension="health")
        [changed] = await school.enter(school.teacher, "teacher", {0: "90"}, dimension="health", version=1)
        assert (unseen["code"], stale["code"]) == ("version_required", "stale_version")
        assert (same["version"], changed["version"]) == (1, 2)
        for caller, part in ((school.group, "teacher"), (school.subject, "teacher"), (school.teacher, "group")):
            assert (await school.enter(caller, part, {0: "50"})).code == "forbidden"
        for caller in (school.student(), school.guardian()):
            assert (await school.enter(caller, "teacher", {0: "100"})).code == "forbidden"
        assert (await school.enter(school.teacher, "self", {0: "50"})).code == "invalid_input"
        school.kit.at(ENDS)
        [late] = await school.enter(school.teacher, "teacher", {1: "80"}, dimension="health")
        assert late["code"] == "window_closed"


@pytest.mark.feature("BJ-10")
async def test_a_bonus_needs_its_reason_and_a_withdrawn_one_stays_visible_and_counts_no_more(parts: Any) -> None:
    async with a_scored_school(parts) as school:
        assert (await school.adjust(school.teacher, 0, "5")).code == "forbidden"
        assert (await school.adjust(school.group, 2, "5")).code == "not_found"
        for points, reason in (("5", "好"), ("0", "组织年级爱心义卖"), ("11", "组织年级爱心义卖"), ("多", "组织年级爱心义卖")):
            assert (await school.adjust(school.group, 0, points, reason)).code == "invalid_input"
        given = (await school.adjust(school.group, 0, "-3", "三次缺席集体活动")).json
        url = f"/scores/adjustments/{given['adjustment_id']}/withdrawal"
        assert (await school.teacher.post(url, {"reason": "核实后撤销"})).code == "forbidden"
        assert (await school.kit.as_(staff("supervision_group", OTHER)).post(url, {"reason": "核实后撤销"})).code == "not_found"
        done = (await school.group.post(url, {"reason": "核实后撤销"})).json
        assert (done["withdrawn_because"], (await school.group.post(url, {"reason": "再次撤销"})).json) == ("核实后撤销", done)
        own = (await school.guardian().get("/scores/own", term_id=school.term_id)).json
        assert [(a["reason"], a["withdrawn_because"]) for a in own["adjustments"]] == [("三次缺席集体活动", "核实后撤销")]
        [row, _] = (await school.sheet(school.group))["rows"]
        assert "bonus" not in row["dimensions"][0]["values"]


@pytest.mark.feature("BJ-10", "X-13")
async def test_a_class_is_handed_over_complete_checked_returned_locked_and_unlocked_with_reasons(parts: Any) -> None:
    async with a_scored_school(parts) as school:
        [early] = await school.move(school.teacher, "pass", (CLASS, 0))
        assert early["code"] == "scores_missing"
        assert early["detail"].startswith("学生自评还缺2人（高小一、高小二）")
        await school.fill()
        [passed] = await school.move(school.teacher, "pass", (CLASS, 0))
        assert (passed["ok"], passed["state"], passed["version"]) == (True, "待年级审核", 1)
        [todo] = (await school.head.get("/home")).json["todo"]
        assert (todo["id"], todo["title"], todo["count"]) == ("score_sheets", "待年级审核的班级", 1)
        assert [one["id"] for one in (await school.office.get("/home")).json["todo"]] == []
        [closed] = await school.enter(school.teacher, "teacher", {0: "99"}, dimension="health", version=1)
        assert (closed["code"], (await school.adjust(school.group, 0, "5")).code) == ("wrong_state", "wrong_state")
        [stale], [no] = await school.move(school.head, "pass", (CLASS, 0)), await school.move(school.office, "lock", (CLASS, 1))
        assert (stale["code"], no["code"], no["detail"]) == (
            "stale_version",
            "wrong_state",
            "当前状态：待年级审核，由年级主任办理",
        )
        [short] = await school.move(school.head, "return", (CLASS, 1))
        [back] = await school.move(school.head, "return", (CLASS, 1), reason=REASON)
        assert (short["code"], back["state"]) == ("invalid_input", "待班主任提交")
        [changed] = await school.enter(school.teacher, "teacher", {0: "99"}, dimension="health", version=1)
        assert changed["ok"]
        await school.lock()
        sheet = await school.sheet(school.admin)
        assert (sheet["locked"], sheet["state"], sheet["actions"]) == (True, "已锁定", ["unlock"])
        assert [(m["action"], m["role"], m["reason"]) for m in sheet["moves"]] == [
            ("lock", "学生处", ""), ("pass", "年级主任", ""), ("pass", "班主任", ""), ("return", "年级主任", REASON),
            ("pass", "班主任", ""),
        ]  # fmt: skip
        [kept] = await school.enter(school.teacher, "teacher", {0: "60"}, dimension="health", version=2)
        assert kept["code"] == "wrong_state"
        [no] = await school.move(school.office, "unlock", (CLASS, sheet["version"]), reason=REASON)
        assert no["code"] == "wrong_state"
        [open_] = await school.move(school.admin, "unlock", (CLASS, sheet["version"]), reason=REASON)
        assert open_["ok"]
        assert not (await school.student().get("/scores/own", term_id=school.term_id)).json["locked"]
        async with school.kit.deps.db.reading() as tx:
            assert await tx.fetchval("SELECT count(*) FROM locked_scores") == 2, "what was locked once is kept"


@pytest.mark.feature("BJ-10")
async def test_nothing_is_entered_while_a_class_is_handed_over(parts: Any) -> None:
    async with a_scored_school(parts) as school:
        await school.fill()
        term_id = school.term.term_id
        async with school.kit.deps.db.transaction() as tx:
            [sheet] = (await store.lock_sheets(tx, term_id, [CLASS], to_change=True)).values()
            entering = asyncio.create_task(school.enter(school.teacher, "teacher", {0: "99"}, dimension="health", version=1))
            assert not (await asyncio.wait({entering}, timeout=1))[0], "it waits for whoever hands over"
            await tx.execute(
                "UPDATE score_sheets SET step = 1, version = $3 WHERE term_id = $1 AND path = $2::ltree",
                term_id, CLASS, sheet.version + 1,
            )  # fmt: skip
        [late] = await entering
        assert late["code"] == "wrong_state"


@pytest.mark.feature("X-15")
async def test_a_share_of_the_school_stops_the_class_that_would_exceed_it(parts: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    async with a_scored_school(parts) as school:
        limit = Share(bands=("A",), at_most=Decimal("0.4"), of="school", dimensions=("morality",))
        beijing = scheme("beijing")
        limited = beijing.model_copy(update={"result": beijing.result.model_copy(update={"shares": (limit,)})})  # type: ignore[union-attr]
        monkeypatch.setattr(type(school.kit.deps.schemes), "get", lambda *_: limited)
        await school.fill(CLASS, "95", "95")
        await school.fill(OTHER)
        shares = (await school.sheet(school.teacher))["shares"]
        assert [(one["of"], one["students"], one["taken"], one["seats"]) for one in shares] == [("school", 3, 2, 1)]
        await school.move(school.teacher, "pass", (CLASS, 0))
        await school.move(school.kit.as_(staff("class_teacher", OTHER)), "pass", (OTHER, 0))
        await school.move(school.head, "pass", (CLASS, 1), (OTHER, 1))
        for refused in await school.move(school.office, "lock", (CLASS, 2), (OTHER, 2)):
            assert (refused["code"], refused["detail"]) == (
                "shares_exceeded",
                "道德品质 A（优秀）：学校3人最多1人，现有2人",
            )


@pytest.mark.feature("BJ-10", "X-09", "L-07")
async def test_scores_are_read_by_those_who_enter_check_or_see_all_and_by_nobody_elsewhere(parts: Any) -> None:
    async with a_scored_school(parts) as school:
        await school.fill()
        for caller in (school.teacher, school.group, school.subject, school.head, school.office, school.admin):
            assert (await school.sheet(caller))["path"] == CLASS
        district = school.kit.as_(staff("administrator", DISTRICT))
        assert (await school.sheet(district))["actions"] == []
        for caller in (school.student(), school.guardian()):
            assert (await caller.get("/scores", term_id=school.term_id, path=CLASS)).code == "forbidden"
            assert (await caller.get("/score-sheets", term_id=school.term_id)).code == "forbidden"
        far = (
            staff("class_teacher", OTHER),
            staff("administrator", "bj.bj.hd.s2"),
            staff("department_head", f"{SCHOOL}.g2023"),
        )
        for actor in far:
            assert (await school.kit.as_(actor).get("/scores", term_id=school.term_id, path=CLASS)).code == "not_found"
        for path in (GRADE, SCHOOL):
            assert (await school.office.get("/scores", term_id=school.term_id, path=path)).code == "not_found"
        page = (await school.office.get("/score-sheets", term_id=school.term_id, limit=1)).json
        rest = (await school.office.get("/score-sheets", term_id=school.term_id, limit=1, cursor=page["next"])).json
        assert [(one["path"], one["students"]) for one in (*page["items"], *rest["items"])] == [(CLASS, 2), (OTHER, 1)]
        assert rest["next"] is None
        await school.order(OTHER, CLASS)
        page = (await school.office.get("/score-sheets", term_id=school.term_id, limit=1)).json
        rest = (await school.office.get("/score-sheets", term_id=school.term_id, limit=1, cursor=page["next"])).json
        assert [one["path"] for one in (*page["items"], *rest["items"])] == [OTHER, CLASS], "the school's own order (L-07)"
        async with school.kit.deps.db.reading() as tx:
            assert [one.path for one in await students_of(tx, SCHOOL, school.term.term_id)] == [OTHER, CLASS, CLASS]
        mine = (await school.teacher.get("/score-sheets", term_id=school.term_id)).json["items"]
        assert [one["path"] for one in mine] == [CLASS]
        parts_seen = {p["id"]: (p["may_enter"], p["why_not"]) for p in (await school.sheet(school.teacher))["parts"]}
        assert parts_seen["teacher"] == (True, None)
        assert parts_seen["self"] == (False, "取自学生自评")
        assert parts_seen["group"] == (False, "由班级评议小组填写")


@pytest.mark.feature("BJ-10", "BJ-12", "JX-13")
async def test_a_term_is_sealed_once_every_class_is_locked_and_prints_the_scores(parts: Any) -> None:
    async with a_scored_school(parts) as school:
        for path in (CLASS, OTHER):
            await school.fill(path)
        await school.lock()
        url = f"/terms/{school.term_id}"
        preview = (await school.admin.get(f"{url}/preview")).json
        assert [(b["what"], b["message"]) for b in preview["blocks"] if not b["may_go_on"]] == [
            ("results_open", "还有1个班的成绩没有锁定")
        ]
        early = await school.admin.post(f"{url}/seal", {"without_missing": True})
        assert (early.code, early.json["help"], early.json["paths"]) == ("results_open", "请联系学生处", [OTHER])
        await school.lock(OTHER)
        assert (await school.admin.post(f"{url}/seal", {"without_missing": True})).status == 202
        while await school.kit.tick():
            pass
        [archive] = (await school.student().get("/archives", term_id=school.term_id)).json["items"]
        content = (await school.student().get(f"/archives/{archive['id']}/content")).json
        [table] = content["scores"]
        assert table["columns"] == ["维度", "学生自评", "小组评议", "班主任评分", "加分扣分", "得分", "等级"]
        assert table["rows"][-1] == ["总评", "", "", "", "", "73", "B（良好）"]
        assert "高小二" not in json.dumps(content, ensure_ascii=False)
        [no] = await school.move(school.admin, "unlock", (CLASS, 3), reason=REASON)
        assert no["code"] == "wrong_state"
