"""Results that are published and objected to: a correction makes a new version, the seal waits for all (X-15)."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from archive.actions import score_runs
from archive.app import SERVICE
from contracts.archive import ScoresCorrectedV1, ScoresLockedV1, ScoresUnlockedV1
from contracts.base import Window
from contracts.identity import Enrolment, OrganisationCreatedV1, StudentsEnrolledV1
from contracts.publicity import CaseClosedV2, CaseOpenedV2, PublicityClosedV1, ResultAmendedV1, ResultsSettledV1
from contracts.records import TermScheduledV1
from scheme import roles
from servicekit.auth import Actor
from servicekit.ids import new_id
from servicekit.testing import Kit, a_service, a_student, an_actor

from .rule_builders import scheme
from .school import KEY, RENDERER

SCHOOL = "ah.tl.zy.s1"
CLASS = f"{SCHOOL}.g2024.c01"
NOW = datetime(2027, 5, 10, 2, tzinfo=UTC)
DIMENSIONS = tuple(dimension.id for dimension in scheme("zongyang").dimensions)
REASON = "体育比赛获奖证书漏计，更正为优秀"


def staff(role: str, path: str) -> Actor:
    """Somebody of the staff with what the scheme lets the role do."""
    actor = an_actor(role, path, name="某人")
    rule = roles.rule_of([scheme("zongyang")], role, actor.level)
    assert rule is not None
    return replace(actor, capabilities=rule.may)


class LockedClass:
    """A class of two leavers whom the panel graded B in everything, and which is locked."""

    def __init__(self, kit: Kit) -> None:
        self.kit = kit
        self.students = [
            Enrolment(
                student_id=new_id(), person_id=new_id(), name=f"吴小{'一二'[n]}", sex="female", path=CLASS,
                registry_number=f"G3407222012081{n:05d}", school_title="枞阳县实验中学", grade_title="九年级",
                class_title="（1）班", status="enrolled", version=1,
            )
            for n in range(2)
        ]  # fmt: skip
        windows = (
            *(
                Window(operation=o, starts=NOW - timedelta(days=1), ends=NOW + timedelta(days=20))
                for o in ("grade", "lock_results")
            ),
        )
        self.term = TermScheduledV1(
            term_id=new_id(), path=SCHOOL, title="2026—2027学年第二学期", school_year="2026-2027", number=2,
            scheme_id="zongyang", scheme_version="2026.1", time_zone="Asia/Shanghai", starts_on=date(2027, 2, 20),
            ends_on=date(2027, 7, 5), windows=windows, version=1,
        )  # fmt: skip
        self.panel = kit.as_(staff("school_panel", SCHOOL))
        self.admin = kit.as_(staff("school_administrator", SCHOOL))
        self.principal = kit.as_(staff("principal", SCHOOL))

    async def begin(self) -> "LockedClass":
        """Grade and lock."""
        self.kit.at(NOW)
        titles = {"ah": "安徽省", "ah.tl": "铜陵市", "ah.tl.zy": "枞阳县", SCHOOL: "枞阳县实验中学"}
        for (path, title), level in zip(titles.items(), ("province", "city", "district", "school"), strict=True):
            await self.kit.receive(
                OrganisationCreatedV1(
                    path=path, level=level, title=title, stage="junior_secondary" if level == "school" else None,
                    scheme_id=None, scheme_version=None, time_zone="Asia/Shanghai", version=1,
                )
            )  # fmt: skip
        await self.kit.receive(StudentsEnrolledV1(school=SCHOOL, students=tuple(self.students)))
        await self.kit.receive(self.term)
        scores = [
            {"student_id": str(s.student_id), "dimension": d, "value": "B"} for s in self.students for d in DIMENSIONS
        ]  # fmt: skip
        body = {"term_id": str(self.term.term_id), "part": "panel", "scores": scores}
        answer = await self.panel.put("/scores", body)
        assert answer.status == 200, answer.body
        assert all(one["ok"] for one in answer.json["results"]), answer.json
        await self.move(self.panel, "pass", 0)
        await self.move(self.admin, "lock", 1)
        return self

    async def move(self, caller: Any, action: str, version: int, reason: str = "") -> None:
        """Move the sheet."""
        body = {"term_id": str(self.term.term_id), "action": action, "reason": reason,
                "sheets": [{"path": CLASS, "version": version}]}  # fmt: skip
        [done] = (await caller.post("/score-sheets/moves", body)).json["results"]
        assert done["ok"], done

    async def bands(self, number: int = 0) -> dict[str, str]:
        """What a student reads."""
        who = self.students[number]
        own = await self.kit.as_(a_student(CLASS, who.student_id)).get("/scores/own", term_id=str(self.term.term_id))
        return {row[0]: row[-1] for one in own.json["scores"] for row in one["rows"]}

    def amended(self, **grades: str) -> ResultAmendedV1:
        """The event that a case of the first student was decided for a correction."""
        return ResultAmendedV1(
            term_id=self.term.term_id, path=CLASS, at=NOW, case_id=new_id(), student_id=self.students[0].student_id,
            grades=grades, reason=REASON,
        )  # fmt: skip

    async def blocks(self) -> list[str]:
        """What stands in the way of the seal."""
        found = (await self.admin.get(f"/terms/{self.term.term_id}/preview")).json["blocks"]
        return [one["message"] for one in found if not one["may_go_on"]]


@asynccontextmanager
async def a_locked_class(parts: Any) -> AsyncIterator[LockedClass]:
    """archive with such a class."""
    async with a_service(SERVICE, parts, storage=True, archive_key=json.dumps(KEY)) as kit:
        kit.deps.renderer = RENDERER
        yield await LockedClass(kit).begin()


@pytest.mark.feature("X-15")
async def test_a_decided_correction_is_a_new_version_of_what_is_locked_once_and_survives_an_unlock(parts: Any) -> None:
    async with a_locked_class(parts) as school:
        [locked] = await school.kit.events(ScoresLockedV1)
        assert {g.dimension: g.band for g in locked.results[0].grades} == dict.fromkeys(DIMENSIONS, "B")
        event = school.amended(morality="A")
        await school.kit.receive(event)
        await school.kit.receive(event)
        [corrected] = await school.kit.events(ScoresCorrectedV1)
        assert (corrected.version, corrected.reason, corrected.result.student_id) == (
            locked.version + 1, REASON, school.students[0].student_id,
        )  # fmt: skip
        assert (await school.bands())["思想品德"].startswith("A")
        assert (await school.bands())["艺术素养"].startswith("B")
        assert set(await school.bands(1)) == set(await school.bands()), "the others keep theirs in the new version"
        sheet = (await school.admin.get("/scores", term_id=str(school.term.term_id), path=CLASS)).json
        assert (sheet["moves"][0]["action"], sheet["moves"][0]["reason"]) == ("correct", REASON)
        await school.move(school.principal, "unlock", corrected.version, "需要核对其他同学的等级")
        assert [one.path for one in await school.kit.events(ScoresUnlockedV1)] == [CLASS]
        await school.move(school.panel, "pass", corrected.version + 1)
        await school.move(school.admin, "lock", corrected.version + 2)
        assert (await school.bands())["思想品德"].startswith("A"), "a decision outlasts what is scored"
        async with school.kit.deps.db.reading() as tx:
            assert await tx.fetchval("SELECT count(*) FROM locked_scores") == 6, "every version is kept"


@pytest.mark.feature("X-15", "JX-13")
async def test_the_seal_waits_for_the_publicity_of_results_open_cases_and_corrections_on_their_way(parts: Any) -> None:
    async with a_locked_class(parts) as school:
        term_id = school.term.term_id
        await school.kit.receive(PublicityClosedV1(term_id=term_id, path=SCHOOL, entries=0, in_dispute=0, at=NOW))
        assert await school.blocks() == ["还有1个班的结果公示或异议没有结束"]
        about = {
            "case_id": new_id(), "case_type": "objection", "entry_id": new_id(), "record_id": new_id(), "term_id": term_id,
            "student_id": school.students[0].student_id, "path": CLASS, "title": "评价结果", "complainant": None, "at": NOW,
            "about": "result",
        }  # fmt: skip
        await school.kit.receive(CaseOpenedV2(**about, complaint_type=None, text="请重新评定", attachments=0))
        assert await school.blocks() == ["还有1件公示异常没有处理完；还有1个班的结果公示或异议没有结束"]
        await school.kit.receive(CaseClosedV2(**about | {"at": NOW + timedelta(hours=1)}, outcome="amend", reason=REASON))
        assert await school.blocks() == ["还有1个班的结果公示或异议没有结束"], "a result is no record that is on its way"
        settled = ResultsSettledV1(term_id=term_id, path=CLASS, version=2, amended=1, at=NOW)
        await school.kit.receive(settled)
        assert len(await school.blocks()) == 1, "the correction has not arrived"
        await school.kit.receive(school.amended(morality="A"))
        assert await school.blocks() == []
        await school.move(school.principal, "unlock", 3, "需要核对其他同学的等级")
        await school.move(school.panel, "pass", 4)
        await school.move(school.admin, "lock", 5)
        await school.kit.receive(settled)
        assert await school.blocks() == ["还有1个班的结果公示或异议没有结束"], "a new lock is published anew"


@pytest.mark.feature("X-15", "BJ-10", "X-13")
async def test_one_action_locks_and_publishes_a_whole_school_and_lists_the_classes_that_are_not_ready(
    parts: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(score_runs, "CLASSES", 1)
    async with a_locked_class(parts) as school:
        kit, term_id = school.kit, str(school.term.term_id)
        await school.move(school.principal, "unlock", 2, "需要核对其他同学的等级")
        await school.move(school.panel, "pass", 3)
        beside = [
            school.students[0].model_copy(
                update={"path": f"{SCHOOL}.g2024.c0{n}", "class_title": f"（{n}）班", "student_id": new_id()}
            )
            for n in (2, 3)
        ]  # fmt: skip
        await kit.receive(StudentsEnrolledV1(school=SCHOOL, students=tuple(beside)))
        order = {"term_id": term_id, "path": SCHOOL}
        for other, code in ((school.panel, "forbidden"), (school.principal, "forbidden")):
            refused = await other.post("/score-sheets/runs", order)
            assert (refused.code, refused.json["help"]) == (code, "请联系学校管理员")
        elsewhere = await school.admin.post("/score-sheets/runs", order | {"path": "ah.tl.zy.s2"})
        assert elsewhere.code == "not_found"
        begun = await school.admin.post("/score-sheets/runs", order)
        assert (begun.status, begun.json["done"], begun.json["total"], begun.json["published"]) == (202, 0, 3, True)
        again = await school.admin.post("/score-sheets/runs", order | {"path": f"{SCHOOL}.g2024"})
        assert again.json["run_id"] == begun.json["run_id"], "one run of a term at a time"
        async with kit.deps.db.transaction() as tx:  # one class has its turn, then the service is restarted
            await score_runs.step(kit.deps, tx, begun.json["run_id"], {})
        await kit.tick()
        [run] = (await school.panel.get("/score-sheets/runs", term_id=term_id)).json["items"]
        assert (run["done"], run["total"], run["locked"], run["finished_at"] is not None) == (3, 3, 1, True)
        assert [(one["title"], one["detail"], one["help"]) for one in run["not_ready"]] == [
            (f"九年级（{n}）班", "当前状态：待评价小组提交，由学校评价小组办理", "请联系学校评价小组") for n in (2, 3)
        ]  # fmt: skip
        assert [one.path for one in await kit.events(ScoresLockedV1)] == [CLASS, CLASS], "so that its results are published"
        rest = await school.admin.post("/score-sheets/runs", order | {"path": CLASS})
        assert (rest.code, rest.json["rule"]) == ("wrong_state", "X-15")
        assert (await school.admin.post("/score-sheets/runs", order | {"path": f"{SCHOOL}.g2024.c02"})).status == 202
        wider = await school.admin.post("/score-sheets/runs", order)
        assert (wider.code, wider.json["detail"]) == ("wrong_state", "本学期正在锁定其他年级或班级的结果"), (
            "it would be left out"
        )
        await kit.tick()
        kit.at(NOW + timedelta(days=30))
        assert (await school.admin.post("/score-sheets/runs", order)).code == "window_closed"
