"""Appeals of a term of Baoshan: routed by level, handled by auditors, mended by whoever entered the data (SH-08 to SH-10)."""

from collections.abc import Callable
from typing import Any

from demo.client import Refused, User
from demo.scale import until
from demo.world import Campus, Pupil, World, now

MISSED = "校学生合唱团"
"""What the recorder had left out."""


async def appeal(world: World) -> None:
    """Appeals about wrong, surplus and missing data, routed by level; each is handled and checked (SH-08 to SH-10)."""
    campus = world.campuses[0]
    term_id, recorder = campus.term["id"], campus.staff["校级录入员"]
    own, other = campus.school_classes[0].pupils[2], campus.school_classes[0].pupils[3]
    entries = await own.user.everything("/publicity/entries", term_id=term_id)
    by_kind = {entry["kind"]: entry["entry_id"] for entry in entries}
    regional = world.regional
    routes: list[tuple[dict[str, Any], str, User, User]] = [
        ({"entry_id": by_kind["basic_course"]}, "wrong", campus.staff["校级审核员"], recorder),
        ({"entry_id": by_kind["district_exam"]}, "wrong", regional["区级审核员"], regional["区级录入员"]),
        ({"entry_id": by_kind["city_exam"]}, "wrong", regional["市级审核员"], regional["市级录入员"]),
    ]
    for about, reason, auditor, mender in routes:
        body = {**about, "complaint_type": reason, "text": "成绩登记有误，请核对。", "files": []}
        case = await own.user.post("/publicity/cases", body)
        world.counts["appeals"] += 1
        await _act(auditor, case["case_id"], "accept", text="情况属实，请修改。")
        await _amend(mender, case["case_id"], lambda data: {**data, "mark": "优秀"})
        await _act(mender, case["case_id"], "amend")
        await _act(auditor, case["case_id"], "agree")
        world.counts["cases_amended"] += 1
    await _appeal_about_a_classmate(world, campus, own, other)
    missing = {"term_id": term_id, "student_id": other.student_id, "kind": "arts_activity"}
    body = {"missing": missing, "complaint_type": "missing", "text": "我参加了学校合唱节，没有录入。", "files": []}
    case = await other.user.post("/publicity/cases", body)
    world.counts["appeals"] += 1
    await _act(campus.staff["校级审核员"], case["case_id"], "reject", text="合唱节不属于本学期的活动。")
    world.counts["cases_kept"] += 1
    await _enter_what_was_missing(world, campus, other)
    await _handle_unmended(world, campus)


async def _enter_what_was_missing(world: World, campus: Campus, pupil: Pupil) -> None:
    """What is indeed missing is entered in the course of its case, checked, and part of the report then (SH-08, SH-10)."""
    term_id, auditor, recorder = campus.term["id"], campus.staff["校级审核员"], campus.staff["校级录入员"]
    missing = {"term_id": term_id, "student_id": pupil.student_id, "kind": "art_troupe"}
    body = {"missing": missing, "complaint_type": "missing", "text": "我是校合唱团的团员，没有录入。", "files": []}
    case_id = (await pupil.user.post("/publicity/cases", body))["case_id"]
    await _act(auditor, case_id, "accept", text="经查合唱团名单，确有遗漏，请补录。")
    case = await recorder.get(f"/publicity/cases/{case_id}")
    content = {"data": {"name": MISSED, "on_day": now().date().isoformat()}}

    async def entered() -> bool | None:
        try:
            await recorder.post(f"/records/missing-records/{case['record_id']}", content)
        except Refused as refused:
            if refused.code != "not_found":
                raise
            return None  # records has not received what the case asks for
        return True

    await until("补录遗漏的数据", entered, 60)
    await _act(recorder, case_id, "amend")
    await _act(auditor, case_id, "agree")
    shown = await pupil.user.get(f"/publicity/board/reports/{pupil.student_id}", term_id=term_id)
    titles = [entry["title"] for section in shown["sections"] for entry in section["entries"]]
    world.expect(titles.count(MISSED) == 1, f"what was missing is not in the report: {titles}")
    world.counts["appeals"] += 1
    world.counts["cases_entered"] += 1


async def _appeal_about_a_classmate(world: World, campus: Campus, reader: Pupil, classmate: Pupil) -> None:
    """What a classmate's report has twice is deleted; an appeal that is malicious counts against who filed it (SH-08)."""
    auditor, recorder = campus.staff["校级审核员"], campus.staff["校级录入员"]
    entries = await classmate.user.everything("/publicity/entries", term_id=campus.term["id"])
    by_kind = {entry["kind"]: entry["entry_id"] for entry in entries}
    body = {"entry_id": by_kind["extended_course"], "complaint_type": "surplus", "text": "这门课他没有选过。", "files": []}
    case = await reader.user.post("/publicity/cases", body)
    await _act(auditor, case["case_id"], "accept", text="经查选课表，属于多录。")
    await _act(recorder, case["case_id"], "withdraw", text="删除多录的数据。")
    await _act(auditor, case["case_id"], "agree")
    world.counts["cases_voided"] += 1
    body = {
        "entry_id": by_kind["sports_contest"],
        "complaint_type": "wrong",
        "text": "他根本不会跑步，肯定是假的。",
        "files": [],
    }
    case = await reader.user.post("/publicity/cases", body)
    await _act(auditor, case["case_id"], "malicious", text="成绩册和照片都在，数据属实。")
    world.counts["cases_malicious"] += 1
    world.counts["appeals"] += 2


async def _handle_unmended(world: World, campus: Campus) -> None:
    """What the recorder did not correct in time goes to the district's auditor by itself (SH-10)."""
    auditor = world.regional["区级审核员"]

    async def waiting() -> list[Any] | None:
        return await auditor.everything("/publicity/cases", term_id=campus.term["id"], waiting="true") or None

    for case in await until("逾期未修改的数据升级为问题数据", waiting):
        await _act(auditor, case["case_id"], "reject", text="经核对裁判记录，数据属实。")
        world.counts["cases_escalated"] += 1


async def _act(by: User, case_id: str, action: str, **more: str) -> None:
    """An action, retried until publicity has received what it needs from records."""

    async def taken() -> bool | None:
        try:
            await by.post(f"/publicity/cases/{case_id}/actions", {"action": action, **more})
        except Refused as refused:
            if refused.code != "amendment_missing":
                raise
            return None
        return True

    await until(f"{by.name} {action}", taken, 60)


async def _amend(by: User, case_id: str, change: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    case = await by.get(f"/publicity/cases/{case_id}")

    async def amending() -> dict[str, Any] | None:
        record: dict[str, Any] = await by.get(f"/records/records/{case['record_id']}")
        return record if record["state"] == "amending" else None

    record = await until("记录可以修改", amending, 60)
    body = {"data": change(record["data"]), "evidence": []}
    await by.put(f"/records/records/{record['id']}/amendment", body, version=record["version"])
