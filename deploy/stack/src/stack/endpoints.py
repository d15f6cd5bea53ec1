"""Where the servers are, and how each service enters them."""

from dataclasses import dataclass
from urllib.parse import quote, urlsplit, urlunsplit

from stack import plan
from stack.databases import at
from stack.keyring import Keyring
from stack.parts.storage import S3


@dataclass(frozen=True)
class Endpoints:
    """`postgres` is the superuser's URL. In `nats` and `s3` the words `{user}` and `{password}` stand for whoever
    enters; a URL without them is used by everybody as it is.
    """

    keyring: Keyring
    postgres: str
    nats: str
    s3_url: str

    def database_url(self, service: str, database: str | None = None) -> str:
        """URL of a service's own database, or of another one that it may enter."""
        parts = urlsplit(self.postgres)
        where = parts.netloc.rpartition("@")[2]
        who = f"{service}:{quote(self.keyring.postgres[service], safe='')}"
        return at(urlunsplit(parts._replace(netloc=f"{who}@{where}")), database or service)

    def nats_url(self, user: str = plan.ADMIN) -> str:
        """URL of the bus for a service or the admin."""
        return self.nats.replace("{user}", user).replace("{password}", quote(self.keyring.nats[user], safe=""))

    def s3(self, user: str = plan.ADMIN) -> S3:
        """Storage access of a service or the admin. Raises KeyError for a service that has none."""
        key = self.keyring.s3[user]
        parts = urlsplit(self.s3_url.replace("{user}", key.access).replace("{password}", key.secret))
        endpoint = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
        return S3(endpoint, parts.username or key.access, parts.password or key.secret)
