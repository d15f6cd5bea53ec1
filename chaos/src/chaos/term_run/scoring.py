"""A term with scores: portfolio, evaluations from all sides, values, bonuses, review, lock (BJ-06, BJ-10)."""

import asyncio
from typing import Any
from uuid import uuid4

from demo.world import now

from chaos.client import Caller
from chaos.term_run import peers
from chaos.term_run.base import NOT_YET, TermRun
from chaos.term_run.records import picture
from demo import beijing, stories


async def add_to_portfolio(term: TermRun, pupil: Caller) -> None:
    """Report a record with a picture."""
    title = f"{term.name} {pupil.username} 义卖"
    file = await pupil.upload_evidence(term.journal, "/records/evidence", "活动.jpg", "image/jpeg", picture(term.rng))
    data = {"name": "社区爱心义卖", "on_day": now().date().isoformat(), "account": stories.SELF[:60]}
    body = {
        "term_id": term.id, "kind": "public_service", "title": title, "data": data, "evidence": [file], "submit": True,
    }  # fmt: skip
    about = {"title": title, "submit": True}
    await term.write_in_time(pupil, "record", about, "POST", "/records/records", body, NOT_YET)


async def review_portfolio(term: TermRun, reviewer: Caller, role: str) -> None:
    """Let a reviewer pass or approve what waits for this role, until nothing does."""

    async def reviewed() -> bool:
        found = await reviewer.everything("/records/records", term_id=term.id, state="submitted", limit=100)
        waiting = [record for record in found if record["reviewer_role"] == role]
        for record in waiting:
            await term.act_on_record(reviewer, record["id"], "approval")
        return not waiting

    await term.settle("审核档案袋", reviewed)


async def evaluate(term: TermRun, pupil: Caller) -> None:
    """Introduce and rate oneself, evaluate the classmates."""
    dimensions = _dimensions(term)
    await _written(term, pupil, pupil.student_id, "self", {"type": "self_introduction", "text": stories.SELF})
    for number, name in enumerate(dimensions):
        rating = {"type": "self_rating", "dimension": name, "choice": term.rng.choice("aab")}
        await _written(term, pupil, pupil.student_id, "self", rating, number)
    await peers.evaluate(term, pupil, lambda: [{"choice": term.rng.choice("aab"), "text": "待人真诚，做事认真。"}])


async def comment(term: TermRun) -> None:
    """Write the class teacher's comment on each student."""
    teacher, pupils = term.school.teacher, term.school.pupils
    bodies = ({"type": "teacher_comment", "student_id": one.student_id, "text": stories.COMMENTS[0]} for one in pupils)
    await asyncio.gather(*(_written(term, teacher, body["student_id"], "teacher", body) for body in bodies))


async def _written(
    term: TermRun, by: Caller, student: str, who: str, content: dict[str, Any], version: int | None = None
) -> None:
    about = {"term": term.id, "student": student, "type": content["type"]}
    body = {"term_id": term.id, **content}

    async def written() -> bool:
        path = f"/archive/evaluations/{who}"
        await by.write(term.journal, "evaluation", about, "PUT", path, body, version=version or None)
        return True

    await term.settle("评价", written)


async def enter(term: TermRun, by: Caller, part: str) -> None:
    """Enter a part of every student in every dimension, until nothing is missing, and change one value."""
    dimensions, path = _dimensions(term), term.school.path

    async def entered() -> bool:
        sheet = await by.get("/archive/scores", term_id=term.id, path=path)
        missing = [
            {"student_id": row["student_id"], "dimension": one["dimension"], "value": str(term.rng.randrange(62, 95))}
            for row in sheet["rows"]
            for one in row["dimensions"]
            if part not in one["values"]
        ]
        if missing:
            await _put(term, by, part, missing)
        return not missing

    await term.settle("评分", entered)
    changed = {"student_id": term.school.pupils[0].student_id, "dimension": dimensions[0], "value": "96", "version": 1}
    await _put(term, by, part, [changed])


async def _put(term: TermRun, by: Caller, part: str, scores: list[dict[str, Any]]) -> None:
    about = {"scores": [f"{term.id} {one['student_id']} {part} {one['dimension']}" for one in scores]}
    body = {"term_id": term.id, "part": part, "scores": scores}
    await term.try_write(by, "scores", about, "PUT", "/archive/scores", body)


async def adjust(term: TermRun, group: Caller) -> None:
    """Give each student a bonus, and take some back."""
    for pupil in term.school.pupils:
        reason = f"组织义卖 {uuid4().hex[:12]}"
        body = {
            "term_id": term.id, "part": "bonus", "student_id": pupil.student_id, "dimension": _dimensions(term)[0],
            "points": "2", "reason": reason,
        }  # fmt: skip
        made = await term.try_write(group, "adjustment", {"reason": reason}, "POST", "/archive/scores/adjustments", body)
        if made and term.rng.random() < 0.5:
            path, why = f"/archive/scores/adjustments/{made['adjustment_id']}/withdrawal", {"reason": "证据不足，收回"}
            await term.try_write(group, "adjustment.withdrawal", {"adjustment": made["adjustment_id"]}, "POST", path, why)


async def move(term: TermRun, by: Caller, action: str, goal: tuple[int, bool], reason: str = "") -> None:
    """Pass on, return, lock or unlock the class, until its sheet is there. goal: the next step, and whether it is locked."""

    async def moved() -> bool:
        [sheet] = await by.everything("/archive/score-sheets", term_id=term.id)
        if (sheet["step"], sheet["locked"]) == goal:
            return True
        body = {
            "term_id": term.id, "action": action, "reason": reason,
            "sheets": [{"path": sheet["path"], "version": sheet["version"]}],
        }  # fmt: skip
        about = {"sheet": f"{term.id} {sheet['path']} {action}"}
        await term.try_write(by, "sheet", about, "POST", "/archive/score-sheets/moves", body)
        return False

    await term.settle(f"成绩 {action}", moved)


async def review_and_lock(term: TermRun) -> None:
    """Hand over, return, hand over again, review, lock; unlock once, and go the whole way again (BJ-10)."""
    teacher, staff = term.school.teacher, term.school.staff
    await move(term, teacher, "pass", (1, False))
    await term.change_timetable(beijing.check_and_score(), "年级审核")
    await review_portfolio(term, staff["年级主任"], "department_head")
    await term.pace()
    await move(term, staff["年级主任"], "return", (0, False), "一名同学的加分需要补充证明")
    await _hand_over_and_lock(term)
    await term.pace()
    await move(term, term.school.administrator, "unlock", (0, False), "一名同学的成绩录入有误")
    await term.change_timetable(beijing.check_and_score(), "重新审核")
    await _hand_over_and_lock(term)


async def _hand_over_and_lock(term: TermRun) -> None:
    staff = term.school.staff
    await move(term, term.school.teacher, "pass", (1, False))
    await move(term, staff["年级主任"], "pass", (2, False))
    await term.change_timetable(beijing.windows("lock"), "汇总锁定")
    await move(term, staff["学生处"], "lock", (2, True))


def group_of(term: TermRun) -> Caller:
    """The group of evaluators of the class."""
    return term.school.staff[f"{term.school.campus.school_classes[0].title}评议小组"]


def _dimensions(term: TermRun) -> list[str]:
    return [dimension["id"] for dimension in term.school.world.scheme["dimensions"]]
