"""Step 1, second part: roster import, account slips, first sign-ins and identity cards."""

from typing import Any

from demo import workbooks
from demo.client import User
from demo.people import SchoolData
from demo.scale import each, step, until
from demo.steps import batches
from demo.steps.organisations import sign_in_all, slips
from demo.world import PASSWORD, Campus, Pupil, SchoolClass, World


async def roster(world: World) -> None:
    """Import the rosters; everybody signs in and takes a card."""
    for campus in world.campuses:
        await enrol(world, campus)
        name, book = f"{campus.plan.title}名册（重复上传）.xlsx", await _workbook(campus)
        repeated = await batches.import_workbook(world, campus.administrator, "roster", campus.path, name, book)
        world.expect(repeated["created"] == repeated["changed"] == 0, f"a roster sent twice changed something: {repeated}")
        for school_class in campus.school_classes:
            await _guardians(world, campus, school_class)


async def enrol(world: World, campus: Campus) -> None:
    """Import a school's roster; staff and students sign in, and students take their cards."""
    name = f"{campus.plan.title}名册.xlsx"
    done = await batches.import_workbook(world, campus.administrator, "roster", campus.path, name, await _workbook(campus))
    world.counts["roster_rows"] += done["created"]
    await _staff(world, campus)
    for school_class in campus.school_classes:
        await _students(world, campus, school_class)


async def _workbook(campus: Campus) -> bytes:
    async def template() -> bytes | None:
        found: bytes = await batches.template(campus.administrator, "roster", campus.path)
        return found

    form = await until(f"{campus.plan.title} 名册模板", template)
    return workbooks.fill(form, {"学生": student_rows(campus.plan), "教师": teacher_rows(campus.plan)})


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
        if plan.role == world.deployment.class_teacher:
            campus.school_classes.append(SchoolClass("", plan.class_name or "", user))
        else:
            campus.staff.setdefault(plan.role, user)
    await sign_in_all(world, f"{campus.plan.title} 教师首次登录", users)
    for school_class in campus.school_classes:
        school_class.path = school_class.teacher.session["card"]["path"]
    world.counts["staff"] += len(users)


async def _students(world: World, campus: Campus, school_class: SchoolClass) -> None:
    """Print the slips of a class; its students sign in and take their cards."""
    teacher, path = school_class.teacher, school_class.path
    async with step(f"{campus.plan.title} {school_class.title} 账号单"):
        content, headers = await teacher.raw("POST", "/identity/slips", {"path": path, "audience": "students"})
        world.expect(content.startswith(b"%PDF") and "pdf" in headers["Content-Type"], "slips are not a PDF")
        world.counts["slip_pdfs"] += 1
        enrolled = await teacher.everything("/identity/students", path=path)
        eids = {student["student_number"]: student["eid"] for student in enrolled}
        students = {slip["username"]: slip for slip in await slips(teacher, path, "students")}
    for plan in campus.plan.students:
        if plan.class_name == school_class.title:
            slip = students[eids[plan.student_number]]
            user = User(world.gateway, slip["username"], slip["password"], plan.name)
            school_class.pupils.append(Pupil(plan, path, user))

    async def take_card(pupil: Pupil) -> None:
        card = await _take_card(world, pupil.user, "own", {"name": pupil.plan.name, "id_number": pupil.plan.id_number})
        pupil.student_id = card["student_id"]

    await sign_in_all(world, f"{campus.plan.title} 学生首次登录", [pupil.user for pupil in school_class.pupils])
    await each(f"{campus.plan.title} 学生领卡", school_class.pupils, take_card)
    world.counts["students"] += len(school_class.pupils)


async def _guardians(world: World, campus: Campus, school_class: SchoolClass) -> None:
    """The guardians of a class sign in and take a card for their child."""
    given = {slip["username"]: slip for slip in await slips(school_class.teacher, school_class.path, "guardians")}

    async def sign_in_and_take_card(pupil: Pupil) -> None:
        plan = pupil.plan
        slip = given[plan.guardian_phone]
        pupil.guardian = User(world.gateway, slip["username"], slip["password"], plan.guardian_name)
        await pupil.guardian.first_sign_in(PASSWORD)
        child = {
            "child_name": plan.name,
            "child_id_number": plan.id_number,
            "guardian_name": plan.guardian_name,
            "guardian_id_number": plan.guardian_id_number,
            "guardian_phone": plan.guardian_phone,
        }
        await _take_card(world, pupil.guardian, "child", child)
        world.counts["signed_in"] += 1

    await each(f"{campus.plan.title} 家长首次登录、为子女领卡", school_class.pupils, sign_in_and_take_card, at_once=8)
    world.counts["guardians"] += len(school_class.pupils)


async def _take_card(world: World, user: User, whose: str, proof: dict[str, str]) -> dict[str, Any]:
    taken = await user.post(f"/identity/cards/{whose}", proof)
    [card] = taken["cards"]
    await user.use(card["id"])
    world.counts["cards"] += 1
    return dict(card)
