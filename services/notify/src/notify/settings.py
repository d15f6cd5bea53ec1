"""Settings of notify."""

from pydantic import SecretStr
from servicekit.settings import Settings


class NotifySettings(Settings):
    """What notify needs besides the common settings."""

    mark_key: SecretStr
    """Makes the pseudonyms of accounts, as in publicity: a complainant's messages are stored under one (X-08)."""
    webhook_key: SecretStr
    """Seals the secrets of webhooks: 32 bytes, base64url."""
    webhook_loopback: bool = False
    """Webhooks may go to this machine itself, also without TLS: for tests and demonstrations only."""
    webhook_seconds: float = 10.0
    """An address has so long to take a webhook."""
    webhook_failures: int = 50
    """After so many failed attempts in a row a webhook is switched off and its owner notified."""
    webhook_keep_days: int = 30
    """How long the log of deliveries goes back."""
    keep_days: int = 365
    """Messages older than this go away, read or not."""
    streams_per_account: int = 5
    """Live streams of one account in one process; one more ends the oldest."""
    streams_in_all: int = 5000
    """Live streams of one process; above it, callers are asked to come again (and land on another process)."""
    heartbeat_seconds: float = 15.0
    """A silent stream says so this often, which also shows whether anybody is still there."""
    write_seconds: float = 10.0
    """A client that takes nothing for so long is let go."""
