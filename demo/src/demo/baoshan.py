"""A term of Baoshan: recorders enter, students confirm, reports are published, appealed against, judged and filed."""

from functools import partial
from typing import Any

from demo import baoshan_appeals, sample_files
from demo.client import Refused, User
from demo.scale import each, step, until
from demo.steps import archives, organisations, timetable
from demo.world import Campus, Pupil, SchoolClass, World, hours, now, window

PHASES = ("fill", "confirm", "mend", "publish", "handle", "file", "seal")
"""The phases of the source's timetable, in order, and the sealing after them."""
_OPERATIONS = {
    "fill": ("school_fill", "district_fill", "city_fill"),
    "confirm": ("confirm",),
    "mend": ("mend_refused",),
    "publish": ("publicity",),
    "handle": ("handle_case",),
    "file": ("judge", "sign"),
}
_LENGTH = hours(24)
PROJECTS = ("校学雷锋志愿讲解", "区少先队代表大会")
"""Of the school's list and of the district's."""
TEXT = "我在学校三年的学习生活中，认真完成每一门课程的学习，积极参加班级和社区的各项活动，学会了与人合作，也更懂得坚持。"


def windows(phase: str) -> list[dict[str, Any]]:
    """A timetable in which this phase begins now, so that all before was done in its own: each lasts a day."""
    begun, present = now(), PHASES.index(phase)

    def starts(number: int) -> Any:
        return begun + _LENGTH * (number - present)

    made = []
    for number, name in enumerate(PHASES[:-1]):
        first, last = starts(number), starts(number + 1)
        if name == "mend":
            first = starts(number - 1)  # corrections begin with the confirmation, and last a day longer
        if name == "handle":
            first = starts(number - 1)  # cases are handled from the first day of publicity on
        for operation in _OPERATIONS[name]:
            grades = {"grades": ["9"]} if name == "file" else {}
            made.append({**window(operation, first, last), **grades})
    made.append(window("set_switches", starts(0), starts(0) + hours(12)))
    made.append({**window("opt_out", starts(0), starts(0) + hours(12)), "grades": ["9"]})
    return made


async def move_to(world: World, phase: str) -> None:
    """Let a phase begin now."""
    for campus in world.campuses:
        await timetable.change_timetable(campus, windows(phase), f"进入{phase}阶段（演示）")


async def schedule(world: World) -> None:
    """Create the term, and the recorders and auditors of district and city (SH-12)."""
    async with step("安排学期；区、市录入员和审核员"):
        for campus in world.campuses:
            body = timetable.a_term(campus.path, windows("fill"), school_year=2025, number=2)
            campus.term = await campus.administrator.post("/records/terms", body)
            world.counts["terms"] += 1
        await hire_above_schools(world)
    deployment = world.deployment
    world.scheme = await world.campuses[0].administrator.get(f"/records/schemes/{deployment.scheme_id}/{deployment.version}")


async def hire_above_schools(world: World) -> None:
    """District and city appoint their recorders and auditors."""
    district, city = world.regional["区级管理员"], world.regional["市级管理员"]
    for number, (by, role, title) in enumerate(
        (
            (district, "recorder", "区级录入员"),
            (district, "auditor", "区级审核员"),
            (city, "recorder", "市级录入员"),
            (city, "auditor", "市级审核员"),
        ),
        11,
    ):
        path, phone = by.session["card"]["path"], f"139{world.run:03d}{number:05d}"
        world.regional[title] = await organisations.hire(world, by, path, role, title, phone)


async def prepare(world: World) -> None:
    """The school's switch, who takes no part, and the lists of projects of school and district (SH-02 to SH-04)."""
    async with step("填报准备：审核设置、预确认、活动项目"):
        items = "/records/catalogs/league_projects/items"
        await world.regional["区级录入员"].post(items, {"titles": [PROJECTS[1]]})
        for campus in world.campuses:
            recorder, url = campus.staff["校级录入员"], f"/records/terms/{campus.term['id']}"
            [switch] = await campus.administrator.get(f"{url}/switches")
            world.expect(switch["value"] is True and switch["may_set"], f"the review is not on by default: {switch}")
            await recorder.post(items, {"titles": [PROJECTS[0]]})
            ninth, seventh = (campus.school_classes[at].pupils[-1].student_id for at in (0, -1))
            out = {"participates": False, "reason_code": "suspended", "note": "核对学籍"}
            await recorder.put(f"{url}/opt-outs/{ninth}", out)
            world.counts["opted_out"] += 1
            back = await campus.administrator.put(f"{url}/opt-outs/{ninth}", {"participates": True})
            world.expect(back["participates"], "a student was not put back while preparation goes on")
            late = recorder.put(f"{url}/opt-outs/{seventh}", out)
            await world.expect_refusal(late, "filling has opened, and grade 7 is not frozen", "window_closed")


