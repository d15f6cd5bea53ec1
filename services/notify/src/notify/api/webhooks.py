"""Subscriptions of outside systems: what happens in an organisation is sent to an address, signed."""

from typing import Annotated, Literal
from uuid import UUID

from contracts.base import OrgPath
from pydantic import Field
from servicekit.auth import may
from servicekit.http import Api, Cursor, Page, Request
from servicekit.http.page import LIMIT, MOST, pack, unpack_id

from notify.actions import webhooks as actions
from notify.domain.webhooks import OF_SCHOOLS, TYPES
from notify.views.webhooks import (
    ChangedWebhook,
    DeliveryView,
    NewWebhook,
    TypeView,
    WebhookView,
    WithSecret,
    delivery_view,
    webhook_view,
)

api = Api("webhooks")
_KEEPERS = may("keep_webhooks", "run_platform")


@api.get("/webhook-types", may=_KEEPERS)
async def list_types(request: Request) -> Page[TypeView]:
    """What this card may subscribe to."""
    known = OF_SCHOOLS if request.actor.role == "operator" else TYPES
    return Page(
        items=[TypeView(type=name, title=title, tells=list(fields)) for name, (title, fields) in TYPES.items() if name in known]
    )


@api.post("/webhooks", may=_KEEPERS, secret=True)
async def make(request: Request, new: NewWebhook) -> WithSecret:
    """Subscribe, for one's own organisation or one below. The secret is in this answer only."""
    made, secret = await actions.make(request.deps, request.actor, new.path, new.title, new.url, new.types)
    return WithSecret(**webhook_view(made).model_dump(), secret=secret)


@api.get("/webhooks", may=_KEEPERS)
async def list_webhooks(
    request: Request,
    path: OrgPath | None = None,
    cursor: Cursor | None = None,
    limit: Annotated[int, Field(ge=1, le=MOST)] = LIMIT,
) -> Page[WebhookView]:
    """Subscriptions of one's own organisation and below, newest first."""
    found = await actions.listed(request.deps, request.actor, path, unpack_id(cursor), limit + 1)
    items = [webhook_view(one) for one in found[:limit]]
    return Page(items=items, next=pack(items[-1].webhook_id) if len(found) > limit else None)


@api.get("/webhooks/{webhook_id}", may=_KEEPERS)
async def show(request: Request, webhook_id: UUID) -> WebhookView:
    """One subscription."""
    return webhook_view(await actions.find(request.deps, request.actor, webhook_id))


@api.put("/webhooks/{webhook_id}", may=_KEEPERS)
async def change(request: Request, webhook_id: UUID, changed: ChangedWebhook) -> WebhookView:
    """Another address or other types, on or off; takes `If-Match`."""
    after = await actions.change(
        request.deps, request.actor, webhook_id, request.version,
        title=changed.title, url=changed.url, types=changed.types, active=changed.active,
    )  # fmt: skip
    return webhook_view(after)


@api.delete("/webhooks/{webhook_id}", may=_KEEPERS)
async def remove(request: Request, webhook_id: UUID) -> None:
    """End a subscription; its log goes with it."""
    await actions.remove(request.deps, request.actor, webhook_id)


@api.post("/webhooks/{webhook_id}/secret", may=_KEEPERS, status=200, secret=True)
async def rotate(request: Request, webhook_id: UUID) -> WithSecret:
    """A new secret, in this answer only; the old one signs beside it for 24 hours."""
    after, secret = await actions.rotate(request.deps, request.actor, webhook_id)
    return WithSecret(**webhook_view(after).model_dump(), secret=secret)


@api.post("/webhooks/{webhook_id}/test", may=_KEEPERS, status=202)
async def ping(request: Request, webhook_id: UUID) -> DeliveryView:
    """Send a `webhook.ping`."""
    return delivery_view(await actions.ping(request.deps, request.actor, webhook_id))


@api.get("/webhooks/{webhook_id}/deliveries", may=_KEEPERS)
async def list_deliveries(
    request: Request,
    webhook_id: UUID,
    state: Literal["ready", "waiting", "delivered", "failed"] | None = None,
    cursor: Cursor | None = None,
    limit: Annotated[int, Field(ge=1, le=MOST)] = LIMIT,
) -> Page[DeliveryView]:
    """How deliveries went, newest first; kept for 30 days."""
    rows = await actions.deliveries(request.deps, request.actor, webhook_id, state, unpack_id(cursor), limit + 1)
    items = [delivery_view(row) for row in rows[:limit]]
    return Page(items=items, next=pack(items[-1].delivery_id) if len(rows) > limit else None)


@api.post("/webhooks/{webhook_id}/deliveries/{delivery_id}/redelivery", may=_KEEPERS, status=202)
async def redeliver(request: Request, webhook_id: UUID, delivery_id: UUID) -> DeliveryView:
    """Send it again, under the same `webhook-id`."""
    return delivery_view(await actions.redeliver(request.deps, request.actor, webhook_id, delivery_id))
