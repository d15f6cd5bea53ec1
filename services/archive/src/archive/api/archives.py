"""Sealed archives: lists, detail, download (JX-13)."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field
from servicekit.auth import SIGNED_IN
from servicekit.downloads import DownloadView
from servicekit.files import ADDRESS_SECONDS, PagesView, PictureView, Width, pages_view, picture_view
from servicekit.http import Api, Cursor, Page, Request
from servicekit.http.page import LIMIT, MOST, pack, unpack_id

from archive.actions import archives as actions
from archive.views import AddressView, ArchiveDetail, ArchiveView
from archive.views.content import ContentView, content_view

api = Api("archives")


@api.get("/archives", may=SIGNED_IN, rules=("JX-13",))
async def list_archives(
    request: Request,
    term_id: UUID | None = None,
    student_id: UUID | None = None,
    kind: Literal["term", "career"] | None = None,
    late: bool | None = None,
    cursor: Cursor | None = None,
    limit: Annotated[int, Field(ge=1, le=MOST)] = LIMIT,
) -> Page[ArchiveView]:
    """One's own archives, or those in the organisation, newest first. `late=true`: those that wait for a correction,
    because records came, changed or went after the seal."""
    after = unpack_id(cursor)
    found = await actions.page(request.deps, request.actor, term_id, student_id, kind, late, after, limit + 1)
    more = len(found) > limit
    return Page(items=[ArchiveView.of(a) for a in found[:limit]], next=pack(found[limit - 1].id) if more else None)


@api.get("/archives/{archive_id}", may=SIGNED_IN, rules=("JX-13",))
async def read_archive(request: Request, archive_id: UUID) -> ArchiveDetail:
    """One archive with its place under the root."""
    found, seal = await actions.read(request.deps, request.actor, archive_id)
    return ArchiveDetail.of_sealed(found, seal, f"{request.deps.settings.public_base}/verify/{found.code}")


@api.get("/archives/{archive_id}/content", may=SIGNED_IN, rules=("JX-13",))
async def read_content(request: Request, archive_id: UUID) -> ContentView:
    """The signed content of one archive as data, with its sections in the scheme's order, to be drawn as a page."""
    return content_view(*await actions.content(request.deps, request.actor, archive_id))


@api.get("/archives/{archive_id}/address", may=SIGNED_IN, rules=("JX-13",))
async def address_of_archive(request: Request, archive_id: UUID, format: Literal["pdf", "json"] = "pdf") -> AddressView:
    """A short-lived address of the sealed PDF, or of the signed JSON."""
    found = await actions.find_file(request.deps, request.actor, archive_id, format)
    return AddressView(url=request.deps.storage.address(found), name=found.name, seconds=ADDRESS_SECONDS)


@api.post("/archives/{archive_id}/address", may=SIGNED_IN, status=200, secret=True, rules=("JX-13", "L-19"))
async def offer_archive_download(request: Request, archive_id: UUID, format: Literal["pdf", "json"] = "pdf") -> DownloadView:
    """The sealed PDF, or the signed JSON, by a one-time address that needs no header."""
    found = await actions.find_file(request.deps, request.actor, archive_id, format)
    view: DownloadView = request.deps.downloads.of_object(request, found)
    return view


@api.get("/archives/{archive_id}/pages", may=SIGNED_IN, rules=("JX-13",))
async def show_archive_pages(request: Request, archive_id: UUID) -> PagesView:
    """How many pages the sealed PDF has and their sizes."""
    found = await actions.find_file(request.deps, request.actor, archive_id, "pdf")
    return await pages_view(request.deps.files.pages, found)


@api.get("/archives/{archive_id}/pages/{page}", may=SIGNED_IN, rules=("JX-13",))
async def show_archive_page(request: Request, archive_id: UUID, page: int, width: Width = 800) -> PictureView:
    """The address of a picture of one page."""
    found = await actions.find_file(request.deps, request.actor, archive_id, "pdf")
    return await picture_view(request.deps.files.pages, found, page, width)
