"""Publicity: the board, objections, and every case until it is closed."""

from typing import Any

from demo.steps import timetable
from demo.world import hours, now

from chaos.client import Caller, Refused
from chaos.term.base import LATE, Term, evidence_of


async def show_and_object(term: Term) -> None:
    """Publicity opens, one pupil objects to what another shows, and it closes."""
    opens = now()
    await term.move(timetable.windows(opens - hours(2), opens, opens + hours(24)), "公示开始")
    victim, objector = term.room.pupils[0], term.room.pupils[1]

    async def board() -> list[dict[str, Any]] | None:
        try:
            page = await objector.get("/publicity/board", term_id=term.id)
        except Refused:
            return None
        return [entry for entry in page["items"] if entry["student_id"] == victim.student_id] or None

    shown = await term.until("the board", board)
    for number, entry in enumerate(shown[:2]):
        text = f"质疑 {term.name} {number}：当天没有看到该同学参加。"
        body = {"entry_id": entry["entry_id"], "complaint_type": "untrue", "text": text, "files": []}
        await term.maybe(objector, "case", {"text": text, "entry": entry["entry_id"]}, "POST", "/publicity/cases", body)
    await term.move(timetable.windows(now() - hours(4), now() - hours(2), now()), "公示结束")


async def settle(term: Term) -> None:
    """Until no case is open: pupils insist or amend, the teacher agrees, the administrator keeps or voids."""
    admin = term.room.administrator

    async def closed() -> bool | None:
        archived = await admin.get(f"/archive/terms/{term.id}")
        if archived["publicity_closed_at"] is None:
            return None
        return True

    await term.until("the end of publicity", closed)

    async def settled() -> bool | None:
        for by in (term.room.pupils[0], term.room.teacher, admin):
            for case in (await by.get("/publicity/cases", term_id=term.id, waiting="true"))["items"]:
                await _decide(term, by, case["case_id"])
        page = await admin.get("/publicity/cases", term_id=term.id, state="open", waiting="false")
        return True if not page["items"] else None

    await term.until("the end of all cases", settled)


async def _decide(term: Term, by: Caller, case_id: str) -> None:
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
        last = by is term.room.administrator and term.rng.random() < 0.3
        body = {"action": "disagree", "reason_code": "untrue", "text": "与事实不符。"} if last else {"action": "agree"}
    else:
        return
    try:
        await by.write(term.journal, f"case.{body['action']}", about, "POST", path, body, version=case["version"])
    except Refused as refused:
        if refused.code not in LATE:
            raise


async def _amend(term: Term, by: Caller, record_id: str) -> bool:
    record = await by.get(f"/records/records/{record_id}")
    if record["state"] != "amending":
        return False
    body = {"title": record["title"], "data": record["data"], "evidence": evidence_of(record)}
    path, about = f"/records/records/{record_id}/amendment", {"record": record_id}
    try:
        await by.write(term.journal, "record.amend", about, "PUT", path, body, version=record["version"])
    except Refused as refused:
        if refused.code not in LATE:
            raise
        return False
    return True
