"""The last year of a school in Changsha: growth records, material, final submission, publicity, complaints, archives."""

import random
from datetime import timedelta
from functools import partial
from typing import Any

from demo import sample_files, stories
from demo.client import Refused, User
from demo.scale import each, step, until
from demo.steps import archives, timetable
from demo.world import Campus, Pupil, World, hours, now, window

PHASES = ("submit", "review", "publish", "evaluate", "seal")
"""The phases of the last term, in order."""
_LENGTH = hours(24)
_ACTIVITIES = ("public_welfare", "health_activity", "arts_activity", "social_practice")
_REPORT = "弄虚作假，当天没有看到这位同学。"


def windows(phase: str) -> list[dict[str, Any]]:
    """The last term's timetable, in which this phase begins now, so that all before was done in its own; each lasts a day."""
    begun, present = now(), PHASES.index(phase)
    starts = {name: begun + _LENGTH * (number - present) for number, name in enumerate(PHASES)}
    return [
        window("final_submit", starts["submit"], starts["review"]),
        window("school_review", starts["submit"], starts["publish"]),
        window("publicity", starts["publish"], starts["evaluate"]),
        window("peer_evaluate", starts["evaluate"], starts["seal"]),
    ]


async def move_to(world: World, phase: str) -> None:
    """Let a phase of the last term begin now."""
    for campus in world.campuses:
        await timetable.change_timetable(campus, windows(phase), f"进入{phase}阶段（演示）")


async def earlier_term(world: World) -> None:
    """An earlier term: growth records, some selected as material, which is publicised automatically (CS-04 to CS-06)."""
    opens = now() + hours(24)
    async with step("安排九年级上学期"):
        for campus in world.campuses:
            shown = [window("publicity", opens, opens + hours(24))]
            campus.term = await campus.administrator.post("/records/terms", timetable.a_term(campus.path, shown, "", 2025, 1))
            world.counts["terms"] += 1
    deployment = world.deployment
    world.scheme = await world.campuses[0].administrator.get(f"/records/schemes/{deployment.scheme_id}/{deployment.version}")
    await each("成长记录与遴选", world.members, lambda item: _write(world, *item), at_once=6)
    await _read_feeds(world)
    for campus in world.campuses:
        shown = [window("publicity", now(), now() + hours(24))]
        await timetable.change_timetable(campus, shown, "公示按计划开始（演示）")
        await until("材料自动公示", partial(_students_shown, campus.pupils[0].user, campus, len(campus.pupils)))
        shown = [window("publicity", now() - hours(24), now())]
        await timetable.change_timetable(campus, shown, "公示按计划结束（演示）")


async def _write(world: World, campus: Campus, pupil: Pupil) -> None:
    """Two growth records; the first becomes evaluation material of a kind."""
    rng = random.Random(f"{world.seed}-{pupil.plan.registry_number}")
    by = pupil.guardian if pupil.guardian and rng.random() < 0.2 else pupil.user
    made = []
    for visibility in ("school", "class"):
        name, media_type, content = f"{visibility}.jpg", "image/jpeg", sample_files.photograph(rng.randrange(10**6), "", "")
        picture = await by.send_file("/records/evidence", name, media_type, content)
        body = {
            "term_id": campus.term["id"],
            "kind": _growth_kind(world),
            "data": {"name": "参加烈士公园活动", "body": stories.account(rng, 30, 200), "category": "school_activity"},
            "evidence": [picture],
            "visibility": visibility,
        }
        made.append(await by.post("/records/records", body))
        world.counts["growth_records"] += 1
    await _select(world, by, made[0], rng.choice(_ACTIVITIES), rng)


def _growth_kind(world: World) -> str:
    return str(world.scheme["drafts"]["kind"]["id"])


