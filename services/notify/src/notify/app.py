"""notify, wired: who should know."""

import asyncio
import contextlib
from contextlib import AsyncExitStack
from typing import cast

from scheme import Schemes
from servicekit.db import Database
from servicekit.live import Wakeups
from servicekit.service import Service
from servicekit.settings import Settings

from notify import actions, store
from notify.actions import Deps
from notify.api import api
from notify.events import hears
from notify.hub import Hub
from notify.settings import NotifySettings


async def make(stack: AsyncExitStack, settings: Settings, db: Database, wakeups: Wakeups) -> Deps:
    """Deps with the schemes and a hub that passes wake-ups on."""
    own = cast(NotifySettings, settings)
    hub = Hub(wakeups, store.CHANNEL, own.streams_per_account)
    task = asyncio.create_task(hub.run())
    stack.push_async_callback(_end, task)
    deps = Deps(settings, db, wakeups, schemes=Schemes(own.schemes), hub=hub)
    deps.at_stop.append(hub.close)
    return deps


async def _end(task: asyncio.Task[None]) -> None:
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


SERVICE = Service(
    "notify",
    title="消息：谁该知道",
    api=api,
    hears=hears,
    settings=NotifySettings,
    make=make,
    package="notify",
    chores=(actions.forget,),
)
