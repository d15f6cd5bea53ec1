"""Plays terms at the schools of a region: a sealed one, one whose board is open, one that is open for reporting.

Adds the ids of the owner's objects, and the texts that only some may read, to the region."""

import asyncio
from functools import partial
from typing import Any

from demo.client import Refused, User
from demo.scale import until
from demo.steps import batches, imports, timetable
from demo.world import Campus, Pupil, hours, now, window

from demo import sample_files, workbooks
from tests.world.builders import a_letter, a_record, eligible_entry
from tests.world.region import PrivateText, Region

YEARS = {1: "2026-2027", 2: "2026-2027", 3: "2027-2028"}
SAID = "这是一段用来说明情况的文字，超过三十个字，写给应当看到它的人看，别人都看不到。"


async def play_terms(region: Region) -> None:
    """Three terms at the owner's school at once, and one at each other school."""
    campus = region.campus
    region.world.scheme = await campus.administrator.get("/records/schemes/jiangxi/2026.1")
    terms = {number: await a_term(campus, number) for number in YEARS}
    others = [_other_school(region, there) for there in region.world.campuses[1:]]
    await asyncio.gather(
        _sealed_term(region, terms[1]), open_board_term(region, terms[2]), reporting_term(region, terms[3]), *others
    )
    await _add_identities(region)
    await _add_office_work(region)


async def a_term(campus: Campus, number: int) -> dict[str, Any]:
    """Schedules term `number` (1 to 3), open for reporting since an hour."""
    body = {
        "path": campus.path,
        "title": f"学期 {number}",
        "school_year": YEARS[number],
        "number": 2 if number == 2 else 1,
        "starts_on": {1: "2026-09-01", 2: "2027-02-20", 3: "2027-09-01"}[number],
        "ends_on": {1: "2027-01-20", 2: "2027-07-05", 3: "2028-01-20"}[number],
        "windows": timetable.windows(now() - hours(1), now() + hours(48), now() + hours(72)),
    }

    async def created() -> dict[str, Any] | None:
        try:
            return dict(await campus.administrator.post("/records/terms", body))
        except Refused as refused:
            if refused.status == 404:
                return None
            raise

    return await until(f"{campus.path} 学期 {number}", created)


def _keep_private(region: Region, pupil: Pupil, reach: str, what: str, *words: str) -> None:
    region.private_texts += [PrivateText(word, pupil.student_id, pupil.path, reach, what) for word in words]


async def _report(region: Region, pupil: Pupil, term: dict[str, Any], what: str, reach: str, **more: Any) -> dict[str, Any]:
    """A record whose title and form hold a text that is only in this record."""
    secret = f"标记{what}{pupil.student_id[-12:]}"
    file_id = await a_letter(pupil.user, sum(f"{pupil.student_id}{what}".encode()) * 7919 % 10**6)
    body = a_record(region.world, term["id"], [file_id], title=secret, data__name=secret, **more)
    made = dict(await pupil.user.post("/records/records", body))
    _keep_private(region, pupil, reach, f"{what} record", secret, made["id"], file_id)
    return made


async def _approved(
    region: Region, campus: Campus, pupil: Pupil, term: dict[str, Any], what: str, reach: str
) -> dict[str, Any]:
    """The entry of a record that was reviewed."""
    made = await _report(region, pupil, term, what, reach)
    teacher = next(school_class.teacher for school_class in campus.school_classes if school_class.path == pupil.path)
    await teacher.post(f"/records/records/{made['id']}/approval")
    entry = await eligible_entry(pupil, made["id"])
    _keep_private(region, pupil, reach, f"{what} entry", entry["entry_id"])
    return entry


