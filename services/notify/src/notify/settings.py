"""Settings of notify."""

from pydantic import SecretStr
from servicekit.settings import Settings


class NotifySettings(Settings):
    """What notify needs besides the common settings."""

    mark_key: SecretStr
    """Marks accounts as publicity does: a complainant's messages lie under a mark, not under an account (X-08)."""
    keep_days: int = 365
    """Messages older than this go away, read or not."""
    streams_per_account: int = 5
    """Live streams of one account in one process; one more ends the oldest."""
    heartbeat_seconds: float = 15.0
    """A silent stream says so this often, which also shows whether anybody is still there."""
    write_seconds: float = 10.0
    """A client that takes nothing for so long is let go."""