async def _select(world: World, by: User, record: dict[str, Any], kind_id: str, rng: random.Random) -> None:
    """Make a growth record evaluation material (选为综评材料): choose the kind, fill in its form, send."""
    path = f"/records/records/{record['id']}"
    kind = world.kind(kind_id)
    record = await by.put(f"{path}/category", {"kind": kind_id})
    begun = now() - timedelta(days=rng.randrange(20, 60))
    values = {
        "place": "烈士公园",
        "starts_at": begun.isoformat(),
        "ends_at": (begun + hours(4)).isoformat(),
        "hours": rng.choice((2, 3, 4, 12)),
    }
    fields = {field["id"] for field in kind["form"]["fields"]}
    data = {**record["data"], **{name: value for name, value in values.items() if name in fields}}
    evidence = [file["evidence_id"] for file in record["evidence"]]
    body = {"data": data, "evidence": evidence, "visibility": record["visibility"]}
    record = await by.put(path, body, version=record["version"])
    await by.post(f"{path}/submission")
    world.counts["selected"] += 1


async def _read_feeds(world: World) -> None:
    """The class circle and the school circle (CS-04)."""
    for campus in world.campuses:
        reader = campus.pupils[0].user
        counts = {}
        for circle in ("class", "school"):
            counts[circle] = len(await reader.everything("/records/shared", circle=circle))
        world.expect(counts["school"] > 0 < counts["class"], f"the feeds show nothing: {counts}")
        world.counts["feed_looks"] += 2
        summed = await reader.get("/records/hours")
        world.expect(bool(summed), "no practice hours")


async def _students_shown(user: User, campus: Campus, least: int) -> list[Any] | None:
    try:
        page = await user.post("/publicity/board/students", {"term_id": campus.term["id"], "limit": 200})
    except Refused as refused:
        if refused.code in ("window_closed", "not_found"):
            return None
        raise
    found: list[Any] = [one for group in page["groups"] for one in group["students"]] if "groups" in page else page["items"]
    return found if len(found) >= least else None


async def last_term(world: World) -> None:
    """The last term: everybody adds material, chooses from all terms, and submits finally (CS-01)."""
    async with step("安排九年级下学期"):
        for campus in world.campuses:
            body = timetable.a_term(campus.path, windows("submit"), "", 2025, 2)
            campus.term = await campus.administrator.post("/records/terms", body)
            world.counts["terms"] += 1

    async def submit(item: tuple[Campus, Pupil]) -> None:
        campus, pupil = item
        await _write(world, campus, pupil)
        path = f"/records/terms/{campus.term['id']}/final-selection"
        materials = await pupil.user.everything(f"{path}/materials")
        terms = {line["term_id"] for line in materials}
        world.expect(len(terms) == 2, f"material of {len(terms)} terms to choose from")
        chosen = [line["id"] for line in materials]
        await pupil.user.put(path, {"record_ids": chosen})
        await pupil.user.post(f"{path}/submission")
        world.counts["finally_submitted"] += 1
        world.counts["finally_chosen"] += len(chosen)

    await each("最终上报", world.members, submit, at_once=6)


async def review(world: World) -> None:
    """The panel reviews the submissions; one is returned, and submitted again (CS-08)."""
    for campus in world.campuses:
        panel = campus.staff["公示审核小组"]
        waiting = await panel.everything("/records/final-submissions", term_id=campus.term["id"], state="submitted")
        world.expect(len(waiting) == len(campus.pupils), f"{len(waiting)} submissions wait")
        back = waiting[0]
        await panel.post(f"/records/final-submissions/{back['id']}/return", {"reason_code": "unclear"})
        world.counts["finals_returned"] += 1
        author = next(pupil for pupil in campus.pupils if pupil.student_id == back["student_id"])
        await author.user.post(f"/records/terms/{campus.term['id']}/final-selection/submission")
        for line in waiting:
            await panel.post(f"/records/final-submissions/{line['id']}/approval", {"refused": []})
            world.counts["finals_passed"] += 1


async def publish(world: World) -> None:
    """The material of all terms is publicised; complaints and appeals are decided (CS-09 to CS-11)."""
    await move_to(world, "publish")
    for campus in world.campuses:
        reader, panel = campus.pupils[0].user, campus.staff["公示审核小组"]
        shown = await until("材料公示", partial(_students_shown, reader, campus, len(campus.pupils)))
        world.counts["board_students"] += len(shown)
        for number, action in enumerate(("uphold", "uphold", "reject")):
            case_id, entry_id = await _report(world, campus, campus.pupils[number + 1], campus.pupils[number + 4].user)
            await panel.post(f"/publicity/cases/{case_id}/actions", {"action": action, "text": "经核实，情况如上。"})
            if action == "uphold":
                await _appeal(world, campus.pupils[number + 1].user, panel, entry_id, success=number == 0)


