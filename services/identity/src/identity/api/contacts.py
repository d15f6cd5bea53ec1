"""The contact sheets of schools."""

from contracts.base import OrgPath
from servicekit.auth import may
from servicekit.downloads import DownloadView
from servicekit.http import Api, Page, Request
from servicekit.http.page import LIMIT, pack, unpack

from identity.actions import contacts
from identity.views.contacts import ContactSheet, ContactsIn, ExportOrder

api = Api("identity")
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@api.get("/contacts", may=may("see_contacts"), rules=("SH-12",))
async def read_contacts(request: Request, path: OrgPath | None = None) -> ContactSheet:
    """The contact sheet of the caller's school, or of one below."""
    return ContactSheet.of(await contacts.read(request.deps, request.actor, path))


@api.put("/contacts", may=may("keep_contacts"), rules=("SH-12",))
async def keep_contacts(request: Request, sheet: ContactsIn) -> ContactSheet:
    """Store the contact sheet of the caller's school in the place of the one before."""
    given = [one.as_contact() for one in sheet.contacts]
    return ContactSheet.of(await contacts.keep(request.deps, request.actor, given, request.client))


@api.get("/contacts/schools", may=may("see_contacts"), rules=("SH-12",))
async def list_contacts(request: Request, path: OrgPath | None = None, cursor: str | None = None) -> Page[ContactSheet]:
    """The contact sheets of the schools of a district, also those that are still empty."""
    key = unpack(cursor, 1)
    found, last = await contacts.below(request.deps, request.actor, path, None if key is None else key[0], LIMIT)
    return Page(items=[ContactSheet.of(sheet) for sheet in found], next=None if last is None else pack(last))


@api.post("/contacts/export", may=may("see_contacts"), status=200, secret=True, rules=("SH-12", "L-19"))
async def export_contacts(request: Request, order: ExportOrder) -> DownloadView:
    """Where the workbook with the contact sheets of all schools can be fetched once."""
    name, data = await contacts.export(request.deps, request.actor, order.path, request.client)
    view: DownloadView = await request.deps.downloads.of_bytes(request, name, XLSX, data)
    return view
