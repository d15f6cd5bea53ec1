"""What goes in and out about webhooks. No secret is in any view but the one that shows it once."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from contracts.base import OrgPath
from pydantic import BaseModel, ConfigDict, Field

from notify.domain.webhooks import Webhook

_Title = Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[^\x00]*$")]
_Types = Annotated[list[Annotated[str, Field(max_length=100)]], Field(min_length=1, max_length=50)]
_Url = Annotated[str, Field(min_length=8, max_length=1000)]


class NewWebhook(BaseModel):
    """A subscription to be: what happens at `path` or below, of these types, goes to `url`."""

    model_config = ConfigDict(extra="forbid")
    path: OrgPath
    title: _Title
    url: _Url
    types: _Types


class ChangedWebhook(BaseModel):
    """All of a subscription that can be changed."""

    model_config = ConfigDict(extra="forbid")
    title: _Title
    url: _Url
    types: _Types
    active: bool = True


class TypeView(BaseModel):
    """Something to subscribe to, and the fields of its `data`."""

    type: str
    title: str
    tells: list[str]


class WebhookView(BaseModel):
    """A subscription. `disabled_reason`: it was switched off because its address kept failing."""

    webhook_id: UUID
    path: str
    title: str
    url: str
    types: list[str]
    active: bool
    failures: int
    disabled_reason: str | None
    old_secret_until: datetime | None
    made_at: datetime
    version: int


class WithSecret(WebhookView):
    """With the secret, shown this once."""

    secret: str


class DeliveryView(BaseModel):
    """One message to one subscription. `status`: what the address answered last."""

    delivery_id: UUID
    message_id: str
    type: str
    state: str
    tries: int
    status: int | None
    error: str | None
    made_at: datetime
    next_at: datetime | None
    done_at: datetime | None


def webhook_view(one: Webhook) -> WebhookView:
    """A subscription without its secret."""
    return WebhookView(
        webhook_id=one.id,
        path=one.path,
        title=one.title,
        url=one.url,
        types=list(one.types),
        active=one.active,
        failures=one.failures,
        disabled_reason=one.disabled_reason,
        old_secret_until=one.old_until,
        made_at=one.made_at,
        version=one.version,
    )


def delivery_view(row: Any) -> DeliveryView:
    """A row of the log."""
    kept = ("type", "state", "tries", "status", "error", "made_at", "next_at", "done_at")
    return DeliveryView(delivery_id=row["id"], message_id=f"msg_{row['event_id'].hex}", **{name: row[name] for name in kept})
