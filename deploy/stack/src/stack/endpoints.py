"""The URLs of the servers, with the credentials of each service."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote, urlsplit, urlunsplit

from stack import plan
from stack.databases import at
from stack.keyring import Keyring
from stack.parts.storage import S3
from stack.ports import LOOPBACK


@dataclass(frozen=True, repr=False)
class ExternalServers:
    """URLs of servers that are not started here; None: start one. They have the form of `Endpoints`."""

    postgres: str | None = None
    nats: str | None = None
    s3: str | None = None

    @classmethod
    def of(cls, env: Mapping[str, str]) -> "ExternalServers":
        """Read ZP_STACK_POSTGRES_URL (superuser), ZP_STACK_NATS_URL and ZP_STACK_S3_URL (http://key:secret@host)."""
        return cls(env.get("ZP_STACK_POSTGRES_URL"), env.get("ZP_STACK_NATS_URL"), env.get("ZP_STACK_S3_URL"))


@dataclass(frozen=True, repr=False)
class Endpoints:
    """`postgres` is the superuser's URL. In `nats` and `s3`, `{user}` and `{password}` are replaced by the credentials of
    each service; a URL without them is used by all services as it is.
    """

    keyring: Keyring
    postgres: str
    nats: str
    s3_url: str

    @classmethod
    def local(cls, keyring: Keyring, ports: Mapping[str, int], external: ExternalServers) -> "Endpoints":
        """The external servers, and for the others those on this machine with these `ports` (of postgres, nats and s3)."""
        root = f"postgresql://postgres:{quote(keyring.postgres['postgres'], safe='')}@{LOOPBACK}"
        return cls(
            keyring,
            external.postgres or f"{root}:{ports['postgres']}/postgres",
            external.nats or f"nats://{{user}}:{{password}}@{LOOPBACK}:{ports['nats']}",
            external.s3 or f"http://{LOOPBACK}:{ports['s3']}",
        )

    def database_url(self, service: str, database: str | None = None) -> str:
        """URL of a service's database (or of `database`), as the service's working role."""
        return self._database(service, database or service)

    def database_owner_url(self, service: str, database: str | None = None) -> str:
        """The same as the owner role, for migrations."""
        return self._database(plan.owner(service), database or service)

    def _database(self, role: str, database: str) -> str:
        parts = urlsplit(self.postgres)
        host = parts.netloc.rpartition("@")[2]
        credentials = f"{role}:{quote(self.keyring.postgres[role], safe='')}"
        return at(urlunsplit(parts._replace(netloc=f"{credentials}@{host}")), database)

    def nats_url(self, user: str = plan.ADMIN) -> str:
        """URL of NATS for a service or the admin."""
        return self.nats.replace("{user}", user).replace("{password}", quote(self.keyring.nats[user], safe=""))

    def s3(self, user: str = plan.ADMIN) -> S3:
        """Storage credentials of a service or the admin. Raises KeyError for a service that has none."""
        key = self.keyring.s3[user]
        parts = urlsplit(self.s3_url.replace("{user}", key.access).replace("{password}", key.secret))
        endpoint = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
        return S3(endpoint, parts.username or key.access, parts.password or key.secret)
