"""A term under way at each school, to look at and to work in: the first school reports and reviews, the second publishes."""

import random
from datetime import timedelta
from functools import partial
from typing import Any

from demo import sample_files, stories
from demo.scale import each, step, until
from demo.steps import publicity, report, timetable
from demo.world import Campus, Pupil, SchoolClass, World, now, window

DAY = timedelta(days=1)
MIDTERM = ("report", "review", "import", "declare_position", "review_position")


async def begin(world: World) -> None:
    """Schedule the term; report, review and select; file complaints on the second school's board."""
    reporting, publishing = world.campuses
    today = now().date()
    async with step("安排本学期"):
        for campus in world.campuses:
            body = timetable.a_term(campus.path, timetable.windows_now(), school_year=2026, number=1)
            body |= {"starts_on": str(today - 60 * DAY), "ends_on": str(today + 75 * DAY)}
            campus.term = await campus.administrator.post("/records/terms", body)
            world.counts["terms"] += 1
    await each("学生上报本学期的记录", world.members, lambda item: _report(world, *item))
    await each("班主任审核一部分", world.school_classes, lambda item: _review(world, *item), at_once=4)
    await _one_of_each(world, reporting)
    await _midterm(reporting)
    await until("本学期的记录进入遴选", partial(_eligible, publishing))
    await each("本学期遴选", publishing.pupils, lambda pupil: _select(publishing, pupil))
    opens = now()
    await timetable.change_timetable(
        publishing, timetable.windows(opens - 20 * DAY, opens, opens + 6 * DAY, opens + 20 * DAY), "公示按计划开始"
    )
    await until("本学期公示栏开放", partial(publicity.board, publishing, publishing.pupils[0].user))
    await each("对本学期公示的质疑", range(4), lambda number: _complain(world, publishing, number), at_once=2)
    first, *others = publishing.pupils
    for other in others:
        if await publicity.file_complaint(world, publishing, 4, first.user, other):
            break


async def _complain(world: World, campus: Campus, number: int) -> None:
    await publicity.complain_about(world, campus, number)


async def _one_of_each(world: World, campus: Campus) -> None:
    """What the first pupil finds: a draft, a record that came back, and a position that waits."""
    pupil, rng = campus.pupils[0], random.Random(f"one-of-each-{world.seed}")
    returned, draft = [kind for kind in world.kinds("reported") if not kind.get("quotas")][:2]
    await _write(world, campus, pupil, draft, rng, submit=False)
    record = await _write(world, campus, pupil, returned, rng, submit=True)
    teacher = next(one.teacher for one in campus.school_classes if one.path == pupil.path)
    body = {"reason_code": "evidence_unclear", "note": "证书上的姓名看不清，请重新拍一张。"}
    await teacher.post(f"/records/records/{record['id']}/return", body)
    world.counts["returned"] += 1
    await report.declare_position(world, campus, pupil, rng)


async def _midterm(campus: Campus) -> None:
    """Reporting and reviewing are open for ten days; selecting, publicity and evaluations follow, as a school would plan it."""
    at = now()
    opened = [window(operation, at - 30 * DAY, at + 10 * DAY) for operation in MIDTERM]
    later = timetable.windows(at - 30 * DAY, at + 14 * DAY, at + 28 * DAY, at + 45 * DAY)
    others = [one for one in later if one["operation"] not in (*MIDTERM, "select")]
    selecting = window("select", at + 8 * DAY, at + 14 * DAY)
    await timetable.change_timetable(campus, [*opened, selecting, *others], "按校历安排本学期")


async def _report(world: World, campus: Campus, pupil: Pupil) -> None:
    """Most pupils report in every dimension, others in two; some records are drafts. Every seventh pupil has nothing yet."""
    rng = random.Random(f"present-{world.seed}-{pupil.plan.registry_number}")
    if rng.random() < 0.14:
        return
    by_dimension: dict[str, list[dict[str, Any]]] = {}
    for kind in world.kinds("reported"):
        by_dimension.setdefault(kind["dimension"], []).append(kind)
    one_of_each = [rng.choice(kinds) for kinds in by_dimension.values()]
    for kind in one_of_each if rng.random() < 0.7 else rng.sample(one_of_each, 2):
        await _write(world, campus, pupil, kind, rng, submit=rng.random() < 0.85)


async def _write(
    world: World, campus: Campus, pupil: Pupil, kind: dict[str, Any], rng: random.Random, *, submit: bool
) -> dict[str, Any]:
    data = stories.fill(rng, kind, now().date())
    name, media_type, content = sample_files.evidence(rng.randrange(10**6), pupil.plan.name, str(data.get("name", "")))
    file_id = await pupil.user.send_file("/records/evidence", name, media_type, content)
    body = {"term_id": campus.term["id"], "kind": kind["id"], "title": str(data.get("name", kind["title"])), "data": data}
    made: dict[str, Any] = await pupil.user.post("/records/records", {**body, "evidence": [file_id], "submit": submit})
    world.counts["reported" if submit else "drafts"] += 1
    return made


async def _review(world: World, campus: Campus, school_class: SchoolClass) -> None:
    """Approve half of what waits and return a few; at the publishing school nothing is left."""
    waiting = await school_class.teacher.everything(
        "/records/records", term_id=campus.term["id"], path=school_class.path, state="submitted"
    )
    everything = campus is world.campuses[1]
    for record in waiting[: 0 if everything else 3]:
        body = {"reason_code": world.random.choice(report.RETURNS), "note": "请补充清楚后再上报。"}
        await school_class.teacher.post(f"/records/records/{record['id']}/return", body)
        world.counts["returned"] += 1
    approved = waiting if everything else waiting[3 : len(waiting) // 2]
    await report.approve(world, school_class, [record["id"] for record in approved])


async def _eligible(campus: Campus) -> bool | None:
    for school_class in campus.school_classes:
        query = {"term_id": campus.term["id"], "limit": 200}
        approved = await school_class.teacher.everything("/records/records", state="approved", **query)
        if len(await school_class.teacher.everything("/publicity/entries", **query)) < len(approved):
            return None
    return True


async def _select(campus: Campus, pupil: Pupil) -> None:
    mine = await pupil.user.everything("/publicity/entries", term_id=campus.term["id"], state="eligible")
    if mine:
        await pupil.user.post("/publicity/selections", {"entry_ids": [entry["entry_id"] for entry in mine[:3]]})