async def enter(world: World) -> None:
    """School, district and city enter; students write their texts and activities (SH-02, SH-04, SH-05)."""

    async def of_pupil(item: tuple[Campus, Pupil]) -> None:
        campus, pupil = item
        school = campus.staff["校级录入员"]
        today = now().date().isoformat()
        for by, kind, data in (
            (school, "basic_course", {"name": "语文", "mark": "优"}),
            (school, "extended_course", {"name": "陶艺", "mark": "良"}),
            (school, "sports_contest", {"name": "校运动会男子1500米", "on_day": today, "award": "二等奖"}),
            (world.regional["区级录入员"], "district_exam", {"name": "信息科技", "mark": "合格"}),
            (world.regional["市级录入员"], "city_exam", {"name": "体育与健身", "mark": "合格"}),
        ):
            await _enter(world, by, campus, pupil, kind, data)
        own = "self_introduction" if pupil.plan.entry_year == min(y for y, _ in world.deployment.classes) else "typical_case"
        await _enter(world, pupil.user, campus, pupil, own, {"name": "我的初中生活", "body": TEXT})
        if pupil in _active(campus):
            for project in PROJECTS:
                activity = {"project": project, "on_day": today, "part": "担任讲解员，全程参加。"}
                await _enter(world, pupil.user, campus, pupil, "league_activity", activity)

    await each("校、区、市录入，学生填写", world.members, of_pupil, at_once=6)
    for campus in world.campuses:
        pupil, term_id = _active(campus)[0], campus.term["id"]
        third = {"project": PROJECTS[0], "on_day": now().date().isoformat(), "part": "又参加了一次。"}
        more = _enter(world, pupil.user, campus, pupil, "league_activity", third)
        await world.expect_refusal(more, "a third activity in a term", "quota_exceeded")
        switch = f"/records/terms/{term_id}/switches/league_review"
        turned = campus.administrator.put(switch, {"value": False})
        await world.expect_refusal(turned, "students have filled in, and the switch is not frozen", "switch_frozen")


async def _enter(world: World, by: User, campus: Campus, pupil: Pupil, kind: str, data: dict[str, Any]) -> None:
    body = {"term_id": campus.term["id"], "kind": kind, "data": data, "submit": True}
    await by.post("/records/records", body if by is pupil.user else {**body, "student_id": pupil.student_id})
    world.counts["entered"] += 1


async def read(world: World) -> None:
    """The class teachers read the texts; students then choose to publish them (SH-06)."""

    async def of_class(item: tuple[Campus, SchoolClass]) -> None:
        campus, school_class = item
        found = await school_class.teacher.everything(
            "/records/records", term_id=campus.term["id"], path=school_class.path, state="submitted", origin="reported"
        )
        for record in found:
            await school_class.teacher.post(f"/records/records/{record['id']}/approval")
            world.counts["read"] += 1

    await each("班主任审阅", world.school_classes, of_class)

    async def choose(item: tuple[Campus, Pupil]) -> None:
        campus, pupil = item

        asked = {"term_id": campus.term["id"], "origin": "reported", "state": "approved"}
        own = await pupil.user.everything("/records/records", **asked)

        async def eligible() -> list[str] | None:
            found = await pupil.user.everything("/publicity/entries", term_id=campus.term["id"], state="eligible")
            return [entry["entry_id"] for entry in found] if len(found) == len(own) else None

        ids = await until(f"{pupil.plan.name} 可以提交公示", eligible)
        await pupil.user.post("/publicity/selections", {"entry_ids": ids})
        world.counts["chosen"] += len(ids)

    await each("学生提交公示", world.members, choose)


async def confirm(world: World) -> None:
    """Students confirm; two refuse an entry, one of which the recorder corrects (SH-07)."""
    await move_to(world, "confirm")

    async def of_pupil(item: tuple[Campus, Pupil]) -> None:
        campus, pupil = item
        if pupil in _silent(campus):
            return  # silence means passed
        waiting = await pupil.user.everything("/records/records", term_id=campus.term["id"], state="submitted")
        refused = [r for r in waiting if pupil in _refusing(campus) and r["kind"] == "sports_contest"]
        for record in refused:
            reason = {"reason_code": "unreal", "note": "我参加的是800米。"}
            await pupil.user.post(f"/records/records/{record['id']}/return", reason)
            world.counts["refused"] += 1
        ids = [record["id"] for record in waiting if record not in refused]
        done = await pupil.user.post("/records/reviews", {"record_ids": ids, "action": "approve"})
        world.expect(all(r["result"] == "approved" for r in done["results"]), f"confirming: {done}")
        world.counts["confirmed"] += len(ids)

    await each("学生确认", world.members, of_pupil, at_once=6)
    for campus in world.campuses:
        recorder = campus.staff["校级录入员"]
        returned = await recorder.everything("/records/records", term_id=campus.term["id"], state="returned")
        for record in [r for r in returned if r["student_id"] == _refusing(campus)[0].student_id]:
            whole = await recorder.get(f"/records/records/{record['id']}")
            body = {"data": {**whole["data"], "name": "校运动会男子800米"}, "evidence": []}
            mended = await recorder.put(f"/records/records/{record['id']}", body, version=whole["version"])
            await recorder.post(f"/records/records/{mended['id']}/submission")
            world.counts["mended"] += 1
    await move_to(world, "mend")


