"""What staff enter and students confirm, refuse, or leave to silence; what they write and teachers read (SH-04 to SH-07)."""

from typing import Any

from demo.steps.report import content_of
from demo.world import now

from chaos.client import Caller
from chaos.term_run import preparing
from chaos.term_run.base import TermRun

TEXT = "我在学校三年的学习生活中，认真完成每一门课程的学习，积极参加班级和社区的各项活动，学会了与人合作，也更懂得坚持。"
ENTERED = {
    "basic_course": "校级录入员",
    "extended_course": "校级录入员",
    "sports_contest": "校级录入员",
    "district_exam": "区级录入员",
    "city_exam": "市级录入员",
}
"""Kinds that are entered, and by whom."""
DISPUTED = "sports_contest"
"""The kind of which pupils refuse a record."""


async def enter(term: TermRun) -> None:
    """School, district and city enter about each pupil; pupils write a text and an activity, which freezes the switch."""
    for pupil in term.school.pupils:
        for kind, role in ENTERED.items():
            await _write(term, term.school.staff[role], pupil, kind, _entered(term, pupil, kind))
    for number, school_class in enumerate(term.school.classes):
        for pupil in school_class.pupils:
            own = "typical_case" if number else "self_introduction"
            await _write(term, pupil, pupil, own, {"name": f"{own} {term.name} {pupil.username}", "body": TEXT})
            activity = {"project": preparing.project_of(term, pupil), "on_day": _today(), "part": "担任讲解员，全程参加。"}
            await _write(term, pupil, pupil, "league_activity", activity)
    await preparing.switch(term, value=False)


def _entered(term: TermRun, pupil: Caller, kind: str) -> dict[str, Any]:
    more = {"on_day": _today(), "award": "二等奖"} if kind == DISPUTED else {"mark": "优"}
    return {"name": f"{kind} {term.name} {pupil.username}", **more}


def _today() -> str:
    return now().date().isoformat()


async def _write(term: TermRun, by: Caller, pupil: Caller, kind: str, data: dict[str, Any]) -> None:
    body = {"term_id": term.id, "kind": kind, "data": data, "submit": True}
    about = {"title": data.get("name") or data["project"], "submit": True}
    if by is not pupil:
        body["student_id"] = pupil.student_id
    await by.write(term.journal, "record", about, "POST", "/records/records", body)


async def read(term: TermRun) -> None:
    """The teachers read what pupils wrote; one pupil hands an approved text in again, which is read once more (SH-06)."""
    revised = term.school.pupils[0]
    changed = False

    async def all_read() -> bool:
        nonlocal changed
        for school_class in term.school.classes:
            for record in await _of(term, school_class.teacher, state="submitted", origin="reported"):
                await term.act_on_record(school_class.teacher, record["id"], "approval")
        waiting = [await _of(term, pupil, state="submitted", origin="reported") for pupil in term.school.pupils]
        if any(waiting):
            return False
        if not changed:
            changed = True
            [record] = await _of(term, revised, state="approved", kind="self_introduction")
            whole = await revised.get(f"/records/records/{record['id']}")
            body = content_of(whole) | {"data": {**whole["data"], "body": TEXT * 2}}
            path, about = f"/records/records/{record['id']}/revision", {"record": record["id"]}
            await revised.write(term.journal, "record.revise", about, "PUT", path, body, version=whole["version"])
            return False
        return True

    await term.settle("班主任审阅", all_read)


async def _of(term: TermRun, by: Caller, **query: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = await by.everything("/records/records", term_id=term.id, **query)
    return found


async def confirm(term: TermRun) -> None:
    """Pupils confirm, one by one or all at once, and refuse one record each; the recorder corrects the first one's. The last
    pupil is silent, and the second one's refused record stays as it is."""
    first = term.school.pupils[0]
    for pupil in term.school.pupils[:-1]:
        await _answer(term, pupil)
    recorder = term.school.staff[ENTERED[DISPUTED]]

    async def mended() -> bool:
        for record in await _of(term, recorder, state="returned"):
            if record["student_id"] != first.student_id:
                continue
            path = f"/records/records/{record['id']}"
            whole = await recorder.get(path)
            if whole["data"]["award"] == "三等奖":
                await term.act_on_record(recorder, record["id"], "submission")
                continue
            body = {"data": {**whole["data"], "award": "三等奖"}, "evidence": []}
            about = {"record": record["id"]}
            await recorder.write(term.journal, "record.mend", about, "PUT", path, body, version=whole["version"])
        return not [r for r in await _of(term, recorder, state="returned") if r["student_id"] == first.student_id]

    await term.settle("修改确认不通过的数据", mended)


async def _answer(term: TermRun, pupil: Caller) -> None:
    refused: set[str] = set()

    async def answered() -> bool:
        waiting = await _of(term, pupil, state="submitted")
        for record in waiting:
            if record["kind"] == DISPUTED:
                refused.add(record["id"])
                body = {"reason_code": "unreal", "note": "我参加的是800米。"}
                await term.act_on_record(pupil, record["id"], "return", body)
            elif term.rng.random() < 0.3:
                await term.act_on_record(pupil, record["id"], "approval")
        ids = [record["id"] for record in await _of(term, pupil, state="submitted") if record["id"] not in refused]
        if ids:
            bulk = {"record_ids": ids, "action": "approve"}
            await term.try_write(pupil, "record.bulk_approval", {"records": ids}, "POST", "/records/reviews", bulk)
        return not waiting

    await term.settle("学生确认", answered)


async def wait_for_silence(term: TermRun) -> None:
    """Wait until nothing waits for a pupil any more: silence passed it."""

    async def passed() -> bool:
        return not any([await _of(term, pupil, state="submitted") for pupil in term.school.pupils])

    await term.settle("逾期未确认的视为通过", passed)


async def wait_for_escalation(term: TermRun) -> None:
    """Wait until what nobody corrected became a case."""
    recorder = term.school.staff[ENTERED[DISPUTED]]

    async def escalated() -> bool:
        return not await _of(term, recorder, state="returned")

    await term.settle("逾期未修改的数据升级为问题数据", escalated)