async def _report(world: World, campus: Campus, about: Pupil, by: User) -> tuple[str, str]:
    """Report a material of a student (举报). Returns the case and the entry."""
    path = f"/publicity/board/students/{about.student_id}/entries"
    entries = (await by.get(path, term_id=campus.term["id"]))["items"]
    body = {"entry_id": entries[0]["entry_id"], "complaint_type": "fabricated", "text": _REPORT, "files": []}
    case = await by.post("/publicity/cases", body)
    world.counts["complaints"] += 1
    return case["case_id"], entries[0]["entry_id"]


async def _appeal(world: World, author: User, panel: User, entry_id: str, *, success: bool) -> None:
    """Appeal against an upheld complaint (申诉); the panel decides, and the decision is told after publicity."""
    waiting = await author.everything("/publicity/appeals")
    world.expect([one["state_title"] for one in waiting] == ["待申诉"], f"appeals: {waiting}")
    body = {"entry_id": entry_id, "case_type": "appeal", "text": "有活动签到表和老师的证明。", "files": []}
    appeal = await author.post("/publicity/cases", body)
    action, text = ("uphold", "证明属实。") if success else ("delete", "证明不实，予以删除。")
    await panel.post(f"/publicity/cases/{appeal['case_id']}/actions", {"action": action, "text": text})
    world.counts["appeals"] += 1
    [shown] = await author.everything("/publicity/appeals")
    world.expect(shown["state_title"] == "申诉待处理", f"an appeal is told before publicity ends: {shown}")


async def evaluate(world: World) -> None:
    """Appeals are told; everybody evaluates every classmate and sums up each dimension (CS-07, CS-11, CS-12)."""
    await move_to(world, "evaluate")
    dimensions = [dimension["id"] for dimension in world.scheme["dimensions"]]
    for campus in world.campuses:
        await until("申诉结果通知", partial(_told, campus))

    async def of_pupil(item: tuple[Campus, Pupil]) -> None:
        campus, pupil = item
        rng = random.Random(pupil.plan.registry_number)
        sheet = await pupil.user.get("/archive/peer-evaluations", term_id=campus.term["id"])
        cards = [
            {
                "student_id": mate["student_id"],
                "answers": [{"dimension": name, "choice": rng.choice("aab")} for name in dimensions],
            }
            for mate in sheet["cards"]
        ]
        saved = await pupil.user.put("/archive/peer-evaluations", {"term_id": campus.term["id"], "cards": cards})
        world.expect(saved["done"] == saved["of"], f"peer evaluation: {saved}")
        await pupil.user.post("/archive/peer-evaluations/submission", {"term_id": campus.term["id"]})
        world.counts["peer_cards"] += len(cards)
        version = None
        for name in dimensions:
            body = {"term_id": campus.term["id"], "dimension": name, "text": stories.SELF}
            written = await pupil.user.put("/archive/evaluations/self", body, version=version)
            version = written["version"]
            world.counts["summaries"] += 1

    await each("学生互评与综述", world.members, of_pupil, at_once=6)


async def _told(campus: Campus) -> bool | None:
    titles = []
    for pupil in campus.pupils[1:3]:
        titles += [one["state_title"] for one in await pupil.user.everything("/publicity/appeals")]
    return sorted(titles) == ["申诉失败", "申诉成功"] or None


async def seal(world: World) -> None:
    """Seal the archives of the stage."""
    await move_to(world, "seal")
    await archives.seal_terms(world, {campus.path: len(campus.pupils) for campus in world.campuses})


CHAPTERS = [
    ("二、前面的学期：成长记录与遴选", (earlier_term,)),
    ("三、最后一学期：最终上报", (last_term,)),
    ("四、学校审核", (review,)),
    ("五、公示、举报、申诉", (publish,)),
    ("六、互评与综述", (evaluate,)),
    ("七、归档", (seal, archives.verify)),
]
