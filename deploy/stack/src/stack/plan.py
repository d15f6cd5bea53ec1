"""Who is on the platform and what each may touch, as data. How a right is enforced lives in `parts/`."""

from dataclasses import dataclass, field
from enum import StrEnum


class Access(StrEnum):
    """What a service may do in a bucket."""

    READ = "read"
    WRITE = "write"


@dataclass(frozen=True)
class Service:
    """One service. Its name is also its package, database, database role and bus user."""

    name: str
    path: str
    """The word in `/api/<path>/...`."""
    buckets: dict[str, Access] = field(default_factory=dict)


@dataclass(frozen=True)
class Stream:
    """One stream of the bus."""

    name: str
    subject: str


SERVICES: tuple[Service, ...] = (
    Service("identity", "identity"),
    Service("records", "records", {"zp-evidence": Access.WRITE, "zp-evidence-public": Access.WRITE}),
    Service("publicity", "publicity", {"zp-cases": Access.WRITE, "zp-evidence-public": Access.READ}),
    Service("archive", "archive", {"zp-archive": Access.WRITE, "zp-evidence-public": Access.READ}),
    Service("importer", "import", {"zp-import": Access.WRITE}),
    Service("notify", "notify"),
)
BY_NAME: dict[str, Service] = {service.name: service for service in SERVICES}
NAMES: tuple[str, ...] = tuple(BY_NAME)
BUCKETS: tuple[str, ...] = tuple(sorted({bucket for service in SERVICES for bucket in service.buckets}))
EXTENSIONS: tuple[str, ...] = ("ltree", "pg_trgm", "btree_gist")
ADVISORIES = Stream("ADVISORIES", "$JS.EVENT.ADVISORY.CONSUMER.MAX_DELIVERIES.>")
STREAMS: tuple[Stream, ...] = (*(Stream(name.upper(), f"{name}.>") for name in NAMES), ADVISORIES)
ADMIN = "admin"


def owner(service: str) -> str:
    """Name of the role that owns a service's tables. It migrates; the service itself works as a lesser role."""
    return f"{service}_owner"