async def open_board(region: Region, campus: Campus, term: dict[str, Any], pupils: list[Pupil]) -> dict[str, dict[str, Any]]:
    """A record on the board for each time that a pupil is in the list; the board is open. Returns each pupil's last entry."""
    entries = {}
    for number, pupil in enumerate(pupils):
        what = f"公示{term['number']}{term['school_year'][:4]}{number or ''}"
        entry = await _approved(region, campus, pupil, term, what, "school")
        await pupil.user.post("/publicity/selections", {"entry_ids": [entry["entry_id"]]})
        entries[pupil.student_id] = entry
    opens = now()
    await change_windows(campus, term, timetable.windows(opens - hours(2), opens, opens + hours(24)))
    reader = pupils[0].user

    async def shown() -> bool | None:
        try:
            return bool((await reader.get("/publicity/board", term_id=term["id"]))["items"]) or None
        except Refused as refused:
            if refused.status in (404, 409):
                return None
            raise

    await until("公示栏开放", shown)
    return entries


async def change_windows(campus: Campus, term: dict[str, Any], windows: list[dict[str, Any]]) -> None:
    """Replace the windows of a term."""
    body = {"windows": windows, "reason": "矩阵"}
    url = f"/records/terms/{term['id']}/timetable"
    term |= await campus.administrator.put(url, body, version=term["version"])


async def _complain(region: Region, by: User, entry: dict[str, Any], what: str, number: int) -> dict[str, Any]:
    """A complaint with a file, by somebody of the school."""
    file_id = await by.send_file("/publicity/case-files", "情况说明.pdf", "application/pdf", await _letter(number))
    body = {"entry_id": entry["entry_id"], "complaint_type": "untrue", "text": f"标记质疑{what}，请核实。", "files": [file_id]}
    case = dict(await by.post("/publicity/cases", body))
    region.ids |= {f"{what}_case": case["case_id"], f"{what}_case_file": file_id}
    return case


async def _letter(number: int) -> bytes:
    return await asyncio.to_thread(sample_files.letter, number, "某人", "质疑")


async def _sealed_term(region: Region, term: dict[str, Any]) -> None:
    """From reports over a decided complaint to archives."""
    campus, owner = region.campus, region.owner
    entries = await open_board(region, campus, term, [owner, *[region.collector] * 3])
    entry = entries[owner.student_id]
    case = await _complain(region, region.people["student@class"], entry, "closed", 1)
    ends = now()
    await change_windows(campus, term, timetable.windows(ends - hours(4), ends - hours(2), ends))
    for who in (owner.user, campus.school_classes[0].teacher, campus.administrator):
        await until("质疑办理", partial(decide, who, case["case_id"]))
    text = {"term_id": term["id"], "text": SAID}
    for pupil in campus.pupils:
        await until("自评", partial(accepted, pupil.user.put, "/archive/evaluations/self", text))
        teacher = next(school_class.teacher for school_class in campus.school_classes if school_class.path == pupil.path)
        comment = {**text, "student_id": pupil.student_id}
        await until("评语", partial(accepted, teacher.put, "/archive/evaluations/teacher", comment))
    past = now()
    made = [w for w in timetable.windows(past - hours(6), past - hours(4), past - hours(2)) if w["operation"] != "seal"]
    made = [w for w in made if w["operation"] not in timetable.AFTER]
    made += [window(operation, past - hours(2), past) for operation in timetable.AFTER]
    made += [window(operation, past, past + hours(48)) for operation in ("seal", "career_select")]
    await change_windows(campus, term, made)
    seal = f"/archive/terms/{term['id']}"
    await until("归档", partial(accepted, campus.administrator.post, f"{seal}/seal", {}))

    async def done() -> bool | None:
        return (await campus.administrator.get(seal))["state"] == "sealed" or None

    await until("学期档案", done)
    [archive] = (await owner.user.get("/archive/archives", term_id=term["id"]))["items"]
    written = await campus.school_classes[0].teacher.get("/archive/evaluations", term_id=term["id"], pending="false")
    found = [line["evaluation"]["id"] for line in written["items"] if line["student_id"] == owner.student_id]
    region.ids |= {
        "sealed_term": term["id"], "archive": archive["id"], "code": archive["code"], "evaluation": found[0],
        "cleared_entry": entry["entry_id"], "cleared_record": entry["record_id"],
    }  # fmt: skip
    _keep_private(region, owner, "side", "archive", archive["id"], archive["code"], *found)


