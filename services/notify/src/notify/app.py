"""notify: messages to people, live streams and webhooks."""

from contextlib import AsyncExitStack
from typing import cast

from scheme import Schemes
from servicekit.db import Database
from servicekit.directory import Directory, Term
from servicekit.encryption import Sealer
from servicekit.service import Service
from servicekit.settings import Settings
from servicekit.wakeups import Wakeups

from notify.actions import messages, webhooks
from notify.adapters.stream_limits import StreamLimits
from notify.adapters.webhook_client import WebhookClient
from notify.api import api
from notify.deps import Deps
from notify.events import on_event, on_job
from notify.settings import NotifySettings


async def make(stack: AsyncExitStack, settings: Settings, db: Database, wakeups: Wakeups) -> Deps:
    """Deps with the directory, the limits of live streams, and the client that sends webhooks."""
    own = cast(NotifySettings, settings)
    return Deps(
        settings,
        db,
        wakeups,
        directory=Directory(Schemes(own.schemes), Term),
        streams=StreamLimits(own.streams_per_account, own.streams_in_all),
        sealer=Sealer(own.webhook_key.get_secret_value()),
        webhook_client=await stack.enter_async_context(WebhookClient(own.webhook_loopback, own.webhook_seconds)),
    )


SERVICE = Service(
    "notify",
    title="消息：谁该知道",
    api=api,
    events=on_event,
    jobs=on_job,
    settings=NotifySettings,
    make=make,
    package="notify",
    chores=(messages.forget, webhooks.forget, webhooks.adopt),
)
