"""Staff and account slips."""

from uuid import UUID

from aiohttp import web
from contracts.base import OrgPath
from pydantic_core import to_json
from servicekit.auth import may
from servicekit.downloads import DownloadView
from servicekit.http import Api, Page, Request
from servicekit.http.disposition import content_disposition
from servicekit.http.page import LIMIT, pack, unpack
from servicekit.refusals import Refusal

from identity.actions import account_slips, staff
from identity.actions.slip_pdf import print_slips
from identity.views.requests import NewStaff, SlipOrder
from identity.views.responses import Slips, SlipView, StaffView

api = Api("identity")
SLIPS_NAME = "账号单-{title}.pdf"


class SlipsDownload(DownloadView):
    """Where the PDF can be fetched once; `replaced`: how many unused passwords on older slips became invalid (L-11)."""

    slips: int
    replaced: int


def after_of(cursor: str | None) -> tuple[str, UUID] | None:
    """The (path, id) that a cursor encodes."""
    key = unpack(cursor, 2)
    try:
        return None if key is None else (key[0], UUID(key[1]))
    except ValueError:
        raise Refusal("malformed", field="cursor") from None


@api.post("/staff", may=may("grant_staff", "run_platform"), rules=("NR-01", "NR-05"), secret=True, once=True)
async def hire(request: Request, new: NewStaff) -> StaffView:
    """Offer a staff card in the caller's scope to the person with this phone number; creates the account where there is none.
    The one-time password with which the holder signs in or activates the card is in this response only (L-01)."""
    result = await staff.add_staff(
        request.deps,
        request.actor,
        new.name,
        new.phone,
        new.role,
        new.path,
        request.client,
        number_reassigned=new.number_reassigned,
    )
    return StaffView.of(result.card, request.deps.role_title, result.one_time)


@api.get("/staff", may=may("grant_staff", "run_platform"), rules=("NR-05",))
async def list_staff(request: Request, path: OrgPath | None = None, cursor: str | None = None) -> Page[StaffView]:
    """Staff cards in an organisation and below it: offered, active and suspended ones."""
    found = await staff.listed(request.deps, request.actor, path, after_of(cursor), LIMIT + 1)
    items = [StaffView.of(card, request.deps.role_title) for card in found[:LIMIT]]
    return Page(items=items, next=pack(items[-1].path, items[-1].card_id) if len(found) > LIMIT else None)


@api.post("/slips", may=may("help_accounts"), rules=("NR-01", "L-11"), secret=True, once=True)
async def make_slips(request: Request, order: SlipOrder) -> web.Response:
    """Create account slips with new one-time passwords: a PDF, or JSON if `Accept` is `application/json`. They replace the
    unused ones of the same organisation and say how many those were (L-11)."""
    made = await account_slips.make(request.deps, request.actor, order.path, order.audience, request.client)
    if "application/json" in request.raw.headers.get("Accept", ""):
        body = to_json(Slips(items=[SlipView.of(slip) for slip in made.slips], replaced=made.replaced))
        return web.Response(body=body, status=201, content_type="application/json")
    pdf = await print_slips(request.deps, order.audience, made)
    headers = {"Content-Disposition": content_disposition(SLIPS_NAME.format(title=made.title))}
    return web.Response(body=pdf, status=201, content_type="application/pdf", headers=headers)


@api.post("/slips/address", may=may("help_accounts"), rules=("NR-01", "L-11", "L-19"), secret=True, once=True)
async def offer_slips_download(request: Request, order: SlipOrder) -> SlipsDownload:
    """Create account slips as `POST /slips` does; the PDF is fetched by a one-time address that needs no header. Until then
    it is held, readable with that address only."""
    made = await account_slips.make(request.deps, request.actor, order.path, order.audience, request.client)
    pdf = await print_slips(request.deps, order.audience, made)
    name = SLIPS_NAME.format(title=made.title)
    view = await request.deps.downloads.of_bytes(request, name, "application/pdf", pdf)
    return SlipsDownload(**dict(view), slips=len(made.slips), replaced=made.replaced)
