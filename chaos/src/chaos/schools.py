"""Creates schools with one class each, everybody signed in, before the faults begin. Uses the demo's steps; not logged."""

import asyncio
import random
from dataclasses import dataclass

from demo.client import Gateway, User
from demo.scale import CONSOLE
from demo.steps import organisations, roster
from demo.world import Campus, World

from chaos.client import Caller, Net


@dataclass
class School:
    """One school with one class, and the users who act in it."""

    campus: Campus
    path: str
    administrator: Caller
    teacher: Caller
    pupils: list[Caller]
    world: World

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
        await asyncio.gather(*(roster.enrol(world, campus) for campus in world.campuses))
        assert not world.problems, world.problems
    finally:
        await gateway.http.close()
    return world


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
    return Caller(net, user.username, user.password, user.name, user.session, student_id=student_id)


def seeded_random(seed: int, *about: object) -> random.Random:
    """A random generator that depends only on the arguments."""
    return random.Random(":".join(str(part) for part in (seed, *about)))
