"""Complaints and appeals that a panel decides; what appeals decided is told after publicity (CS-09 to CS-11)."""

from itertools import pairwise
from typing import Any

from chaos.client import Caller
from chaos.term_run.base import NOT_YET, TermRun

DECISIONS = ("uphold", "uphold", "reject", "malicious")
"""Of complaints, in the order in which they are filed."""
APPEALS = ("uphold", "delete", "reject")
"""Of appeals: the record counts again, is deleted, stays excluded."""


async def complain(term: TermRun) -> None:
    """Each pupil but the first reports materials of the one before."""
    pupils = term.school.pupils
    for about, by in pairwise(pupils):
        entries = await _entries(term, about, by)
        for number, entry in enumerate(entries[:2]):
            text = f"举报 {term.name} {by.username} {number}"
            body = {"entry_id": entry["entry_id"], "complaint_type": "fabricated", "text": text, "files": []}
            logged = {"text": text, "entry": entry["entry_id"]}
            await term.write_in_time(by, "case", logged, "POST", "/publicity/cases", body, NOT_YET)


async def _entries(term: TermRun, about: Caller, by: Caller) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []

    async def shown() -> bool:
        page = await by.get(f"/publicity/board/students/{about.student_id}/entries", term_id=term.id)
        found[:] = page["items"]
        return bool(found)

    await term.settle("材料公示栏", shown)
    return found


async def decide(term: TermRun) -> None:
    """Decide all complaints and the appeals against what was upheld, while publicity lasts."""
    panel, kinds = term.school.staff["公示审核小组"], (("complaint", DECISIONS), ("appeal", APPEALS))
    chosen: dict[str, str] = {}

    async def decided() -> bool:
        page = await panel.get("/publicity/cases", term_id=term.id, state="open", waiting="false")
        left = [case for case in page["items"] if not case["decided"]]
        for case in left:
            of_type = [one for one in chosen if one.startswith(case["case_type"])]
            key, actions = f"{case['case_type']} {case['case_id']}", dict(kinds)[case["case_type"]]
            action = chosen.setdefault(key, actions[len(of_type) % len(actions)])
            path, about = f"/publicity/cases/{case['case_id']}/actions", {"case": case["case_id"]}
            body = {"action": action, "text": "经核实，情况如上。"}
            await panel.write(term.journal, f"case.{action}", about, "POST", path, body, version=case["version"])
        return not left

    await term.settle("举报审核", decided)
    for pupil in term.school.pupils:
        await _appeal(term, pupil)
    await term.settle("申诉审核", decided)


async def _appeal(term: TermRun, author: Caller) -> None:
    """Appeal against every decision against one's records."""
    for one in await author.everything("/publicity/appeals"):
        if one["state"] != "to_appeal":
            continue
        entry, text = (await author.get(f"/publicity/cases/{one['case_id']}"))["entry_id"], f"申诉 {term.name} {one['case_id']}"
        body = {"entry_id": entry, "case_type": "appeal", "text": text, "files": []}
        await term.write_in_time(author, "case", {"text": text, "entry": entry}, "POST", "/publicity/cases", body, NOT_YET)


async def wait_until_told(term: TermRun) -> None:
    """Wait until publicity is over, and all decisions are told."""
    admin, panel = term.school.administrator, term.school.staff["公示审核小组"]

    async def decisions_take_effect() -> bool:
        archived = await admin.get(f"/archive/terms/{term.id}")
        page = await panel.get("/publicity/cases", term_id=term.id, state="open", waiting="false")
        return archived["publicity_closed_at"] is not None and not page["items"]

    await term.settle("申诉结果通知", decisions_take_effect)
