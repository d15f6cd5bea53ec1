"""A session per user for each service that is fuzzed."""

import pytest_asyncio
from demo.client import User
from stack import plan

from tests.world.region import Region

from .cases import ENDS_SESSIONS

type Sessions = dict[str, dict[str, User]]
"""By what sends the requests (a service, or an operation that ends sessions), then by user."""


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def sessions(school: Region) -> Sessions:
    """All sessions begin before anything is fuzzed, so that none ends another."""

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
