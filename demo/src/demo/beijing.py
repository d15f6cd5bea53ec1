"""A term of a school in Beijing: portfolio, evaluations from all sides, scores, review, lock, term table (BJ-06 to BJ-12)."""

import random
from datetime import timedelta
from typing import Any

from demo import sample_files, stories
from demo.client import User
from demo.scale import each, step, until
from demo.steps import archives, organisations, timetable
from demo.world import Campus, Pupil, SchoolClass, World, hours, now, window

PHASES = ("evaluate", "score", "check", "lock", "seal")
"""The phases of the source's flow, in order, and the sealing after them."""
_LENGTH = hours(24)
_GRADES = "aaabbc"
"""What students choose of themselves and each other; more good than fair."""
RETURNED = "两名同学的加分需要补充证明"
BONUS = "组织年级爱心义卖活动"
DEDUCTION = "多次缺席集体活动"


def windows(phase: str) -> list[dict[str, Any]]:
    """A timetable in which this phase begins now, so that all before was done in its own; each lasts a day."""
    begun, present = now(), PHASES.index(phase)
    starts = {name: begun + _LENGTH * (number - present) for number, name in enumerate(PHASES)}
    return [
        window("self_evaluate", starts["evaluate"], starts["score"]),
        window("peer_evaluate", starts["evaluate"], starts["score"]),
        window("enter_marks", starts["evaluate"], starts["check"]),
        window("teacher_evaluate", starts["evaluate"], starts["check"]),
        window("group_evaluate", starts["evaluate"], starts["check"]),
        window("department_review", starts["check"], starts["lock"]),
        window("lock", starts["lock"], starts["seal"]),
    ]


async def move_to(world: World, phase: str) -> None:
    """Let a phase begin now."""
    for campus in world.campuses:
        await timetable.change_timetable(campus, windows(phase), f"进入{phase}阶段（演示）")


async def schedule(world: World) -> None:
    """Create the term, the head of the grade, the student office, and a group of evaluators in each class (BJ-10)."""
    async with step("安排学期；年级主任、学生处、班级评议小组"):
        for campus in world.campuses:
            body = timetable.a_term(campus.path, windows("evaluate"), school_year=2026, number=1)
            campus.term = await campus.administrator.post("/records/terms", body)
            world.counts["terms"] += 1
            await hire(world, campus)
    deployment = world.deployment
    world.scheme = await world.campuses[0].administrator.get(f"/records/schemes/{deployment.scheme_id}/{deployment.version}")


async def hire(world: World, campus: Campus) -> None:
    """The head of the grade, the student office, and a group of evaluators in each class."""
    grade = campus.school_classes[0].path.rpartition(".")[0]
    posts = [("年级主任", "department_head", grade), ("学生处", "student_office", campus.path)]
    posts += [(f"{one.title}评议小组", "supervision_group", one.path) for one in campus.school_classes]
    for number, (title, role, path) in enumerate(posts, 31):
        phone = f"139{world.run:03d}{number:05d}"
        campus.staff[title] = await organisations.hire(world, campus.administrator, path, role, title, phone)


def group_of(campus: Campus, school_class: SchoolClass) -> User:
    """The group of evaluators of a class."""
    return campus.staff[f"{school_class.title}评议小组"]


async def portfolio(world: World) -> None:
    """Students and their parents add to the portfolio at any time; class teacher and department review (BJ-06, BJ-07)."""

    async def write(item: tuple[Campus, Pupil]) -> None:
        campus, pupil = item
        rng = random.Random(f"{world.seed}-{pupil.plan.registry_number}")
        by = pupil.guardian if pupil.guardian and rng.random() < 0.3 else pupil.user
        picture = await by.send_file(
            "/records/evidence", "活动.jpg", "image/jpeg", sample_files.photograph(rng.randrange(10**6), "", "")
        )
        body = {
            "term_id": campus.term["id"],
            "kind": rng.choice(("moral_deed", "public_service", "innovation_case", "sports_habit")),
            "data": {
                "name": "社区爱心义卖",
                "on_day": (now() - timedelta(days=rng.randrange(3, 30))).date().isoformat(),
                "account": stories.account(rng, 60, 300),
            },
            "evidence": [picture],
        }
        record = await by.post("/records/records", body)
        await by.post(f"/records/records/{record['id']}/submission")
        world.counts["portfolio"] += 1

    await each("成长档案袋", world.members, write, at_once=6)

    await each("班主任审阅", world.school_classes, lambda item: _review(world, *item, item[1].teacher), at_once=2)


