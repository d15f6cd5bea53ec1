"""Context variables of a request or an event: request id, idempotency key, channels to wake, who waits for a connection."""

import re
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from servicekit.ids import new_id

request_id: ContextVar[str | None] = ContextVar("request_id", default=None)
wakes: ContextVar[set[str] | None] = ContextVar("wakes", default=None)
"""The channels that the current transaction wakes when it is committed; None outside a transaction."""


class Caller(StrEnum):
    """Who waits for a connection to the database."""

    REQUEST = "request"
    STREAM = "stream"
    """An open stream of server-sent events, between its events."""
    BACKGROUND = "background"
    """Events, jobs, the relay, commands."""


client: ContextVar[str | None] = ContextVar("client", default=None)
"""What the request's `X-Client` says it was sent with: `pc` or `phone`; None: it does not say (CS-02)."""
caller: ContextVar[Caller] = ContextVar("caller", default=Caller.BACKGROUND)
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")


@dataclass
class Claim:
    """The `Idempotency-Key` of a request of one account to one route.

    `digest` is of path, query and body. `inserted`: its row is in the use case's transaction. `made_at`: what the row says
    about the time; None: now.
    """

    account_id: UUID
    key: str
    route: str
    digest: bytes
    inserted: bool = False
    made_at: datetime | None = None


claim: ContextVar[Claim | None] = ContextVar("claim", default=None)


def accept_request_id(header: str | None) -> str:
    """The caller's request id if it is well-formed, else a new one."""
    return header if header and _REQUEST_ID.fullmatch(header) else new_id().hex


def accept_client(header: str | None) -> str | None:
    """`pc` or `phone`, as the client calls itself. That is a convenience, not a proof: it may say what it likes (CS-02)."""
    return header if header in ("pc", "phone") else None
