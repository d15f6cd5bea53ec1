"""Creates schools with one class each, everybody signed in, before the faults begin. Uses the demo's steps; not logged."""

import asyncio
import random
from dataclasses import dataclass, field
from typing import Any

from demo.client import Gateway, User
from demo.scale import CONSOLE, until
from demo.steps import batches, organisations
from demo.steps.roster import student_rows, teacher_rows
from demo.world import PASSWORD, Campus, Pupil, SchoolClass, World

from chaos.client import Caller, Net
from demo import workbooks


@dataclass
class School:
    """One school with one class, and the users who act in it."""

    campus: Campus
    path: str
    administrator: Caller
    teacher: Caller
    pupils: list[Caller]
    world: World
    scheme: dict[str, Any] = field(default_factory=dict)

    def kinds(self) -> list[dict[str, Any]]:
        """The record kinds that students report."""
        return [k for d in self.scheme["dimensions"] for k in d["kinds"] if k["origin"] == "reported"]

    @property
    def code(self) -> str:
        """A short unique name of the school."""
        return f"{self.campus.path.partition('.')[0]}-{self.campus.plan.code}"


async def create_schools(front: str, operator_password: str, seed: int, pupils: int, province: int = 0) -> World:
    """Create two schools with `pupils` pupils each: rosters imported, everybody with a password and a card."""
    CONSOLE.quiet = True
    gateway = Gateway.to(front)
    world = World(gateway, province, seed, User(gateway, "operator", operator_password, "平台运维"), operator_password)
    try:
        await organisations.create_organisations(world, pupils * 2)
        await asyncio.gather(*(_create_people(world, campus) for campus in world.campuses))
    finally:
        await gateway.http.close()
    return world


async def _create_people(world: World, campus: Campus) -> None:
    by, name = campus.administrator, "名册.xlsx"

    async def fetch_template() -> bytes | None:
        form: bytes = await batches.template(by, "roster", campus.path)
        return form

    form = await until("template", fetch_template)
    book = workbooks.fill(form, {"学生": student_rows(campus.plan), "教师": teacher_rows(campus.plan)})
    done = await batches.commit(by, await batches.check(by, "roster", campus.path, name, book), name)
    assert done["state"] == "applied", done
    plan = next(teacher for teacher in campus.plan.teachers if teacher.role == "班主任")
    given = {slip["username"]: slip["password"] for slip in await organisations.slips(by, campus.path, "staff")}
    classroom = SchoolClass("", plan.class_name or "", User(world.gateway, plan.phone, given[plan.phone], plan.name))
    await classroom.teacher.first_sign_in(PASSWORD)
    classroom.path = classroom.teacher.session["card"]["path"]
    campus.school_classes.append(classroom)
    slips = {slip["name"]: slip for slip in await organisations.slips(classroom.teacher, classroom.path, "students")}
    await asyncio.gather(*(_pupil(world, classroom, student, slips[student.name]) for student in campus.plan.students))


async def _pupil(world: World, classroom: SchoolClass, student: Any, slip: dict[str, Any]) -> None:
    user = User(world.gateway, slip["username"], slip["password"], student.name)
    await user.first_sign_in(PASSWORD)
    taken = await user.post("/identity/cards/own", {"name": student.name, "id_number": student.id_number})
    [card] = taken["cards"]
    await user.use(card["id"])
    classroom.pupils.append(Pupil(student, classroom.path, user, student_id=card["student_id"]))


def schools_of(world: World, net: Net) -> list[School]:
    """The same users as logging clients, with their sessions."""
    made = []
    for campus in world.campuses:
        [classroom] = campus.school_classes
        callers = [_caller(net, pupil.user, pupil.student_id) for pupil in classroom.pupils]
        made.append(
            School(campus, classroom.path, _caller(net, campus.administrator), _caller(net, classroom.teacher), callers, world)
        )
    return made


def _caller(net: Net, user: User, student_id: str = "") -> Caller:
    return Caller(net, user.username, user.password, token=user.session["access_token"], student_id=student_id)


def seeded_random(seed: int, *about: object) -> random.Random:
    """A random generator that depends only on the arguments."""
    return random.Random(":".join(str(part) for part in (seed, *about)))
