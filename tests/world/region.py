"""A region's organisations and users. All requested objects belong to one pupil, the **owner**; the users are named by
their role and their relation to the owner (`class_teacher@class`)."""

from dataclasses import dataclass, field
from typing import Any

from demo.client import User
from demo.people import PeopleGenerator, SchoolData
from demo.steps import roster
from demo.world import Campus, Pupil, World

from tests.world.builders import hire
from tests.world.schemes import EVERY_ROLE


@dataclass
class Region:
    """Schools, the users by role and relation to the owner, ids of the owner's objects, and what only some may read."""

    world: World
    people: dict[str, User] = field(default_factory=dict)
    ids: dict[str, str] = field(default_factory=dict)
    private_texts: list["PrivateText"] = field(default_factory=list)

    @property
    def campus(self) -> Campus:
        """The owner's school."""
        return self.world.campuses[0]

    @property
    def owner(self) -> Pupil:
        """The pupil to whom the requested objects belong."""
        return self.campus.pupils[0]

    @property
    def collector(self) -> Pupil:
        """A pupil of the owner's school with three records of one kind in the archive of the sealed term."""
        return self.campus.school_classes[1].pupils[0]


@dataclass(frozen=True)
class PrivateText:
    """Text that only some may read. `reach`: `self` (pupil and guardians), `side` (also staff above), `class` or `school`."""

    words: str
    student_id: str
    path: str
    reach: str
    what: str

    def may_be_read_by(self, card: dict[str, Any] | None, students: list[str]) -> bool:
        """Does the card's organisation allow it? Written here again on purpose, without the platform's own code."""
        if self.student_id in students:
            return True
        if card is None or card["role"] == "operator":
            return False
        inside = f"{self.path}.".startswith(f"{card['path']}.")
        staff = card["role"] not in ("student", "guardian")
        if self.reach == "self":
            return False
        if staff and inside:
            return True
        if self.reach == "class":
            return bool(card["path"] == self.path)
        school = ".".join(self.path.split(".")[:4])
        return self.reach == "school" and f"{card['path']}.".startswith(f"{school}.")


async def create_province(region: Region, code: str, relation: str) -> User:
    """Returns its administrator."""
    body = {"parent": "", "code": code, "title": f"省 {code}", "stage": "senior_secondary"}
    more = {"scheme_id": EVERY_ROLE, "scheme_version": "2026.1", "time_zone": "Asia/Shanghai"}
    await region.world.operator.post("/identity/organisations", {**body, **more})
    by = await hire(region.world.operator, "administrator", code, f"省管理员 {code}")
    region.people[f"province_administrator{relation}"] = by
    return by


async def create_organisation(by: User, parent: str, code: str, title: str, **more: str) -> str:
    """Returns its path."""
    made = await by.post("/identity/organisations", {"parent": parent, "code": code, "title": title, **more})
    return str(made["path"])


async def create_district(region: Region, by: User, city: str, code: str, relation: str) -> User:
    """With its staff. Returns its administrator."""
    path = await create_organisation(by, city, code, f"区 {code}")
    office = await hire(by, "administrator", path, f"区管理员 {code}")
    region.people[f"district_administrator{relation}"] = office
    for role in ("recorder", "auditor") if relation == "@above" else ("auditor",):
        region.people[f"district_{role}{relation}"] = await hire(office, role, path, f"区 {role} {code}")
    return office


async def create_school(maker: PeopleGenerator, by: User, code: str, sizes: tuple[int, int]) -> Campus:
    """A school with two planned classes of these sizes; `import_people` makes their pupils and teachers."""
    district = by.session["card"]["path"]
    plan = SchoolData(code, f"学校 {district} {code}")
    for number, size in enumerate(sizes, 1):
        title = f"{number}班"
        plan.teachers.append(maker.teacher("班主任", 2025, title))
        plan.students += [maker.student(number * 100 + n, 2025, title) for n in range(1, size + 1)]
    plan.teachers += [maker.teacher("任课教师", 2025, "1班"), maker.teacher("校长")]
    path = await create_organisation(by, district, code, plan.title)
    return Campus(plan, path, await hire(by, "administrator", path, f"{plan.title} 管理员"))


