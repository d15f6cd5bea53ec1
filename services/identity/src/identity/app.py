"""Wires the identity service."""

from contextlib import AsyncExitStack

from servicekit import counters
from servicekit.db import Database
from servicekit.service import Service
from servicekit.settings import Settings
from servicekit.wakeups import Wakeups

from identity.actions.class_order import publish_positions
from identity.actions.cleanup import sweep
from identity.actions.counts import count_schools
from identity.actions.name_keys import add_missing_name_keys
from identity.actions.operator import create_operator
from identity.actions.seal_registry_numbers import seal_plaintext_numbers
from identity.api import api
from identity.deps import IdentityDeps
from identity.events import on_event, on_job
from identity.settings import IdentitySettings


async def make(stack: AsyncExitStack, settings: Settings, db: Database, wakeups: Wakeups) -> IdentityDeps:
    """Build the dependencies; create the operator in an empty database; complete rows of older releases."""
    deps = await IdentityDeps.make(stack, settings, db, wakeups)
    await create_operator(deps)
    await seal_plaintext_numbers(deps)
    await add_missing_name_keys(deps)
    await publish_positions(deps)
    return deps


SERVICE = Service(
    "identity",
    title="综评 身份",
    api=api,
    events=on_event,
    jobs=on_job,
    settings=IdentitySettings,
    make=make,
    package="identity",
    chores=(sweep, count_schools, counters.plan, lambda deps: deps.photos.sweep()),
)
