"""A school of its own: what is fuzzed may break its own things and nobody else's."""

import asyncio
from collections.abc import AsyncIterator

import pytest_asyncio
from demo.client import Gateway, User
from demo.people import PeopleGenerator
from demo.steps import organisations
from demo.world import World
from stack import plan
from stack.platform import Platform

from tests.journeys.doors import newcomer
from tests.matrix import history, town
from tests.matrix.town import Town

from .cases import ENDS_SESSIONS

RUN, PROVINCE = 48, "fz"
"""Its people's numbers are no one else's."""
type Sessions = dict[str, dict[str, User]]
"""Whose session is whose: by what asks (a service, or an operation that ends sessions), then by person."""


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def school(platform: Platform) -> AsyncIterator[Town]:
    """One school with an owner, a board that is open, and a term that is reported in."""
    gateway = Gateway.to(platform.gateway_url)
    password = platform.keyring.operator_password
    world = World(gateway, RUN, RUN, User(gateway, "operator", password, "平台运维"), password)
    place = Town(world)
    async with gateway.http:
        await organisations.sign_in_operator(world)
        province = await town.a_province(place, PROVINCE, "@above")
        city = await town.below(province, PROVINCE, "nc", "城市")
        office = await newcomer(province, "administrator", city, "市管理员")
        district = await town.a_district(place, office, city, "d1", "@above")
        campus = await town.a_campus(PeopleGenerator(RUN, RUN), district, "s1", (3, 1))
        world.campuses = [campus]
        await town.people_of(world, campus)
        own, mate, spare = campus.school_classes[0].pupils
        assert own.guardian is not None
        assert mate.guardian is not None
        place.people |= {
            "operator": world.operator, "student@own": own.user, "guardian@own": own.guardian, "student@class": mate.user,
            "guardian@class": mate.guardian, "class_teacher@class": campus.school_classes[0].teacher,
            "school_administrator@school": campus.administrator, "principal@school": campus.staff["校长"],
        }  # fmt: skip
        world.scheme = await campus.administrator.get("/records/schemes/jiangxi/2026.1")
        terms = {number: await history.a_term(campus, number) for number in (2, 3)}
        await asyncio.gather(history.public(place, terms[2]), history.present(place, terms[3]))
        place.things |= {"student": own.student_id, "spare": spare.student_id, "path": own.path, "school": campus.path}
        yield place


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def sessions(school: Town) -> Sessions:
    """A session for everybody and everything that asks, all begun before anything is fuzzed: none ends another's."""

    async def begun(user: User) -> User:
        apart = User(user.gateway, user.username, user.password, user.name)
        await apart.sign_in()
        return apart

    askers = (*plan.PATHS, *ENDS_SESSIONS)
    made = {asker: {name: await begun(user) for name, user in school.people.items()} for asker in askers}
    cards = {name: user.session["card"]["id"] for name, user in school.people.items() if user.session["card"]}
    for people in made.values():
        for name, card in cards.items():
            if (people[name].session["card"] or {}).get("id") != card:
                await people[name].use(card)
    return made