async def import_people(world: World, campus: Campus) -> None:
    """Imports the school's roster and signs everybody in."""
    alone = World(world.gateway, world.run, world.seed, world.operator, world.operator_password)
    alone.campuses = [campus]
    await roster.roster(alone)
    assert alone.problems == [], alone.problems


async def name_users(region: Region) -> None:
    """Name the users of the first three schools by their relation to the owner."""
    here, other, far, _ = region.world.campuses
    people = region.people
    for relation, pupil in (
        ("own", here.pupils[0]), ("class", here.pupils[1]), ("school", here.school_classes[1].pupils[0]),
        ("other", other.pupils[0]), ("far", far.pupils[0]),
    ):  # fmt: skip
        assert pupil.guardian is not None
        people[f"student@{relation}"], people[f"guardian@{relation}"] = pupil.user, pupil.guardian
    people["class_teacher@class"], people["class_teacher@school"] = (
        school_class.teacher for school_class in here.school_classes
    )
    people["subject_teacher@class"] = here.staff["任课教师"]
    people["subject_teacher@school"] = await hire(
        here.administrator, "subject_teacher", here.school_classes[1].path, "外班教师"
    )
    for relation, campus in (("school", here), ("other", other), ("far", far)):
        people[f"school_administrator@{relation}"] = by = campus.administrator
        people[f"principal@{relation}"] = campus.staff["校长"]
        if campus is not far:
            for role in ("recorder", "auditor"):
                people[f"school_{role}@{relation}"] = await hire(by, role, campus.path, f"校 {role}")
            people[f"publicity_panel@{relation}"] = await hire(by, "publicity_panel", campus.path, "公示审核")
        if campus is not here:
            people[f"class_teacher@{relation}"] = campus.school_classes[0].teacher
    people["subject_teacher@other"] = other.staff["任课教师"]
    by, own = here.administrator, here.school_classes[0].path
    people["supervision_group@class"] = await hire(by, "supervision_group", own, "班级评议")
    people["department_head@school"] = await hire(by, "department_head", own.rpartition(".")[0], "年级主任")
    people["student_office@school"] = await hire(by, "student_office", here.path, "学生处")


async def add_shared_account(region: Region) -> None:
    """Somebody who teaches the owner's class and a class of the other school of the district, with both cards active (L-01)."""
    here, other, *_ = region.world.campuses
    user = await hire(here.administrator, "subject_teacher", here.school_classes[0].path, "两校教师")
    body = {"name": user.name, "phone": user.username, "role": "subject_teacher", "path": other.school_classes[0].path}
    offered = await other.administrator.post("/identity/staff", body)
    proof = {"password": offered["one_time_password"]}
    await user.post(f"/identity/me/offers/{offered['card_id']}/activate", proof)
    region.ids["shared_account"] = offered["account_id"]


EVERYBODY = [
    "anonymous", "operator",
    *(f"{role}@{where}" for role in ("student", "guardian") for where in ("own", "class", "school", "other")), "student@far",
    *(f"{role}_teacher@{where}" for role in ("class", "subject") for where in ("class", "school", "other")),
    "class_teacher@far", "supervision_group@class", "department_head@school", "student_office@school",
    *(f"{role}@{where}" for role in ("school_administrator", "principal") for where in ("school", "other", "far")),
    *(f"{role}@{where}" for role in ("school_recorder", "school_auditor", "publicity_panel") for where in ("school", "other")),
    *(f"district_{role}@{where}" for role in ("administrator", "auditor") for where in ("above", "far")),
    "district_recorder@above", "city_administrator@above", "city_recorder@above", "city_auditor@above",
    "province_administrator@above", "province_administrator@far",
]  # fmt: skip
"""All callers; the tables `services/<name>/tests/access.yaml` say what each of them gets."""