async def decide(who: User, case_id: str) -> bool | None:
    """Takes an action that brings the case on; None while nothing waits for this user."""
    try:
        case = await who.get(f"/publicity/cases/{case_id}")
        names = [one["id"] for one in case["actions"]] if case["actions"] else []
        if not names:
            return None
        name = "agree" if "agree" in names else next(n for n in names if n != "disagree" and "amend" not in n)
        await who.post(f"/publicity/cases/{case_id}/actions", {"action": name, "text": "情况属实，有老师和同学可以证明。"})
    except Refused as refused:
        if refused.status in (403, 404, 409):
            return None
        raise
    return True


async def accepted(call: Any, path: str, body: Any) -> bool | None:
    """Make a request; None while it is too early for it."""
    try:
        await call(path, body)
    except Refused as refused:
        if refused.status in (404, 409):
            return None
        raise
    return True


async def open_board_term(region: Region, term: dict[str, Any]) -> None:
    """The board is open, with a complaint that is handled after publicity."""
    campus, owner = region.campus, region.owner
    pupils = [owner, campus.school_classes[0].pupils[1], campus.school_classes[1].pupils[0]]
    entries = await open_board(region, campus, term, pupils)
    entry = entries[owner.student_id]
    record = await owner.user.get(f"/records/records/{entry['record_id']}")
    case = await _complain(region, region.people["guardian@class"], entry, "open", 2)
    region.ids |= {
        "public_term": term["id"], "entry": entry["entry_id"], "public_record": record["id"],
        "public_file": record["evidence"][0]["evidence_id"], "stage": case["stage"],
    }  # fmt: skip


async def reporting_term(region: Region, term: dict[str, Any]) -> None:
    """Records in every state, positions, a committed import and a refused one."""
    campus, owner, teacher = region.campus, region.owner, region.campus.school_classes[0].teacher
    url = "/records/records"
    draft = await _report(region, owner, term, "草稿", "self", submit=False)
    waiting = await _report(region, owner, term, "待审", "side")
    back = await _report(region, owner, term, "退回", "side")
    back = await teacher.post(f"{url}/{back['id']}/return", {"reason_code": "incomplete", "note": "标记退回原因"})
    for reach, name in (("school", "shared"), ("class", "class_shared")):
        shown = await _report(region, owner, term, f"分享{reach}", reach, visibility=reach)
        region.ids |= {name: shown["id"], f"{name}_file": shown["evidence"][0]["evidence_id"]}
    voided = await _report(region, owner, term, "作废", "side")
    await campus.administrator.post(f"{url}/{voided['id']}/void", {"reason": "标记作废原因"})
    entry = await _approved(region, campus, owner, term, "通过", "side")
    chosen = await _approved(region, campus, owner, term, "遴选", "side")
    await owner.user.post("/publicity/selections", {"entry_ids": [chosen["entry_id"]]})
    for school_class in campus.school_classes:
        for pupil in school_class.pupils[:2]:
            await _report(region, pupil, term, "同校", "side")
    approved = await owner.user.post("/records/positions", _position(term))
    await teacher.post(f"/records/positions/{approved['id']}/approval")
    position = await owner.user.post("/records/positions", _position(term))
    region.ids |= {
        "approved_position": approved["id"],
        "term": term["id"], "draft": draft["id"], "submitted": waiting["id"], "returned": back["id"], "voided": voided["id"],
        "approved": entry["record_id"], "eligible_entry": entry["entry_id"], "selected_entry": chosen["entry_id"],
        "evidence": waiting["evidence"][0]["evidence_id"], "draft_file": draft["evidence"][0]["evidence_id"],
        "returned_file": back["evidence"][0]["evidence_id"], "position": position["id"],
        "title": waiting["title"], "version": str(back["version"]),
    }  # fmt: skip
    _keep_private(region, owner, "side", "position", position["id"])
    rows = imports.rows_for(region.world, "exam_scores", campus.school_classes[0].pupils, region.world.random)
    done = await _import(region, teacher, term, rows, "good")
    await batches.commit(teacher, done, "成绩")
    offer = await teacher.post("/import/uploads", {"name": "未传.xlsx", "media_type": batches.XLSX, "size": 100})
    region.ids["unsent_upload"] = offer["file_id"]
    rows[0]["成绩"] = 999
    await _import(region, teacher, term, rows, "broken")


