"""The last term of a school in Zongyang: records, grades of the panel, the county's consent, lock, publicity, appeal (X-15)."""

import random
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from demo import sample_files, stories
from demo.client import Refused, User
from demo.scale import each, step, until
from demo.steps import archives, organisations, timetable
from demo.world import Campus, Pupil, SchoolClass, World, hours, now, window

PHASES = ("record", "grade", "lock", "class", "school", "seal")
"""The phases of the last term, in order, and the sealing after them."""
_LENGTH = hours(24)
OFFICE, PANEL = "县综评办公室", "学校评价小组"
GENEROUS = "health"
"""The dimension in which the panel first gives one A more than the school may."""
FULL = "arts"
"""A dimension of which the objecting student has B, and all A are taken."""
CONSENTED, REFUSED = "practice", "arts"
"""The dimensions with a D: the county consents to the one in the first class, not to the one in the second."""
REASON = "三年没有参加过社会实践，班主任多次提醒后仍未补上，无活动记录可供评定"
WEAK_REASON = "艺术活动记录较少，平时表现一般"
NOTE = "七、八年级都有合唱团的记录，请重新评定"
TOO_MANY = "身心健康评为优秀的人数超过学校名额，请复核后再提交"
OBJECTION = "七年级的县级比赛获奖证书没有计入，请重新评定思想品德和身心健康"
KEPT = "评价小组复核了三年的记录，该证书已经计入，维持原来的评定"
APPEAL = "学校没有说明获奖证书怎样计入，请县里复核思想品德的等级"
CORRECTED = "经核对原件，证书属于道德行为，思想品德应评为优秀，予以更正"
APPELLANT = 1
"""The number of who objects in the first class, from 0."""


def windows(phase: str, begun: Mapping[str, datetime] | None = None) -> list[dict[str, Any]]:
    """A timetable in which this phase begins now; each to come lasts a day. begun: when those before began; else a day each.

    The panel may grade until the results are published, since it grades again what the county or the lock refuses.
    """
    known, present, at = begun or {}, PHASES.index(phase), now()
    starts = {name: at + _LENGTH * (number - present) for number, name in enumerate(PHASES)}
    starts |= {name: when for name, when in known.items() if PHASES.index(name) < present}
    return [
        window("publicity", starts["record"], starts["grade"]),
        window("grade", starts["grade"], starts["class"]),
        window("lock_results", starts["lock"], starts["class"]),
        window("class_publicity", starts["class"], starts["school"]),
        window("result_publicity", starts["school"], starts["seal"]),
    ]


def earlier_windows(ends: datetime) -> list[dict[str, Any]]:
    """The timetable of the term before: its records are published until then."""
    return [window("publicity", now() - _LENGTH * 100, ends)]


async def move_to(world: World, phase: str) -> None:
    """Let a phase begin now. Results stay published for as long as the timetable says, so each phase keeps its beginning."""
    for campus in world.campuses:
        await timetable.change_timetable(campus, windows(phase, world.begun), f"进入{phase}阶段（演示）")
    world.begun[phase] = now()


async def schedule(world: World) -> None:
    """Create the last two terms of the stage, and the office of the county, which the county's administrator appoints."""
    async with step("安排学期；县综评办公室"):
        world.begun["record"] = now() - _LENGTH
        for campus in world.campuses:
            body = timetable.a_term(campus.path, earlier_windows(now() + _LENGTH), school_year=2025, number=1)
            campus.earlier = await campus.administrator.post("/records/terms", body)
            body = timetable.a_term(campus.path, windows("record"), school_year=2025, number=2)
            campus.term = await campus.administrator.post("/records/terms", body)
            world.counts["terms"] += 2
        county = world.regional["县管理员"]
        path, phone = county.session["card"]["path"], f"139{world.run:03d}00011"
        world.regional[OFFICE] = await organisations.hire(world, county, path, "county_office", OFFICE, phone)
    deployment = world.deployment
    world.scheme = await world.campuses[0].administrator.get(f"/records/schemes/{deployment.scheme_id}/{deployment.version}")


