"""Evidence: offer an upload, check it, get a short-lived address (JX-03)."""

from uuid import UUID

from pydantic import BaseModel
from servicekit.auth import SIGNED_IN
from servicekit.downloads import DownloadView
from servicekit.files import Accepted, Offer, OfferView, PagesView, PictureView, Width, pages_view, picture_view
from servicekit.http import Api, Request

from records.actions import evidence

api = Api("evidence")


class AddressView(BaseModel):
    """Where the file can be fetched for the next 45 seconds."""

    url: str


@api.post("/evidence", may=SIGNED_IN, rules=("JX-03",))
async def offer_evidence(request: Request, offer: Offer) -> OfferView:
    """A presigned form for uploading one image or PDF."""
    offered: OfferView = await request.deps.files.offer(request.actor.account_id, offer)
    return offered


@api.post("/evidence/{file_id}/completion", may=SIGNED_IN, status=200, rules=("JX-03", "L-15", "L-16"))
async def complete_evidence(request: Request, file_id: UUID) -> Accepted:
    """Check the uploaded file by its content; what is stored is its clean copy, without metadata (L-15, L-16)."""
    accepted: Accepted = await request.deps.files.accept(request.actor.account_id, file_id)
    return accepted


@api.get("/evidence/{file_id}/address", may=SIGNED_IN, rules=("JX-03", "JX-18", "L-16"))
async def show_evidence(request: Request, file_id: UUID, preview: bool = False, original: bool = False) -> AddressView:
    """The clean copy, for those who may see the record it proves; `preview`: its small picture, if it has one;
    `original`: the upload itself, if that is signed or sealed."""
    found = await evidence.find(request.deps, request.actor, file_id, preview, original)
    return AddressView(url=request.deps.storage.address(found))


@api.post("/evidence/{file_id}/address", may=SIGNED_IN, status=200, secret=True, rules=("JX-03", "JX-18", "L-16", "L-19"))
async def offer_evidence_download(request: Request, file_id: UUID, original: bool = False) -> DownloadView:
    """The same file by a one-time address that needs no header, for programs that cannot send one (WebViews)."""
    found = await evidence.find(request.deps, request.actor, file_id, original=original)
    view: DownloadView = request.deps.downloads.of_object(request, found)
    return view


@api.get("/evidence/{file_id}/pages", may=SIGNED_IN, rules=("JX-03", "L-16"))
async def show_evidence_pages(request: Request, file_id: UUID) -> PagesView:
    """How many pages the file has, if it is a PDF, and their sizes."""
    found = await evidence.find(request.deps, request.actor, file_id)
    return await pages_view(request.deps.files.pages, found)


@api.get("/evidence/{file_id}/pages/{page}", may=SIGNED_IN, rules=("JX-03", "L-16"))
async def show_evidence_page(request: Request, file_id: UUID, page: int, width: Width = 800) -> PictureView:
    """The address of a picture of one page."""
    found = await evidence.find(request.deps, request.actor, file_id)
    return await picture_view(request.deps.files.pages, found, page, width)
