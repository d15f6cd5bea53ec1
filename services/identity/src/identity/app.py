"""identity, wired together."""

from contextlib import AsyncExitStack

from servicekit.db import Database
from servicekit.live import Wakeups
from servicekit.service import Service
from servicekit.settings import Settings

from identity.actions.chores import sweep
from identity.actions.operator import make_first
from identity.actions.sealing import seal_open_numbers
from identity.api import api
from identity.deps import IdentityDeps
from identity.domain import words as words  # declares our refusals
from identity.events import on_event
from identity.settings import IdentitySettings


async def make(stack: AsyncExitStack, settings: Settings, db: Database, wakeups: Wakeups) -> IdentityDeps:
    """The service's Deps, and the operator's account on an empty database."""
    deps = await IdentityDeps.make(stack, settings, db, wakeups)
    await make_first(deps)
    await seal_open_numbers(deps)
    return deps


SERVICE = Service(
    "identity",
    title="综评 身份",
    api=api,
    events=on_event,
    settings=IdentitySettings,
    make=make,
    package="identity",
    chores=(sweep,),
)
