"""Confirmation forms: printing, the states of their codes, resets, and registering with a code (NR-01, NR-02)."""

from uuid import UUID

from contracts.base import OrgPath
from servicekit.auth import ACCOUNT, ANYONE, may
from servicekit.downloads import DownloadView
from servicekit.http import Api, Page, Request
from servicekit.http.page import LIMIT, pack

from identity.actions import form_codes, form_prints, registration
from identity.api.bearer import account_of
from identity.api.staff import after_of
from identity.views.forms import (
    ChildByCode,
    FormCodeReset,
    FormOrder,
    FormPrintView,
    Registered,
    Registration,
    StudentFormView,
)
from identity.views.responses import Cards, CardView

api = Api("identity")
HELPERS = may("help_families")
"""The registrar and the class teacher."""


@api.post("/form-prints", may=HELPERS, rules=("NR-01",))
async def order_forms(request: Request, order: FormOrder) -> FormPrintView:
    """Order the confirmation forms of a class, a grade or a school, or of one student. They are rendered class by class."""
    found = await form_prints.order(request.deps, request.actor, order.path, order.student_id, request.client)
    return FormPrintView.of(found)


@api.get("/form-prints/{print_id}", may=HELPERS, rules=("NR-01",))
async def show_form_print(request: Request, print_id: UUID) -> FormPrintView:
    """How far an order of one's own is."""
    return FormPrintView.of(await form_prints.progress(request.deps, request.actor, print_id))


@api.post("/form-prints/{print_id}/address", may=HELPERS, rules=("NR-01", "L-19"), status=200, secret=True)
async def offer_forms_download(request: Request, print_id: UUID) -> DownloadView:
    """The forms of an order as one PDF, by a one-time address."""
    name, pdf = await form_prints.pdf(request.deps, request.actor, print_id)
    view: DownloadView = await request.deps.downloads.of_bytes(request, name, "application/pdf", pdf)
    return view


@api.get("/form-codes", may=HELPERS, rules=("NR-02",))
async def list_form_codes(request: Request, path: OrgPath | None = None, cursor: str | None = None) -> Page[StudentFormView]:
    """The students below a path with the states of their codes, and who registered with them; never a code."""
    found = await form_codes.listed(request.deps, request.actor, path or request.actor.path, after_of(cursor), LIMIT + 1)
    items = [StudentFormView.of(one) for one in found[:LIMIT]]
    return Page(items=items, next=pack(items[-1].path, items[-1].student_id) if len(found) > LIMIT else None)


@api.post("/students/{student_id}/form-codes/reset", may=HELPERS, rules=("NR-02",), status=204)
async def reset_form_code(request: Request, student_id: UUID, order: FormCodeReset) -> None:
    """Replace a code: the printed one is worth nothing from now on. After misuse the account that registered with it loses
    the card of the student, and its holder is told."""
    await form_codes.reset(
        request.deps, request.actor, student_id, order.kind, order.reason, request.client, misused=order.misused
    )


@api.post("/registrations", may=ANYONE, rules=("NR-01", "NR-02", "L-01"), secret=True)
async def register_parent(request: Request, asked: Registration) -> Registered:
    """Register as the parent of the student of a code; the phone number becomes the user name."""
    account = await registration.register(
        request.deps,
        asked.code,
        asked.child_name,
        asked.name,
        asked.phone,
        asked.password,
        request.client,
        asked.captcha.as_answer() if asked.captcha is not None else None,
    )
    return Registered(username=account.username)


@api.post("/cards/by-code", may=ACCOUNT, rules=("NR-02", "L-01"))
async def take_child_by_code(request: Request, asked: ChildByCode) -> Cards:
    """Take the card of the student of a code with the account that one has."""
    account_id = account_of(request).account_id
    found = await registration.add_child(request.deps, account_id, asked.code, asked.child_name, request.client)
    return Cards(cards=[CardView.of(card, request.deps.role_title) for card in found])