async def _review(world: World, campus: Campus, school_class: SchoolClass, by: User) -> None:
    """Approve what waits for this reviewer in a class."""
    query = {"path": school_class.path, "term_id": campus.term["id"], "state": "submitted"}
    ids = [one["id"] for one in await by.everything("/records/records", **query)]
    done = await by.post("/records/reviews", {"record_ids": ids, "action": "approve"})
    bad = [one for one in done["results"] if one["code"] is not None]
    world.expect(not bad, f"review of the portfolio: {bad}")
    world.counts["reviewed"] += len(ids) - len(bad)


async def evaluate(world: World) -> None:
    """Everybody evaluates themselves, each classmate and, as a parent, the child; teachers comment (BJ-06, BJ-11)."""
    dimensions = [dimension["id"] for dimension in world.scheme["dimensions"]]

    async def of_pupil(item: tuple[Campus, Pupil]) -> None:
        campus, pupil = item
        term_id, rng = campus.term["id"], random.Random(pupil.plan.registry_number)
        await pupil.user.put(
            "/archive/evaluations/self", {"term_id": term_id, "type": "self_introduction", "text": stories.SELF}
        )
        version = None
        for name in dimensions:
            body = {"term_id": term_id, "type": "self_rating", "dimension": name, "choice": rng.choice(_GRADES)}
            version = (await pupil.user.put("/archive/evaluations/self", body, version=version))["version"]
        world.counts["self_ratings"] += 1
        sheet = await pupil.user.get("/archive/peer-evaluations", term_id=term_id)
        answer = {"choice": rng.choice(_GRADES), "text": "待人真诚，做事认真。"}
        cards = [{"student_id": mate["student_id"], "answers": [answer]} for mate in sheet["cards"]]
        await pupil.user.put("/archive/peer-evaluations", {"term_id": term_id, "cards": cards})
        await pupil.user.post("/archive/peer-evaluations/submission", {"term_id": term_id})
        world.counts["peer_cards"] += len(cards)

    await each("自我介绍、自评与互评", world.members, of_pupil, at_once=6)

    async def of_class(item: tuple[Campus, SchoolClass]) -> None:
        campus, school_class = item
        comments = [
            {"student_id": pupil.student_id, "text": stories.COMMENTS[number % len(stories.COMMENTS)]}
            for number, pupil in enumerate(school_class.pupils)
        ]
        body = {"term_id": campus.term["id"], "type": "teacher_comment", "comments": comments}
        done = await school_class.teacher.put("/archive/evaluations/teacher/many", body)
        world.counts["teacher_comments"] += sum(1 for one in done["results"] if one["ok"])

    await each("师评", world.school_classes, of_class, at_once=2)


