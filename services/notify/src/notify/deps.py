"""The dependencies of notify's use cases: the directory, the limits of live streams, the keys."""

from dataclasses import dataclass, field
from typing import cast

from servicekit import encryption
from servicekit.auth import Actor
from servicekit.directory import Directory, Term
from servicekit.service import Deps as BaseDeps

from notify.adapters.stream_limits import StreamLimits
from notify.adapters.webhook_client import WebhookClient
from notify.domain import addresses_of
from notify.settings import NotifySettings


@dataclass
class Deps(BaseDeps):
    """The dependencies of every service, and notify's own."""

    directory: Directory[Term] = field(kw_only=True)
    streams: StreamLimits = field(kw_only=True)
    sealer: encryption.Sealer = field(kw_only=True)
    """Seals the secrets of webhooks."""
    webhook_client: WebhookClient = field(kw_only=True)

    @property
    def own(self) -> NotifySettings:
        """The settings, typed."""
        return cast(NotifySettings, self.settings)

    def addresses_of(self, actor: Actor) -> list[str]:
        """The addresses of a token."""
        key = self.own.mark_key.get_secret_value()
        return addresses_of(actor, encryption.pseudonym(key, actor.account_id, actor.held_since))
