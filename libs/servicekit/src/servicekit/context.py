"""What travels along with a request or an event inside one task: its request id and its idempotency claim."""

import re
from contextvars import ContextVar
from dataclasses import dataclass, field
from uuid import UUID

from servicekit.ids import new_id

request_id: ContextVar[str | None] = ContextVar("request_id", default=None)
wakes: ContextVar[set[str] | None] = ContextVar("wakes", default=None)
"""Whom the transaction at hand wakes once it is committed; None outside of one."""
_GOOD = re.compile(r"[A-Za-z0-9._-]{8,64}")


@dataclass
class Claim:
    """One `Idempotency-Key` of one account on one route; `claimed` once its row is in the use case's transaction."""

    account_id: UUID
    key: str
    route: str
    digest: bytes
    claimed: bool = field(default=False)


claim: ContextVar[Claim | None] = ContextVar("claim", default=None)


def accept_request_id(sent: str | None) -> str:
    """The caller's request id where it is of good form, else a new one."""
    return sent if sent and _GOOD.fullmatch(sent) else new_id().hex
