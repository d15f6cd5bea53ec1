"""What notify answers."""

from datetime import datetime
from typing import Any, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator
from servicekit.home import Home


class LinkView(BaseModel):
    """What to open."""

    service: str
    thing: str
    id: UUID


class Message(BaseModel):
    """One message. `id` stays; `place` is new each time a message grows, orders lists, and is where a stream resumes."""

    id: UUID
    place: UUID
    address: str
    kind: str
    title: str
    body: str
    link: LinkView
    facts: dict[str, Any]
    count: int
    read: bool
    made_at: datetime

    @classmethod
    def of(cls, row: Any) -> Self:
        """Out of a stored row."""
        return cls(**{name: row[name] for name in cls.model_fields})


class Unread(BaseModel):
    """How many messages are unread."""

    unread: int


class MessagesHome(Home):
    """What notify shows on the home screen of a card."""

    unread: int
    newest: list[Message]


class Reading(BaseModel):
    """What was read: some messages, or all."""

    model_config = ConfigDict(extra="forbid")

    ids: list[UUID] | None = Field(default=None, max_length=200)
    all: bool = False

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if self.all == (self.ids is not None):
            raise ValueError("say either ids or all")
        return self