async def score(world: World) -> None:
    """The class teacher and the group score every student; the group gives bonuses and deductions with reasons (BJ-10)."""
    await move_to(world, "score")
    dimensions = [dimension["id"] for dimension in world.scheme["dimensions"]]

    async def of_class(item: tuple[Campus, SchoolClass]) -> None:
        campus, school_class = item
        rng = random.Random(school_class.path)
        group = group_of(campus, school_class)
        for by, part, most in ((school_class.teacher, "teacher", 98), (group, "group", 95)):
            values = [
                {"student_id": pupil.student_id, "dimension": name, "value": str(rng.randrange(62, most))}
                for pupil in school_class.pupils
                for name in dimensions
            ]
            done = await by.put("/archive/scores", {"term_id": campus.term["id"], "part": part, "scores": values})
            world.counts["scores"] += sum(1 for one in done["results"] if one["ok"])
        for number, (points, reason) in enumerate((("5", BONUS), ("-3", DEDUCTION))):
            body = {
                "term_id": campus.term["id"], "part": "bonus", "student_id": school_class.pupils[number].student_id,
                "dimension": "morality", "points": points, "reason": reason,
            }  # fmt: skip
            await group.post("/archive/scores/adjustments", body)
            world.counts["adjustments"] += 1

    await each("班主任评分、小组评议、加分扣分", world.school_classes, of_class, at_once=2)
    for campus in world.campuses:
        for school_class in campus.school_classes:
            await _move(world, campus, school_class.teacher, "pass", [school_class.path])


async def check(world: World) -> None:
    """The department reviews, returns one class, and passes all (BJ-10)."""
    await move_to(world, "check")
    for campus in world.campuses:
        head, first = campus.staff["年级主任"], campus.school_classes[0]
        await _move(world, campus, head, "return", [first.path], RETURNED)
        world.counts["returned"] += 1
        await timetable.change_timetable(campus, check_and_score(), "退回的班级补评（演示）")
        await _move(world, campus, first.teacher, "pass", [first.path])
        await _move(world, campus, head, "pass", [one.path for one in campus.school_classes])
        for school_class in campus.school_classes:
            await _review(world, campus, school_class, head)


def check_and_score() -> list[dict[str, Any]]:
    """The review has begun, and scores may still be entered, as for a class that was returned."""
    made = windows("check")
    for one in made:
        if one["operation"] in ("teacher_evaluate", "group_evaluate"):
            one["ends"] = next(w for w in made if w["operation"] == "department_review")["ends"]
    return made


async def lock(world: World) -> None:
    """The student office collects and locks all classes; then families see the result (BJ-10)."""
    await move_to(world, "lock")
    for campus in world.campuses:
        await _move(world, campus, campus.staff["学生处"], "lock", [one.path for one in campus.school_classes])
        pupil = campus.pupils[0]
        own = await pupil.user.get("/archive/scores/own", term_id=campus.term["id"])
        world.expect(own["locked"] and own["scores"][0]["rows"][-1][0] == "总评", f"locked scores: {own}")


async def _move(world: World, campus: Campus, by: User, action: str, paths: list[str], reason: str = "") -> None:
    heads = {one["path"]: one for one in await by.everything("/archive/score-sheets", term_id=campus.term["id"])}
    sheets = [{"path": path, "version": heads[path]["version"]} for path in paths]
    body = {"term_id": campus.term["id"], "action": action, "reason": reason, "sheets": sheets}

    async def moved() -> dict[str, Any] | None:
        found: dict[str, Any] = await by.post("/archive/score-sheets/moves", body)
        early = any(one["code"] == "window_closed" for one in found["results"])  # the timetable is still on its way
        return None if early else found

    done = await until(f"{campus.plan.title} {action}", moved)
    bad = [one for one in done["results"] if not one["ok"]]
    world.expect(not bad, f"{action}: {bad}")
    world.counts[f"sheets_{action}"] += len(paths) - len(bad)


async def seal(world: World) -> None:
    """Seal the term tables."""
    await move_to(world, "seal")
    await archives.seal_terms(world, {campus.path: len(campus.pupils) for campus in world.campuses})


CHAPTERS = [
    ("二、学期安排", (schedule,)),
    ("三、成长档案袋", (portfolio,)),
    ("四、自评、互评、师评", (evaluate,)),
    ("五、评分与加分扣分", (score,)),
    ("六、年级审核", (check,)),
    ("七、汇总锁定", (lock,)),
    ("八、学期评价表", (seal, archives.verify)),
]