async def record(world: World) -> None:
    """Students or their parents report what they did in the last two terms; the class teacher reviews it."""

    async def write(item: tuple[Campus, Pupil]) -> None:
        campus, pupil = item
        rng = random.Random(f"{world.seed}-{pupil.plan.registry_number}")
        by = pupil.guardian if pupil.guardian and rng.random() < 0.3 else pupil.user
        picture = await by.send_file(
            "/records/evidence", "活动.jpg", "image/jpeg", sample_files.photograph(rng.randrange(10**6), "", "")
        )
        for term, days in ((campus.earlier, 200), (campus.term, 20)):
            body = {
                "term_id": term["id"],
                "kind": rng.choice(("good_deed", "public_service", "sports", "art_work", "labour", "research")),
                "data": {
                    "name": "参加植树活动",
                    "on_day": (now() - timedelta(days=days)).date().isoformat(),
                    "account": stories.account(rng, 60, 300),
                },
                "evidence": [picture] if term is campus.term else [],
                "submit": True,
            }
            await by.post("/records/records", body)
            world.counts["records"] += 1

    await each("成长记录", world.members, write, at_once=6)

    async def review(item: tuple[Campus, SchoolClass]) -> None:
        campus, school_class = item
        for term in (campus.earlier, campus.term):
            query = {"path": school_class.path, "term_id": term["id"], "state": "submitted"}
            ids = [one["id"] for one in await school_class.teacher.everything("/records/records", **query)]
            done = await school_class.teacher.post("/records/reviews", {"record_ids": ids, "action": "approve"})
            bad = [one for one in done["results"] if one["code"] is not None]
            world.expect(not bad, f"review of records: {bad}")
            world.counts["reviewed"] += len(ids) - len(bad)

    await each("班主任审核", world.school_classes, review, at_once=2)


async def evaluate(world: World) -> None:
    """Students write about themselves, class teachers comment."""

    async def of_pupil(item: tuple[Campus, Pupil]) -> None:
        campus, pupil = item
        body = {"term_id": campus.term["id"], "type": "self_statement", "text": stories.SELF}
        await pupil.user.put("/archive/evaluations/self", body)
        world.counts["self_statements"] += 1

    await each("自我陈述", world.members, of_pupil, at_once=6)

    async def of_class(item: tuple[Campus, SchoolClass]) -> None:
        campus, school_class = item
        comments = [
            {"student_id": pupil.student_id, "text": stories.COMMENTS[number % len(stories.COMMENTS)]}
            for number, pupil in enumerate(school_class.pupils)
        ]
        body = {"term_id": campus.term["id"], "type": "teacher_comment", "comments": comments}
        done = await school_class.teacher.put("/archive/evaluations/teacher/many", body)
        world.counts["teacher_comments"] += sum(1 for one in done["results"] if one["ok"])

    await each("班主任评语", world.school_classes, of_class, at_once=2)


async def grade(world: World) -> None:
    """The panel looks at the records of all years and grades; who gets a D gets a reason before a class is handed over."""
    await move_to(world, "grade")
    for campus in world.campuses:
        url, body = (
            f"/records/terms/{campus.earlier['id']}/timetable",
            {"windows": earlier_windows(now()), "reason": "公示结束"},
        )
        await campus.administrator.put(url, body, version=campus.earlier["version"])
        panel, first = campus.staff[PANEL], campus.school_classes[0]
        query = {"term_id": campus.term["id"], "student_id": first.pupils[0].student_id}

        async def recorded(by: User = panel, query: dict[str, Any] = query) -> dict[str, Any] | None:
            found: dict[str, Any] = await by.get("/archive/scores/material", **query)
            return found if sum(len(y["records"]) for d in found["dimensions"] for y in d["years"]) == 2 else None

        await until("评价小组查阅三年记录", recorded)
        for school_class in campus.school_classes:
            bands = grades(campus, school_class)
            async with step(f"{school_class.title} 评定"):
                await until("评定开放", partial(_enter, world, campus, school_class, bands))
            await expect_move(world, campus, panel, "pass", school_class.path, "reasons_missing")
            await _give_reason(world, campus, school_class, REASON if school_class is first else WEAK_REASON)
            await move(world, campus, panel, "pass", school_class.path)


