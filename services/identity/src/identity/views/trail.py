"""What is answered about resets and the audit trail."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel

from identity.domain.words import WHAT
from identity.store.accounts_held import Asked
from identity.store.audit import Entry


class ResetAsked(BaseModel):
    """Asked; `until` then it can be finished with a code."""

    id: UUID
    until: datetime


class ResetWaiting(BaseModel):
    """Somebody whose name and ID number fitted, and who waits for a code."""

    id: UUID
    username: str
    name: str
    asked_at: datetime
    until: datetime

    @classmethod
    def of(cls, asked: Asked) -> "ResetWaiting":
        """From the store's request."""
        return cls(id=asked.id, username=asked.username, name=asked.name, asked_at=asked.asked_at, until=asked.until)


class ResetCode(BaseModel):
    """Tell it to the holder; it is shown this once."""

    code: str
    until: datetime


class AuditEntry(BaseModel):
    """What was done (`title` says it to people), by whom, to whom, from where, and about which places."""

    id: UUID
    at: datetime
    what: str
    title: str
    account_id: UUID | None
    name: str | None
    role: str | None
    card_id: UUID | None
    subject: str | None
    client: str | None
    detail: dict[str, Any]
    paths: list[str]

    @classmethod
    def of(cls, one: Entry) -> "AuditEntry":
        """From the store's entry."""
        return cls(
            id=one.id,
            at=one.at,
            what=one.what,
            title=WHAT.get(one.what, one.what),
            account_id=one.account_id,
            name=one.name,
            role=one.role,
            card_id=one.card_id,
            subject=one.subject,
            client=one.client,
            detail=one.detail,
            paths=list(one.paths),
        )