def _active(campus: Campus) -> list[Pupil]:
    """Who took part in activities of the youth league: one pupil of each class."""
    return [school_class.pupils[0] for school_class in campus.school_classes]


def _refusing(campus: Campus) -> list[Pupil]:
    return campus.school_classes[0].pupils[:2]


def _silent(campus: Campus) -> list[Pupil]:
    return campus.school_classes[-1].pupils[2:]


async def publish(world: World) -> None:
    """What nobody confirmed passed, what was not corrected escalated; the reports are published (SH-07, SH-08, SH-10)."""
    for campus in world.campuses:
        silent = _silent(campus)[0].user
        await until("逾期未确认的视为通过", partial(_all_approved, silent, campus))
    await move_to(world, "publish")
    for campus in world.campuses:
        reader = campus.pupils[0].user
        await until("公示纪实报告", partial(_reports, reader, campus))
        shown = await reader.get(f"/publicity/board/reports/{campus.pupils[2].student_id}", term_id=campus.term["id"])
        world.expect("id_number" not in str(shown), "a report shows an id number")
        world.counts["reports_read"] += 1


async def _all_approved(user: User, campus: Campus) -> bool | None:
    return not await user.everything("/records/records", term_id=campus.term["id"], state="submitted") or None


async def _reports(user: User, campus: Campus) -> list[Any] | None:
    try:
        return await user.everything("/publicity/board/reports", term_id=campus.term["id"]) or None
    except Refused as refused:
        if refused.code in ("window_closed", "not_found"):
            return None
        raise


async def judge(world: World) -> None:
    """The principal judges grade 9; confirmations are printed and signed; the stamped summary is uploaded (SH-11)."""
    await move_to(world, "file")
    for campus in world.campuses:
        leaving, term_id = campus.school_classes[0], campus.term["id"]
        principal = campus.staff["校长"]
        given = [{"student_id": pupil.student_id, "choice": "pass"} for pupil in leaving.pupils]

        async def judged(by: User = principal, verdicts: Any = given, term: str = term_id) -> bool | None:
            done = await by.put("/archive/verdicts", {"term_id": term, "verdicts": verdicts})
            return all(one["ok"] or one["code"] == "already_applied" for one in done["results"]) or None

        await until("校长评价", judged)
        world.counts["judged"] += len(given)
        printed = await campus.administrator.post(f"/archive/terms/{term_id}/confirmations", {"path": leaving.path})
        world.expect(printed["slips"] == len(leaving.pupils), f"confirmations: {printed}")
        signed = [{"action": "sign", "student_id": pupil.student_id} for pupil in leaving.pupils]
        await campus.administrator.post(f"/archive/terms/{term_id}/confirmations/changes", {"changes": signed})
        world.counts["signed"] += len(signed)
        summary = await principal.post(f"/archive/terms/{term_id}/summary", {})
        photo = sample_files.photograph(9, campus.plan.title, "汇总表")
        file_id = await principal.send_file("/archive/filing-files", "汇总表.jpg", "image/jpeg", photo)
        body = {"version": summary["version"], "file_id": file_id}
        await principal.post(f"/archive/terms/{term_id}/summary/upload", body)
        world.counts["summaries"] += 1


async def seal(world: World) -> None:
    """Seal the reports of grade 9."""
    await move_to(world, "seal")
    await archives.seal_terms(world, {campus.path: len(campus.school_classes[0].pupils) for campus in world.campuses})


CHAPTERS = [
    ("二、学期安排与填报准备", (schedule, prepare)),
    ("三、录入与填写", (enter, read)),
    ("四、确认", (confirm,)),
    ("五、公示", (publish,)),
    ("六、申诉与问题处理", (baoshan_appeals.appeal,)),
    ("七、评价与归档签字", (judge,)),
    ("八、归档", (seal, archives.verify)),
]
