"""Step 1, second part: roster import, account slips, first sign-ins and identity cards."""

from demo import workbooks
from demo.client import User
from demo.people import SchoolData
from demo.scale import each, step, until
from demo.steps import batches
from demo.steps.organisations import sign_in_all, slips
from demo.world import Campus, Pupil, SchoolClass, World


async def roster(world: World) -> None:
    """Import the rosters; everybody signs in and takes a card."""
    for campus in world.campuses:
        await _import(world, campus)
        await _staff(world, campus)
        await _families(world, campus)


async def _import(world: World, campus: Campus) -> None:
    by, name = campus.administrator, f"{campus.plan.title}名册.xlsx"

    async def known() -> bytes | None:
        found: bytes = await batches.template(by, "roster", campus.path)
        return found

    form = await until(f"{campus.plan.title} 名册模板", known)
    book = workbooks.fill(form, {"学生": student_rows(campus.plan), "教师": teacher_rows(campus.plan)})
    batch = await batches.check(by, "roster", campus.path, name, book)
    world.expect(batch["state"] == "checked" and not batch["problem_count"], f"roster of {campus.path}: {batch}")
    done = await batches.commit(by, batch, name)
    world.expect(done["state"] == "applied", f"roster of {campus.path}: {done}")
    world.counts["roster_rows"] += done["created"]
    again = await batches.check(by, "roster", campus.path, name, book)
    repeated = await batches.commit(by, again, f"{name}（重复上传）")
    world.expect(repeated["created"] == 0 and repeated["changed"] == 0, f"a roster sent twice changed something: {repeated}")


def student_rows(school: SchoolData) -> list[dict[str, object]]:
    """The rows of the sheet 学生."""
    return [
        {
            "全国学籍号": s.registry_number,
            "学号": s.student_number,
            "姓名": s.name,
            "性别": s.sex,
            "身份证件号": s.id_number,
            "出生日期": s.born.isoformat(),
            "入学年份": str(s.entry_year),
            "班级": s.class_name,
            "监护人姓名": s.guardian_name,
            "监护人关系": s.guardian_relation,
            "监护人手机号": s.guardian_phone,
        }
        for s in school.students
    ]


def teacher_rows(school: SchoolData) -> list[dict[str, object]]:
    """The rows of the sheet 教师."""
    return [
        {
            "姓名": t.name,
            "手机号": t.phone,
            "角色": t.role,
            "入学年份": str(t.entry_year) if t.entry_year else None,
            "班级": t.class_name,
        }
        for t in school.teachers
    ]


async def _staff(world: World, campus: Campus) -> None:
    given = {slip["username"]: slip["password"] for slip in await slips(campus.administrator, campus.path, "staff")}
    users = []
    for plan in campus.plan.teachers:
        user = User(world.gateway, plan.phone, given[plan.phone], plan.name)
        users.append(user)
        if plan.role == "班主任":
            campus.school_classes.append(SchoolClass("", plan.class_name or "", user))
        else:
            campus.staff[plan.role] = user
    await sign_in_all(world, f"{campus.plan.title} 教师首次登录", users)
    for school_class in campus.school_classes:
        school_class.path = school_class.teacher.session["card"]["path"]
    world.counts["staff"] += len(users)


async def _families(world: World, campus: Campus) -> None:
    """Print the slips of each class; students and guardians sign in and take their cards."""
    for school_class in campus.school_classes:
        async with step(f"{campus.plan.title} {school_class.title} 账号单"):
            content, headers = await school_class.teacher.raw(
                "POST", "/identity/slips", {"path": school_class.path, "audience": "students"}
            )
            world.expect(content.startswith(b"%PDF") and "pdf" in headers["Content-Type"], "slips are not a PDF")
            world.counts["slip_pdfs"] += 1
            enrolled = await school_class.teacher.everything("/identity/students", path=school_class.path)
            eids = {student["student_number"]: student["eid"] for student in enrolled}
            students = {s["username"]: s for s in await slips(school_class.teacher, school_class.path, "students")}
            guardians = {s["username"]: s for s in await slips(school_class.teacher, school_class.path, "guardians")}
        for plan in campus.plan.students:
            if plan.class_name != school_class.title:
                continue
            slip = students[eids[plan.student_number]]
            user = User(world.gateway, slip["username"], slip["password"], plan.name)
            parent = guardians[plan.guardian_phone]
            school_class.pupils.append(
                Pupil(
                    plan,
                    school_class.path,
                    user,
                    User(world.gateway, parent["username"], parent["password"], plan.guardian_name),
                )
            )

    async def student(pupil: Pupil) -> None:
        taken = await pupil.user.post("/identity/cards/own", {"name": pupil.plan.name, "id_number": pupil.plan.id_number})
        [card] = taken["cards"]
        await pupil.user.use(card["id"])
        pupil.student_id = card["student_id"]
        world.counts["cards"] += 1

    async def guardian(pupil: Pupil) -> None:
        assert pupil.guardian is not None
        plan = pupil.plan
        taken = await pupil.guardian.post(
            "/identity/cards/child",
            {
                "child_name": plan.name,
                "child_id_number": plan.id_number,
                "guardian_name": plan.guardian_name,
                "guardian_id_number": plan.guardian_id_number,
                "guardian_phone": plan.guardian_phone,
            },
        )
        [card] = taken["cards"]
        await pupil.guardian.use(card["id"])
        world.counts["cards"] += 1

    pupils = campus.pupils
    await sign_in_all(world, f"{campus.plan.title} 学生首次登录", [p.user for p in pupils])
    await sign_in_all(world, f"{campus.plan.title} 家长首次登录", [p.guardian for p in pupils if p.guardian])
    await each(f"{campus.plan.title} 学生领卡", pupils, student)
    await each(f"{campus.plan.title} 为子女领卡", pupils, guardian)
    world.counts["students"] += len(pupils)
    world.counts["guardians"] += len(pupils)