def grades(campus: Campus, school_class: SchoolClass) -> dict[tuple[int, str], str]:
    """The band of each pupil, by number in the class (from 0) and dimension: as many A as the school may have, one more in one
    dimension; half B; in each class one D. Others are first in each dimension."""
    classes = campus.school_classes
    before = sum(len(one.pupils) for one in classes[: classes.index(school_class)])
    everybody, bands = len(campus.pupils), {}
    seats = everybody * 3 // 10
    for at, name in enumerate((GENEROUS, "morality", "study", "arts", "practice")):
        for number in range(len(school_class.pupils)):
            rank = (before + number + everybody * at // 5) % everybody
            most = everybody * 2 // 3 if name == "morality" else seats + (name == GENEROUS)
            bands[number, name] = "A" if rank < most else "B" if rank < most + everybody // 2 else "C"
    bands[APPELLANT, "morality"] = "B"
    bands[len(school_class.pupils) - 1, CONSENTED if school_class is classes[0] else REFUSED] = "D"
    return bands


async def _enter(world: World, campus: Campus, school_class: SchoolClass, bands: Mapping[tuple[int, str], str]) -> bool | None:
    """Enter bands, or other ones; None: grading has not begun yet."""
    panel, term_id = campus.staff[PANEL], campus.term["id"]
    sheet = await panel.get("/archive/scores", term_id=term_id, path=school_class.path)
    versions = {(row["student_id"], one["dimension"]): one["version"] for row in sheet["rows"] for one in row["entered"]}
    scores = [
        {"student_id": own, "dimension": name, "value": band, "version": versions.get((own, name))}
        for (number, name), band in bands.items()
        for own in [school_class.pupils[number].student_id]
    ]
    done = await panel.put("/archive/scores", {"term_id": term_id, "part": "panel", "scores": scores})
    if any(one["code"] == "window_not_open" for one in done["results"]):
        return None
    bad = [one for one in done["results"] if not one["ok"]]
    world.expect(not bad, f"grades: {bad}")
    world.counts["grades"] += len(bands) - len(bad)
    return True


async def _give_reason(world: World, campus: Campus, school_class: SchoolClass, reason: str) -> None:
    """Why the last of a class gets a D."""
    name = CONSENTED if school_class is campus.school_classes[0] else REFUSED
    one = {"student_id": school_class.pupils[-1].student_id, "dimension": name, "reason": reason}
    body = {"term_id": campus.term["id"], "path": school_class.path, "reasons": [one]}
    done = await campus.staff[PANEL].put("/archive/scores/reasons", body)
    world.expect(done["results"][0]["ok"], f"reason: {done}")
    world.counts["reasons"] += 1


async def consent(world: World) -> None:
    """Nothing is locked before the county has consented to each D; it refuses one, and the panel grades again."""
    await move_to(world, "lock")
    for campus in world.campuses:
        first, second = campus.school_classes[0], campus.school_classes[-1]
        await expect_move(world, campus, campus.administrator, "lock", first.path, "consents_open")
        office = world.regional[OFFICE]
        for asked in await office.everything("/archive/score-consents"):
            answer, note = ("consent", "") if asked["path"] == first.path else ("refuse", NOTE)
            one = {name: asked[name] for name in ("term_id", "student_id", "dimension", "version")}
            body = {"answer": answer, "note": note, "requests": [one]}
            done = await office.post("/archive/score-consents/answers", body)
            world.expect(done["results"][0]["ok"], f"{answer}: {done}")
            world.counts[f"consents_{answer}"] += 1
        await _enter(world, campus, second, {(len(second.pupils) - 1, REFUSED): "C"})
        await move(world, campus, campus.staff[PANEL], "pass", second.path)


async def lock(world: World) -> None:
    """More A than 30 % of the school's leavers are not locked: the class goes back, the panel grades one lower (X-15)."""
    for campus in world.campuses:
        administrator = campus.administrator
        for school_class in campus.school_classes:
            await expect_move(world, campus, administrator, "lock", school_class.path, "shares_exceeded")
        first = campus.school_classes[0]
        await move(world, campus, administrator, "return", first.path, TOO_MANY)
        number = next(number for (number, name), band in grades(campus, first).items() if (name, band) == (GENEROUS, "A"))
        await _enter(world, campus, first, {(number, GENEROUS): "B"})
        await move(world, campus, campus.staff[PANEL], "pass", first.path)
        own = await first.pupils[0].user.get("/archive/scores/own", term_id=campus.term["id"])
        world.expect(own["scores"] == [], f"seen before the lock: {own}")
        for school_class in campus.school_classes:
            await move(world, campus, administrator, "lock", school_class.path)
        own = await first.pupils[0].user.get("/archive/scores/own", term_id=campus.term["id"])
        world.expect(own["scores"][0]["columns"] == ["维度", "等级"], f"locked scores: {own}")


async def move(world: World, campus: Campus, by: User, action: str, path: str, reason: str = "") -> None:
    """Take an action on the sheet of a class, once the timetable allows it."""

    async def moved() -> dict[str, Any] | None:
        done = await _move(campus, by, action, path, reason)
        return None if done["code"] in ("window_closed", "window_not_open") else done

    done = await until(f"{path} {action}", moved)
    world.expect(done["ok"], f"{action}: {done}")
    world.counts[f"sheets_{action}"] += 1


async def expect_move(world: World, campus: Campus, by: User, action: str, path: str, code: str) -> None:
    """An action that is refused with this code; the refusal is kept for who asks what people read."""

    async def moved() -> dict[str, Any] | None:
        done = await _move(campus, by, action, path)
        return None if done["code"] in ("window_closed", "window_not_open") else done

    done = await until(f"{path} {action}", moved)
    world.expect(done["code"] == code, f"{action}, expected {code}: {done}")
    world.refused[code] = str(done["detail"])


async def _move(campus: Campus, by: User, action: str, path: str, reason: str = "") -> dict[str, Any]:
    heads = {one["path"]: one for one in await by.everything("/archive/score-sheets", term_id=campus.term["id"])}
    sheets = [{"path": path, "version": heads[path]["version"]}]
    body = {"term_id": campus.term["id"], "action": action, "reason": reason, "sheets": sheets}
    [done] = (await by.post("/archive/score-sheets/moves", body))["results"]
    return dict(done)


async def seen(by: User, campus: Campus) -> list[dict[str, Any]] | None:
    """The published results that somebody sees; None: none."""
    try:
        return await by.everything("/publicity/results", term_id=campus.term["id"])
    except Refused as refused:
        if refused.code == "window_closed":
            return None
        raise


async def publish_in_class(world: World) -> None:
    """The class sees its results first; a student objects, and the school answers."""
    for campus in world.campuses:
        world.expect(await seen(campus.pupils[0].user, campus) is None, "results are published before their time")
    await move_to(world, "class")
    for campus in world.campuses:
        first = campus.school_classes[0]
        pupil, panel = first.pupils[APPELLANT], campus.staff[PANEL]
        page = await until("班级公示", partial(seen, pupil.user, campus))
        world.counts["seen_in_class"] = len(page)
        world.counts["seen_in_other_class"] = len(await seen(campus.pupils[-1].user, campus) or [])
        world.counts["seen_by_panel"] = len(await seen(panel, campus) or [])
        [own] = [one for one in page if one["own"]]
        file_id = await pupil.user.send_file(
            "/publicity/case-files", "获奖证书.jpg", "image/jpeg", sample_files.photograph(7, pupil.plan.name, "获奖证书")
        )
        body = {"result_id": own["result_id"], "text": OBJECTION, "files": [file_id]}
        early = pupil.user.post("/publicity/cases", {**body, "case_type": "county_appeal"})
        await world.expect_refusal(early, "an appeal before the school's answer", "wrong_state")
        case = await pupil.user.post("/publicity/cases", body)
        await panel.post(f"/publicity/cases/{case['case_id']}/actions", {"action": "keep", "text": KEPT})
        world.cases["objection"] = case["case_id"]
        world.counts["objections"] += 1


async def publish_in_school(world: World) -> None:
    """The school sees all results; the family appeals to the county, which corrects a grade within the shares."""
    await move_to(world, "school")
    for campus in world.campuses:
        first, office = campus.school_classes[0], world.regional[OFFICE]
        pupil = first.pupils[APPELLANT]

        async def whole(by: User = pupil.user, campus: Campus = campus) -> list[dict[str, Any]] | None:
            found = await seen(by, campus)
            return found if found and len(found) == len(campus.pupils) else None

        page = await until("全校公示", whole)
        world.counts["seen_in_school"] = len(page)
        [own] = [one for one in page if one["own"]]
        by = pupil.guardian or pupil.user
        body = {"result_id": own["result_id"], "case_type": "county_appeal", "text": APPEAL, "files": []}
        case = await by.post("/publicity/cases", body)
        url, answer = f"/publicity/cases/{case['case_id']}/actions", {"action": "correct", "text": CORRECTED}
        more = office.post(url, {**answer, "grades": {"morality": "A", FULL: "A"}})
        await world.expect_refusal(more, "a correction without a seat left", "share_full")
        await office.post(url, {**answer, "grades": {"morality": "A"}})
        world.cases["county_appeal"] = case["case_id"]
        world.counts["appeals"] += 1
        await until("档案中的结果已更正", partial(_corrected, campus, pupil))


async def _corrected(campus: Campus, pupil: Pupil) -> bool | None:
    own = await pupil.user.get("/archive/scores/own", term_id=campus.term["id"])
    return dict(own["scores"][0]["rows"])["思想品德"].startswith("A") or None


async def seal(world: World) -> None:
    """Publicity is over, no case is open, and nobody may appeal any more: the archives of the stage are sealed."""
    for campus in world.campuses:
        early = campus.administrator.post(f"/archive/terms/{campus.term['id']}/seal", {})
        await world.expect_refusal(early, "sealed while the results are published", "term_not_ready")
    await move_to(world, "seal")
    await archives.seal_terms(world, {campus.path: len(campus.pupils) for campus in world.campuses})


CHAPTERS = [
    ("二、学期安排", (schedule,)),
    ("三、成长记录、自我陈述与评语", (record, evaluate)),
    ("四、评价小组评定", (grade,)),
    ("五、县级同意与锁定", (consent, lock)),
    ("六、班级公示与异议", (publish_in_class,)),
    ("七、全校公示与向县申诉", (publish_in_school,)),
    ("八、归档", (seal, archives.verify)),
]
