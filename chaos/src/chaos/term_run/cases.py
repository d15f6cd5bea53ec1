"""Publicity: the board, complaints, and the cases until they are closed."""

from typing import Any

from demo.client import Refused
from demo.scale import until
from demo.steps import timetable
from demo.steps.report import content_of
from demo.world import hours, now

from chaos.client import MAX_WAIT_SECONDS, Caller
from chaos.term_run import archiving
from chaos.term_run.base import TOO_EARLY_OR_LATE, TermRun


async def publish_and_object(term: TermRun) -> None:
    """Open publicity, let one pupil file complaints against another's entries, close publicity."""
    opens = now()
    await term.change_timetable(timetable.windows(opens - hours(2), opens, opens + hours(24)), "公示开始")
    victim, objector = term.school.pupils[0], term.school.pupils[1]

    async def board() -> list[dict[str, Any]] | None:
        try:
            page = await objector.get("/publicity/board", term_id=term.id)
        except Refused:
            return None
        return [entry for entry in page["items"] if entry["student_id"] == victim.student_id] or None

    shown = await until("the board", board, MAX_WAIT_SECONDS)
    for number, entry in enumerate(shown[:2]):
        text = f"质疑 {term.name} {number}：当天没有看到该同学参加。"
        body = {"entry_id": entry["entry_id"], "complaint_type": "untrue", "text": text, "files": []}
        await term.try_write(objector, "case", {"text": text, "entry": entry["entry_id"]}, "POST", "/publicity/cases", body)
    await term.change_timetable(timetable.windows(now() - hours(4), now() - hours(2), now()), "公示结束")


async def decide_cases(term: TermRun) -> None:
    """Act on all cases until none is open: pupils insist or amend, the teacher agrees, the administrator keeps or voids."""
    admin = term.school.administrator
    await archiving.wait_for_end_of_publicity(term)

    async def no_open_case() -> bool | None:
        for by in (term.school.pupils[0], term.school.teacher, admin):
            for case in (await by.get("/publicity/cases", term_id=term.id, waiting="true"))["items"]:
                await _decide(term, by, case["case_id"])
        page = await admin.get("/publicity/cases", term_id=term.id, state="open", waiting="false")
        return not page["items"] or None

    await until("the end of all cases", no_open_case, MAX_WAIT_SECONDS)


async def _decide(term: TermRun, by: Caller, case_id: str) -> None:
    case = await by.get(f"/publicity/cases/{case_id}")
    actions = {action["id"] for action in case["actions"]}
    path, about = f"/publicity/cases/{case_id}/actions", {"case": case_id}
    if "insist" in actions:
        if case_id not in term.amended and term.rng.random() < 0.5 and await _amend(term, by, case["record_id"]):
            term.amended.add(case_id)
        if case_id in term.amended:
            body: dict[str, Any] = {"action": "amend"}
        else:
            body = {"action": "insist", "text": "当天全程参加，有签到表为证。"}
    elif "agree" in actions:
        last = by is term.school.administrator and term.rng.random() < 0.3
        body = {"action": "disagree", "reason_code": "untrue", "text": "与事实不符。"} if last else {"action": "agree"}
    else:
        return
    try:
        await by.write(term.journal, f"case.{body['action']}", about, "POST", path, body, version=case["version"])
    except Refused as refused:
        if refused.code not in TOO_EARLY_OR_LATE:
            raise


async def _amend(term: TermRun, by: Caller, record_id: str) -> bool:
    record = await by.get(f"/records/records/{record_id}")
    if record["state"] != "amending":
        return False
    path, about = f"/records/records/{record_id}/amendment", {"record": record_id}
    try:
        await by.write(term.journal, "record.amend", about, "PUT", path, content_of(record), version=record["version"])
    except Refused as refused:
        if refused.code not in TOO_EARLY_OR_LATE:
            raise
        return False
    return True