def _position(term: dict[str, Any]) -> dict[str, Any]:
    return {"term_id": term["id"], "data": {"level": "class", "title": "monitor", "since": "2026-09-01"}}


async def _import(region: Region, by: User, term: dict[str, Any], rows: list[dict[str, Any]], what: str) -> dict[str, Any]:
    path = by.session["card"]["path"]
    form = await batches.template(by, "exam_scores", path, term["id"])
    book = workbooks.fill(form, {workbooks.data_sheet(form): rows})
    batch = await batches.check(by, "exam_scores", path, f"标记{what}.xlsx", book, term["id"])
    region.ids[f"{what}_batch"] = batch["id"]
    _keep_private(region, region.owner, "side", "batch", batch["id"], f"标记{what}.xlsx")
    return batch


async def _other_school(region: Region, campus: Campus) -> None:
    """Records and a position of another school, which nobody of the owner's school may read."""
    term = await a_term(campus, 3)
    for pupil in campus.pupils:
        await _report(region, pupil, term, "外校", "side")
    pupil = campus.pupils[0]
    made = await pupil.user.post("/records/positions", _position(term))
    _keep_private(region, pupil, "side", "position", made["id"])
    if campus is region.world.campuses[1]:
        region.ids |= {"other_term": term["id"], "other_student": pupil.student_id, "other_path": pupil.path}


async def _add_identities(region: Region) -> None:
    """Names are known within the school; what identifies a pupil only to the pupil and to staff above."""
    for campus in region.world.campuses:
        for pupil in campus.pupils:
            assert pupil.guardian is not None
            plan = pupil.plan
            numbers = (plan.id_number, plan.guardian_id_number, plan.guardian_phone, plan.registry_number, pupil.user.username)
            _keep_private(region, pupil, "side", "identity", *numbers)
            _keep_private(region, pupil, "school", "student", pupil.student_id)
    owner, campus = region.owner, region.campus
    staff = await campus.administrator.everything("/identity/staff", path=campus.path)
    card, account = next((one["card_id"], one["account_id"]) for one in staff if one["path"] == owner.path)
    district, city, province = (".".join(campus.path.split(".")[:depth]) for depth in (3, 2, 1))
    region.ids |= {
        "student": owner.student_id, "path": owner.path, "grade": owner.path.rpartition(".")[0], "school": campus.path,
        "district": district, "city": city, "province": province, "card": card, "account": account, "eid": owner.user.username,
        "registry": owner.plan.registry_number,
    }  # fmt: skip


async def _add_office_work(region: Region) -> None:
    """A webhook of the school, and a term in another province that is being backfilled."""
    by = region.campus.administrator
    types = ["archive.term.sealed"]
    hook = {"path": region.campus.path, "title": "标记回调", "url": "https://hooks.example.org/x", "types": types}
    made = await by.post("/notify/webhooks", hook)
    term = {"student_id": region.owner.student_id, "school_year": "2025-2026", "number": 2, "transferred_on": "2026-08-20"}
    begun = await by.post("/archive/backfills", {**term, "from_province": "浙江省", "from_school": "外省学校"})
    region.ids |= {"webhook": made["webhook_id"], "backfill": begun["id"]}
    _keep_private(region, region.owner, "side", "backfill", begun["id"])
