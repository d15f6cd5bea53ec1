"""Creates small schools of each deployment, everybody signed in, before the faults begin. Uses the demo's steps; not logged."""

import asyncio
import random
from dataclasses import dataclass, replace

from demo.client import Gateway, User
from demo.deployments import BAOSHAN, BEIJING, CHANGSHA, JIANGXI, Deployment
from demo.scale import CONSOLE
from demo.steps import organisations, roster
from demo.world import Campus, World

from chaos.client import Caller, Net
from demo import baoshan, beijing

JIANGXI_ID, CHANGSHA_ID, BAOSHAN_ID, BEIJING_ID = (one.scheme_id for one in (JIANGXI, CHANGSHA, BAOSHAN, BEIJING))


@dataclass
class SchoolClass:
    """One class: its teacher, and its pupils in the order of the roster."""

    path: str
    teacher: Caller
    pupils: list[Caller]


@dataclass(eq=False)
class School:
    """One small school, and the users who act in it. `staff`: by the titles of their roles, also those of district and city."""

    campus: Campus
    classes: list[SchoolClass]
    administrator: Caller
    staff: dict[str, Caller]
    world: World

    @property
    def code(self) -> str:
        """A short unique name of the school."""
        return f"{self.campus.path.partition('.')[0]}-{self.campus.plan.code}"

    @property
    def path(self) -> str:
        """The first class."""
        return self.classes[0].path

    @property
    def teacher(self) -> Caller:
        """The first class's teacher."""
        return self.classes[0].teacher

    @property
    def pupils(self) -> list[Caller]:
        """All pupils, class by class."""
        return [pupil for school_class in self.classes for pupil in school_class.pupils]


@dataclass(frozen=True)
class Region:
    """A deployment whose terms are run, with so few people that a run stays short. `first`: the number of its first world,
    on which phone numbers and ID numbers depend."""

    deployment: Deployment
    students: int
    first: int


def regions(pupils: int) -> tuple[Region, ...]:
    """Jiangxi: two schools of `pupils` each; Changsha, Beijing: a class of three; Baoshan: classes of two and one."""
    return (
        Region(JIANGXI, pupils * 2, 0),
        Region(replace(CHANGSHA, classes=CHANGSHA.classes[:1]), 3, 20),
        Region(BAOSHAN, 3, 40),
        Region(replace(BEIJING, classes=BEIJING.classes[:1]), 3, 50),
    )


async def create_schools(front: str, operator_password: str, seed: int, region: Region, number: int = 0) -> World:
    """Create a region's schools: rosters imported, staff appointed, everybody with a password and a card."""
    CONSOLE.quiet = True
    gateway, run = Gateway.to(front), region.first + number
    operator = User(gateway, "operator", operator_password, "平台运维")
    world = World(gateway, run, seed, operator, operator_password, region.deployment, again=number)
    try:
        await organisations.create_organisations(world, region.students)
        await asyncio.gather(*(roster.enrol(world, campus) for campus in world.campuses))
        await organisations.appoint(world)
        if region.deployment.scheme_id == BAOSHAN_ID:
            await baoshan.hire_above_schools(world)
        if region.deployment.scheme_id == BEIJING_ID:
            await asyncio.gather(*(beijing.hire(world, campus) for campus in world.campuses))
        assert not world.problems, world.problems
    finally:
        await gateway.http.close()
    return world


def schools_of(world: World, net: Net) -> list[School]:
    """The same users as logging clients, with their sessions."""
    made = []
    for campus in world.campuses:
        classes = [
            SchoolClass(
                one.path, _caller(net, one.teacher), [_caller(net, pupil.user, pupil.student_id) for pupil in one.pupils]
            )
            for one in campus.school_classes
        ]
        staff = {title: _caller(net, user) for title, user in {**world.regional, **campus.staff}.items()}
        made.append(School(campus, classes, _caller(net, campus.administrator), staff, world))
    return made


def _caller(net: Net, user: User, student_id: str = "") -> Caller:
    return Caller(net, user.username, user.password, user.name, user.session, student_id=student_id)


def seeded_random(seed: int, *about: object) -> random.Random:
    """A random generator that depends only on the arguments."""
    return random.Random(":".join(str(part) for part in (seed, *about)))
