"""A school panel grades, the district consents to low grades, and only then the class is locked (X-15)."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from contracts.archive import ScoresLockedV1
from contracts.base import RecordSnapshot
from servicekit.ids import new_id
from servicekit.testing import Caller, an_actor

from .graded import EARLIER, PANEL, graded
from .scored import CLASS, DIMENSIONS, DISTRICT, OTHER, SCHOOL, SCORING, ScoredSchool, a_scored_school, staff

REASON = "三次严重违纪，经教育仍未改正，材料见档案"


class GradedSchool:
    """The school with its panel and the office of its district."""

    def __init__(self, school: ScoredSchool) -> None:
        self.school = school
        self.panel = [self.member(f"评委{name}") for name in "甲乙丙"]
        self.office = self.county(DISTRICT)

    def member(self, name: str, **changed: Any) -> Caller:
        """A member of the panel."""
        actor = an_actor("panel", SCHOOL, name=name)
        return self.school.kit.as_(replace(actor, capabilities=frozenset({"evaluate", "see_records"}), **changed))

    def county(self, path: str) -> Caller:
        """An office above schools."""
        actor = an_actor("county_office", path, name="王局长")
        return self.school.kit.as_(replace(actor, capabilities=frozenset({"evaluate"})))

    async def grade(self, path: str, **low: str) -> None:
        """Everybody of the panel gives a B in all dimensions; but these, to the first of the class."""
        numbers = self.school.of(path)
        for member in self.panel:
            for dimension in DIMENSIONS:
                bands = {number: low.get(dimension, "B") if number == numbers[0] else "B" for number in numbers}
                done = await self.school.enter(member, "panel", bands, dimension=dimension)
                assert all(one["ok"] for one in done), done

    async def reason(self, number: int, text: str = REASON, version: int | None = None, caller: Caller | None = None) -> Any:
        """Why a student gets a low grade; how it went."""
        one = {"student_id": self.school.id(number), "dimension": "morality", "reason": text, "version": version}
        body = {"term_id": self.school.term_id, "path": CLASS, "reasons": [one]}
        answer = await (caller or self.panel[0]).put("/scores/reasons", body)
        return answer.json["results"][0] if answer.status == 200 else answer

    async def asked(self, caller: Caller | None = None) -> list[dict[str, Any]]:
        """What waits for an office."""
        found: list[dict[str, Any]] = (await (caller or self.office).get("/score-consents")).json["items"]
        return found

    async def answer(self, answer: str, *requests: dict[str, Any], note: str = "", caller: Caller | None = None) -> Any:
        """Answer requests as listed; how each went."""
        keys = ("term_id", "student_id", "dimension", "version")
        body = {"answer": answer, "note": note, "requests": [{key: one[key] for key in keys} for one in requests]}
        done = await (caller or self.office).post("/score-consents/answers", body)
        assert done.status == 200, done.body
        return done.json["results"]


@asynccontextmanager
async def a_graded_school(servers: Any, monkeypatch: pytest.MonkeyPatch, **result: Any) -> AsyncIterator[GradedSchool]:
    async with a_scored_school(servers) as school:
        scheme = graded(**result)
        monkeypatch.setattr(type(school.kit.deps.schemes), "get", lambda *_: scheme)
        yield GradedSchool(school)


@pytest.mark.feature("X-15", "BJ-10")
async def test_a_low_grade_needs_a_reason_and_the_consent_of_the_district_before_the_lock(
    parts: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with a_graded_school(parts, monkeypatch) as graded_school:
        school, teacher = graded_school.school, graded_school.school.teacher
        await graded_school.grade(CLASS, morality="D")
        [needed] = (await school.sheet(graded_school.panel[0]))["reasons"]
        assert (needed["student_name"], needed["band"], needed["state"], needed["by"]) == ("高小一", "D", "missing", "县教育局")
        [early] = await school.move(teacher, "pass", (CLASS, 0))
        assert (early["code"], early["detail"]) == ("reasons_missing", "还没有写理由：高小一道德品质D（较差）")
        assert (await graded_school.reason(0, "短"))["code"] == "invalid_input"
        assert (await graded_school.reason(1))["code"] == "invalid_input"
        assert (await graded_school.reason(0, caller=school.teacher)).code == "forbidden"
        assert (await graded_school.reason(0))["version"] == 1
        assert await graded_school.asked() == []
        await school.move(teacher, "pass", (CLASS, 0))
        await school.move(school.head, "pass", (CLASS, 1))
        [blocked] = await school.move(school.office, "lock", (CLASS, 2))
        assert (blocked["code"], blocked["help"]) == ("consents_open", "请联系县教育局")
        [request] = await graded_school.asked()
        assert (request["reason"], request["may_answer"], request["class_title"]) == (REASON, True, "（1）班")
        todo = (await graded_school.office.get("/home")).json["todo"]
        assert [(one["id"], one["count"]) for one in todo] == [("score_consents", 1)]
        elsewhere = graded_school.county("bj.bj.cy")
        assert await graded_school.asked(elsewhere) == []
        for caller, code in ((elsewhere, "not_found"), (graded_school.panel[0], "not_found")):
            assert [one["code"] for one in await graded_school.answer("consent", request, caller=caller)] == [code]
        [done] = await graded_school.answer("consent", request)
        assert (done["ok"], done["state"]) == (True, "consented")
        [again] = await graded_school.answer("consent", request)
        assert again["code"] == "stale_version"
        assert (await school.move(school.office, "lock", (CLASS, 2)))[0]["ok"]
        [locked] = await school.kit.events(ScoresLockedV1)
        assert locked.path == CLASS
        own = await school.student().get("/scores/own", term_id=school.term_id)
        assert own.json["scores"][0]["rows"][0] == ["道德品质", "D（较差）"]
        assert "违纪" not in own.body.decode()
        assert (await school.student().get("/score-consents")).code == "forbidden"


@pytest.mark.feature("X-15")
async def test_a_refusal_returns_the_class_and_stays_in_the_history(parts: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    async with a_graded_school(parts, monkeypatch) as graded_school:
        school = graded_school.school
        await graded_school.grade(CLASS, morality="D")
        await graded_school.reason(0)
        await school.move(school.teacher, "pass", (CLASS, 0))
        [request] = await graded_school.asked()
        [silent] = await graded_school.answer("refuse", request)
        assert silent["code"] == "invalid_input"
        [done] = await graded_school.answer("refuse", request, note="证明材料不足")
        assert done["state"] == "refused"
        sheet = await school.sheet(graded_school.panel[0])
        assert (sheet["step"], sheet["version"], sheet["moves"][0]["reason"]) == (0, 2, "证明材料不足")
        [needed] = sheet["reasons"]
        assert (needed["state"], needed["note"], needed["decided_by_name"]) == ("refused", "证明材料不足", "王局长")
        assert await graded_school.asked() == []
        [same] = await school.move(school.teacher, "pass", (CLASS, 2))
        assert same["code"] == "reasons_missing"
        changed = {0: "C"}
        for member in graded_school.panel[:2]:
            [one] = await school.enter(member, "panel", changed, dimension="morality", version=1)
            assert one["ok"], one
        assert (await school.sheet(graded_school.panel[0]))["reasons"] == []
        await school.move(school.teacher, "pass", (CLASS, 2))
        await school.move(school.head, "pass", (CLASS, 3))
        assert (await school.move(school.office, "lock", (CLASS, 4)))[0]["ok"]
        async with school.kit.deps.db.reading() as tx:
            states = await tx.fetch("SELECT state FROM band_consent_versions ORDER BY version")
        assert [row["state"] for row in states] == ["written", "asked", "refused"]


@pytest.mark.feature("BJ-10")
async def test_a_member_of_a_panel_does_not_score_or_excuse_themself(parts: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    async with a_graded_school(parts, monkeypatch) as graded_school:
        school = graded_school.school
        pupil = graded_school.member("高小一", own_students=frozenset({UUID(school.id(0))}))
        own, other = await school.enter(pupil, "panel", {0: "A", 1: "A"}, dimension="morality")
        assert (own["code"], own["detail"], other["ok"]) == ("forbidden", "不能给自己评分，请由其他成员填写", True)
        await graded_school.grade(CLASS, morality="D")
        assert (await graded_school.reason(0, caller=pupil))["code"] == "forbidden"


@pytest.mark.feature("X-15")
async def test_the_panel_sees_the_records_of_all_years_and_locked_results_count_in_later_terms(
    parts: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    weighted = {"parts": [EARLIER | {"weight": "0.5"}, PANEL | {"weight": "0.5"}], "consents": []}
    async with a_graded_school(parts, monkeypatch, **weighted) as graded_school:
        school, kit = graded_school.school, graded_school.school.kit
        who, panel = school.students[0], graded_school.panel[0]
        before = school.term.model_copy(
            update={
                "term_id": new_id(),
                "school_year": "2025-2026",
                "title": "八年级",
                "starts_on": SCORING.date() - timedelta(days=360),
            }
        )
        await kit.receive(before)
        data = {"name": "照顾孤寡老人", "on_day": "2026-03-05", "account": "每周一次"}
        record = RecordSnapshot(
            record_id=new_id(), term_id=before.term_id, student_id=who.student_id, student_name=who.name, path=who.path,
            dimension="morality", kind="moral_deed", title=data["name"], data=data, origin="reported", level="student",
            author_name=who.name, version=1,
        )  # fmt: skip
        dimensions = {name: {"score": "80.0", "band": "A"} for name in DIMENSIONS}
        table = {"columns": ["维度", "等级"], "rows": [["道德品质", "A（优秀）"]]}
        async with kit.deps.db.transaction() as tx:
            await tx.execute(
                "INSERT INTO collected (record_id, term_id, student_id, kind, published, version, snapshot) "
                "VALUES ($1, $2, $3, 'moral_deed', false, 1, $4)",
                record.record_id, before.term_id, who.student_id, record.model_dump(mode="json"),
            )  # fmt: skip
            await tx.execute("INSERT INTO score_sheets VALUES ($1, $2::ltree, 2, true, 3)", before.term_id, CLASS)
            await tx.execute(
                "INSERT INTO locked_scores (term_id, student_id, path, version, total, band, content, dimensions) "
                "VALUES ($1, $2, $3::ltree, 3, NULL, NULL, $4, $5)",
                before.term_id, who.student_id, CLASS, table, dimensions,
            )  # fmt: skip
        query = {"term_id": school.term_id, "student_id": school.id(0)}
        found = (await panel.get("/scores/material", **query)).json
        [year] = found["dimensions"][0]["years"]
        assert (year["school_year"], [one["title"] for one in year["records"]]) == ("2025-2026", ["照顾孤寡老人"])
        assert [one["term_title"] for one in found["results"]] == ["八年级"]
        assert (await school.kit.as_(staff("class_teacher", OTHER)).get("/scores/material", **query)).code == "not_found"
        assert (await school.group.get("/scores/material", **query)).code == "forbidden"
        assert (await school.student().get("/scores/material", **query)).code == "forbidden"
        [asked] = await school.enter(panel, "years", {0: "70"}, dimension="morality")
        assert asked["ok"], asked  # grade 7 has no result
        row = (await school.sheet(panel))["rows"][0]["dimensions"][0]
        assert row["values"]["years"] == 76  # 0.6 × 80 + 0.4 × 70


@pytest.mark.feature("X-15")
async def test_nothing_waits_for_results_in_terms_without_them(parts: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    async with a_graded_school(parts, monkeypatch, terms="last", grades=[9]) as graded_school:
        school = graded_school.school
        assert (await graded_school.panel[0].get("/score-sheets", term_id=school.term_id)).json["items"] == []
        assert (await school.teacher.get("/scores", term_id=school.term_id, path=CLASS)).code == "not_found"
        [one] = await school.enter(graded_school.panel[0], "panel", {0: "A"}, dimension="morality")
        assert (one["code"], one["detail"]) == ("no_scores", "这个班本学期不评结果")
        blocks = (await school.office.get(f"/terms/{school.term_id}/preview")).json["blocks"]
        assert "results_open" not in [block["what"] for block in blocks]
