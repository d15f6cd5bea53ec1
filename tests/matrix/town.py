"""A small place built for the matrix: two provinces, two districts, four schools, and one of everything in every state.

What is asked for in the matrix belongs to one pupil, the **owner**; everybody else stands in some relation to them. The
short names `s1`/`s10` and `d1`/`d10` are meant: one path begins with the other and is not above it.
"""

import asyncio
from dataclasses import dataclass, field
from typing import Any

from demo.client import Gateway, User
from demo.people import PeopleGenerator, SchoolData
from demo.steps import organisations, roster
from demo.world import Campus, Pupil, World
from stack.platform import Platform

from tests.journeys.doors import newcomer

RUN = 47
"""Its people's numbers are no one else's."""
PROVINCES = ("mx", "mx0")


@dataclass
class Town:
    """The place, its people by who they are to the owner (`class_teacher@class`), and ids of the owner's things."""

    world: World
    people: dict[str, User] = field(default_factory=dict)
    things: dict[str, str] = field(default_factory=dict)
    markers: list["Marker"] = field(default_factory=list)

    @property
    def campus(self) -> Campus:
        """The owner's school."""
        return self.world.campuses[0]

    @property
    def owner(self) -> Pupil:
        """The pupil whose things are asked for."""
        return self.campus.pupils[0]


@dataclass(frozen=True)
class Marker:
    """Words that only some may read. `reach`: `self` (own side), `side` (also staff above), `class` or `school` (all of it)."""

    words: str
    student_id: str
    path: str
    reach: str
    what: str

    def may_be_read_by(self, card: dict[str, Any] | None, students: list[str]) -> bool:
        """Does this card's place allow it? Said here once more on purpose, without the platform's own code."""
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


async def settle(platform: Platform) -> Town:
    """Found it, bring in its people, and sign all of them in."""
    gateway = Gateway.to(platform.gateway_url)
    password = platform.keyring.operator_password
    world = World(gateway, RUN, RUN, User(gateway, "operator", password, "平台运维"), password)
    town = Town(world)
    await organisations.sign_in_operator(world)
    town.people["operator"] = world.operator
    here = await a_province(town, PROVINCES[0], "@above")
    await a_province(town, PROVINCES[1], "@far")
    city = await below(here, PROVINCES[0], "nc", "城市")
    city_office = await newcomer(here, "administrator", city, "市管理员")
    town.people["city_administrator@above"] = city_office
    first, second = await asyncio.gather(
        a_district(town, city_office, city, "d1", "@above"), a_district(town, city_office, city, "d10", "@far")
    )
    places = ((first, "s1", (3, 2)), (first, "s10", (2, 1)), (second, "s1", (2, 1)), (second, "s2", (1, 1)))
    maker = PeopleGenerator(RUN, RUN)
    made = [await a_campus(maker, by, code, sizes) for by, code, sizes in places]
    world.campuses = made
    await asyncio.gather(*(people_of(world, campus) for campus in made))
    await _cast(town)
    return town


async def a_province(town: Town, code: str, relation: str) -> User:
    body = {"parent": "", "code": code, "title": f"省 {code}", "stage": "senior_secondary"}
    more = {"scheme_id": "jiangxi", "scheme_version": "2026.1", "time_zone": "Asia/Shanghai"}
    await town.world.operator.post("/identity/organisations", {**body, **more})
    by = await newcomer(town.world.operator, "administrator", code, f"省管理员 {code}")
    town.people[f"province_administrator{relation}"] = by
    return by


async def below(by: User, parent: str, code: str, title: str, **more: str) -> str:
    made = await by.post("/identity/organisations", {"parent": parent, "code": code, "title": title, **more})
    return str(made["path"])


async def a_district(town: Town, by: User, city: str, code: str, relation: str) -> User:
    path = await below(by, city, code, f"区 {code}")
    office = await newcomer(by, "administrator", path, f"区管理员 {code}")
    town.people[f"district_administrator{relation}"] = office
    for role in ("recorder", "auditor"):
        town.people[f"district_{role}{relation}"] = await newcomer(office, role, path, f"区 {role} {code}")
    return office


async def a_campus(maker: PeopleGenerator, by: User, code: str, sizes: tuple[int, int]) -> Campus:
    district = by.session["card"]["path"]
    plan = SchoolData(code, f"学校 {district} {code}")
    for number, size in enumerate(sizes, 1):
        room = f"{number}班"
        plan.teachers.append(maker.teacher("班主任", 2025, room))
        plan.students += [maker.student(number * 100 + n, 2025, room) for n in range(1, size + 1)]
    plan.teachers += [maker.teacher("任课教师", 2025, "1班"), maker.teacher("校长")]
    path = await below(by, district, code, plan.title)
    return Campus(plan, path, await newcomer(by, "administrator", path, f"{plan.title} 管理员"))


async def people_of(world: World, campus: Campus) -> None:
    """Everybody of one school, through its roster."""
    alone = World(world.gateway, RUN, RUN, world.operator, world.operator_password)
    alone.campuses = [campus]
    await roster.roster(alone)
    assert alone.problems == [], alone.problems


async def _cast(town: Town) -> None:
    """Say who everybody is to the owner."""
    here, other, far, _ = town.world.campuses
    people = town.people
    first, second = here.school_classes
    for relation, pupil in (
        ("own", first.pupils[0]), ("class", first.pupils[1]), ("school", second.pupils[0]),
        ("other", other.pupils[0]), ("far", far.pupils[0]),
    ):  # fmt: skip
        assert pupil.guardian is not None
        people[f"student@{relation}"], people[f"guardian@{relation}"] = pupil.user, pupil.guardian
    people["class_teacher@class"], people["class_teacher@school"] = (room.teacher for room in here.school_classes)
    people["subject_teacher@class"] = here.staff["任课教师"]
    people["subject_teacher@school"] = await newcomer(
        here.administrator, "subject_teacher", here.school_classes[1].path, "外班教师"
    )
    for relation, campus in (("school", here), ("other", other), ("far", far)):
        people[f"school_administrator@{relation}"] = campus.administrator
        people[f"principal@{relation}"] = campus.staff["校长"]
        for role in ("recorder", "auditor"):
            people[f"school_{role}@{relation}"] = await newcomer(campus.administrator, role, campus.path, f"校 {role}")
        if campus is not here:
            people[f"class_teacher@{relation}"] = campus.school_classes[0].teacher
            people[f"subject_teacher@{relation}"] = campus.staff["任课教师"]


EVERYBODY = [
    "anonymous", "operator",
    *(f"{role}@{where}" for role in ("student", "guardian") for where in ("own", "class", "school", "other", "far")),
    *(f"{role}_teacher@{where}" for role in ("class", "subject") for where in ("class", "school", "other", "far")),
    *(f"{role}@{where}" for role in ("school_administrator", "principal", "school_recorder", "school_auditor")
      for where in ("school", "other", "far")),
    *(f"district_{role}@{where}" for role in ("administrator", "recorder", "auditor") for where in ("above", "far")),
    "city_administrator@above", "province_administrator@above", "province_administrator@far",
]  # fmt: skip
"""All who ask. The table speaks of each of them."""
