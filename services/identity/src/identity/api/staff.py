"""Staff and account slips."""

from uuid import UUID

from aiohttp import web
from contracts.base import OrgPath
from pydantic_core import to_json
from servicekit.auth import may
from servicekit.http import Api, Page, Request
from servicekit.http.page import LIMIT, pack, unpack
from servicekit.refusals import Refusal

from identity.actions import account_slips, staff
from identity.actions.slip_pdf import print_slips
from identity.views.requests import NewStaff, SlipOrder
from identity.views.responses import Slips, SlipView, StaffView

api = Api("identity")


def after_of(cursor: str | None) -> tuple[str, UUID] | None:
    """The (path, id) that a cursor encodes."""
    key = unpack(cursor, 2)
    try:
        return None if key is None else (key[0], UUID(key[1]))
    except ValueError:
        raise Refusal("malformed", field="cursor") from None


@api.post("/staff", may=may("operator", "administrator"), rules=("NR-01", "NR-05"), secret=True, once=True)
async def hire(request: Request, new: NewStaff) -> StaffView:
    """Create an account and a staff card in the caller's scope. A new account's one-time password is in this response only."""
    result = await staff.add_staff(request.deps, request.actor, new.name, new.phone, new.role, new.path, request.client)
    return StaffView.of(result.card, result.one_time)


@api.get("/staff", may=may("operator", "administrator"), rules=("NR-05",))
async def list_staff(request: Request, path: OrgPath | None = None, cursor: str | None = None) -> Page[StaffView]:
    """Active staff cards in an organisation and below it."""
    found = await staff.listed(request.deps, request.actor, path, after_of(cursor), LIMIT + 1)
    items = [StaffView.of(card) for card in found[:LIMIT]]
    return Page(items=items, next=pack(items[-1].path, items[-1].card_id) if len(found) > LIMIT else None)


@api.post("/slips", may=may("administrator", "class_teacher"), rules=("NR-01",), secret=True, once=True)
async def make_slips(request: Request, order: SlipOrder) -> web.Response:
    """Create account slips with new one-time passwords: a PDF, or JSON if `Accept` is `application/json`."""
    title, made = await account_slips.make(request.deps, request.actor, order.path, order.audience, request.client)
    if "application/json" in request.raw.headers.get("Accept", ""):
        body = to_json(Slips(items=[SlipView.of(slip) for slip in made]))
        return web.Response(body=body, status=201, content_type="application/json")
    pdf = await print_slips(request.deps, title, order.audience, made)
    headers = {"Content-Disposition": 'attachment; filename="slips.pdf"'}
    return web.Response(body=pdf, status=201, content_type="application/pdf", headers=headers)
