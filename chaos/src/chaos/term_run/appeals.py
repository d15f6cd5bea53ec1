"""Appeals about wrong, surplus and missing data, and what nobody corrected, by the auditors of all levels (SH-08 to SH-10)."""

from typing import Any

from demo.client import Refused
from demo.steps.report import content_of

from chaos.client import Caller
from chaos.term_run.base import NOT_YET, TOO_EARLY_OR_LATE, TermRun

ABOUT = (("basic_course", "wrong"), ("district_exam", "wrong"), ("city_exam", "wrong"), ("extended_course", "surplus"))
"""Kinds that the first pupil appeals about, and why."""
MISSING = "arts_activity"
STAFF = ("校级录入员", "校级审核员", "区级录入员", "区级审核员", "市级录入员", "市级审核员")


async def appeal(term: TermRun) -> None:
    """The first pupil appeals against one's own report, and that something is missing; the second against the first's."""
    own, other = term.school.pupils[:2]
    entries: dict[str, str] = {}

    async def shown() -> bool:
        found = await own.everything("/publicity/entries", term_id=term.id)
        entries.update({entry["kind"]: entry["entry_id"] for entry in found if entry["state"] == "published"})
        await own.get("/publicity/board/reports", term_id=term.id)
        return {kind for kind, _ in ABOUT} <= entries.keys()

    await term.settle("公示纪实报告", shown)
    for number, (kind, reason) in enumerate(ABOUT):
        text = f"申诉 {term.name} {number}：登记有误，请核对。"
        body = {"entry_id": entries[kind], "complaint_type": reason, "text": text, "files": []}
        await _file(term, own, {"text": text, "entry": entries[kind]}, body)
    text = f"申诉 {term.name}：少录了合唱节。"
    missing: dict[str, Any] = {"term_id": term.id, "student_id": own.student_id, "kind": MISSING}
    about_missing: dict[str, Any] = {"missing": missing, "complaint_type": "missing", "text": text, "files": []}
    await term.write_in_time(own, "case.missing", {"text": text}, "POST", "/publicity/cases", about_missing, NOT_YET)
    if "sports_contest" in entries:
        text = f"申诉 {term.name}：他根本不会跑步。"
        body = {"entry_id": entries["sports_contest"], "complaint_type": "wrong", "text": text, "files": []}
        await _file(term, other, {"text": text, "entry": entries["sports_contest"]}, body)


async def _file(term: TermRun, by: Caller, about: dict[str, str], body: dict[str, Any]) -> None:
    await term.write_in_time(by, "case", about, "POST", "/publicity/cases", body, NOT_YET)


async def handle(term: TermRun) -> None:
    """Auditors and recorders act until no case is open."""

    async def closed() -> bool:
        for title in STAFF:
            by = term.school.staff[title]
            for case in (await by.get("/publicity/cases", term_id=term.id, waiting="true"))["items"]:
                await _decide(term, by, case)
        auditors = [term.school.staff[title] for title in STAFF if title.endswith("审核员")]
        pages = [await by.get("/publicity/cases", term_id=term.id, state="open", waiting="false") for by in auditors]
        return not any(page["items"] for page in pages)

    await term.settle("问题处理", closed)


async def _decide(term: TermRun, by: Caller, case: dict[str, Any]) -> None:
    body = await _next_action(term, by, case)
    if body is None:
        return
    path, about = f"/publicity/cases/{case['case_id']}/actions", {"case": case["case_id"]}
    try:
        await by.write(term.journal, f"case.{body['action']}", about, "POST", path, body, version=case["version"])
    except Refused as refused:
        if refused.code not in TOO_EARLY_OR_LATE:
            raise


async def _next_action(term: TermRun, by: Caller, case: dict[str, Any]) -> dict[str, str] | None:
    """What is done now: appeals about something are accepted, malicious ones and what was refused without reason rejected."""
    actions = {action["id"] for action in case["actions"]}
    if "accept" in actions:
        if "跑步" in case["text"]:
            return {"action": "malicious", "text": "成绩册和照片都在，数据属实。"}
        if "malicious" not in actions and term.rng.random() < 0.5:
            return {"action": "reject", "text": "经核对裁判记录，数据属实。"}
        return {"action": "accept", "text": "情况属实，请修改。"}
    if "withdraw" in actions and case["complaint_type"] == "surplus":
        return {"action": "withdraw", "text": "删除多录的数据。"}
    if "amend" in actions:
        entered = await (_enter_missing if case["missing"] and not case["amended"] else _amend)(term, by, case)
        return {"action": "amend"} if entered or case["amended"] else None
    return {"action": "agree"} if "agree" in actions else None


async def _amend(term: TermRun, by: Caller, case: dict[str, Any]) -> bool:
    if case["amended"] or case["case_id"] in term.amended:
        return True
    record = await by.get(f"/records/records/{case['record_id']}")
    if record["state"] != "amending":
        return False
    content = content_of(record)
    content["data"] |= {"mark": "优秀"} if "mark" in content["data"] else {"award": "三等奖"}
    path, about = f"/records/records/{record['id']}/amendment", {"record": record["id"]}
    await by.write(term.journal, "record.amend", about, "PUT", path, content, version=record["version"])
    term.amended.add(case["case_id"])
    return True


async def _enter_missing(term: TermRun, by: Caller, case: dict[str, Any]) -> bool:
    if case["case_id"] in term.amended:
        return True
    data = {"name": f"合唱节 {term.name}", "on_day": case["opened_at"][:10], "award": "一等奖"}
    path, about = f"/records/missing-records/{case['record_id']}", {"record": case["record_id"]}
    await by.write(term.journal, "record.enter_missing", about, "POST", path, {"data": data, "evidence": []})
    term.amended.add(case["case_id"])
    return True
