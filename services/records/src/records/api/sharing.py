"""Records that students share with their class or school (CS-04)."""

from datetime import datetime
from typing import Literal, Self
from uuid import UUID

from contracts.base import OrgPath
from pydantic import BaseModel
from servicekit.auth import SIGNED_IN, Actor
from servicekit.downloads import DownloadView
from servicekit.files import PagesView, PictureView, Width, evidence_items, pages_view, picture_view
from servicekit.http import Api, Cursor, Page, Request
from servicekit.http.page import unpack_id
from servicekit.mapping import from_attributes

from records.actions import sharing
from records.api.body import Body
from records.api.evidence import AddressView
from records.api.paging import PAGE, page_of
from records.domain.access import readable
from records.domain.record import Record
from records.domain.sharing import visibility_title
from records.domain.term import Term
from records.views.records import RecordView

api = Api("sharing")


class SharingIn(Body):
    """Who else sees it: nobody (自己可见), the class (班级公开), the school (学校公开)."""

    visibility: Literal["private", "class", "school"]


class SharedFile(BaseModel):
    """A file of a shared record; everybody gets the clean copy."""

    evidence_id: UUID
    number: int
    name: str
    media_type: str
    size: int
    width: int | None
    height: int | None
    pages: int | None
    preview: bool


class OwnView(BaseModel):
    """What only the family sees in its feed."""

    state: str
    version: int


class SharedView(BaseModel):
    """A record as classmates see it: the public fields of the scheme by title, and nothing of its review.

    `own`: of the card's own records, else null. `dimension_title` is empty where the record belongs to no kind
    yet.
    """

    id: UUID
    student_name: str
    path: str
    dimension_title: str
    kind_title: str
    title: str
    fields: dict[str, str]
    files: list[SharedFile]
    visibility: str
    visibility_title: str
    term_id: UUID
    term_title: str
    created_at: datetime
    own: OwnView | None

    @classmethod
    def of(cls, term: Term, record: Record, actor: Actor) -> Self:
        """A record of a feed, as this card sees it."""
        kind, record = term.scheme.kind(record.kind), readable(term, record, actor)
        public = [field for field in kind.form.fields if field.public and record.data.get(field.id) not in (None, "")]
        return from_attributes(
            cls,
            record,
            dimension_title=term.dimension_title(record.dimension),
            visibility_title=visibility_title(term, record.visibility),
            term_title=term.title,
            own=OwnView(state=record.state, version=record.version) if record.student_id in actor.students else None,
            kind_title=kind.title,
            fields={field.title: field.shown(record.data[field.id], term.zone) for field in public},
            files=[from_attributes(SharedFile, file) for file in evidence_items(record.evidence)],
        )


@api.put("/records/{record_id}/visibility", may=SIGNED_IN, rules=("CS-04",))
async def share(request: Request, record_id: UUID, how: SharingIn) -> RecordView:
    """Show a record to the class or the school, or hide it; in any state, without a new version."""
    return RecordView.of(
        *await sharing.share(request.deps, request.actor, record_id, request.seen, how.visibility), reader=request.actor
    )


@api.get("/shared", may=SIGNED_IN, rules=("CS-04",))
async def list_shared(
    request: Request,
    circle: Literal["own", "class", "school"],
    path: OrgPath | None = None,
    term_id: UUID | None = None,
    cursor: Cursor | None = None,
    limit: PAGE = 50,
) -> Page[SharedView]:
    """The own growth records, or what students share with the card's class or school, newest first.

    School staff name a class by `path`.
    """
    found = await sharing.page(request.deps, request.actor, circle, path, term_id, unpack_id(cursor), limit)
    return page_of([SharedView.of(*it, request.actor) for it in found], limit, lambda view: view.id)


@api.get("/shared/{record_id}/evidence/{evidence_id}/address", may=SIGNED_IN, rules=("CS-04",))
async def show_shared_evidence(request: Request, record_id: UUID, evidence_id: UUID, preview: bool = False) -> AddressView:
    """A download of the clean copy, or of its small picture."""
    found = await sharing.find_file(request.deps, request.actor, record_id, evidence_id, preview)
    return AddressView(url=request.deps.storage.address(found))


@api.post("/shared/{record_id}/evidence/{evidence_id}/address", may=SIGNED_IN, status=200, secret=True, rules=("CS-04", "L-19"))
async def offer_shared_download(request: Request, record_id: UUID, evidence_id: UUID) -> DownloadView:
    """The clean copy by a one-time address that needs no header."""
    found = await sharing.find_file(request.deps, request.actor, record_id, evidence_id)
    view: DownloadView = request.deps.downloads.of_object(request, found)
    return view


@api.get("/shared/{record_id}/evidence/{evidence_id}/pages", may=SIGNED_IN, rules=("CS-04",))
async def show_shared_pages(request: Request, record_id: UUID, evidence_id: UUID) -> PagesView:
    """How many pages the file has, if it is a PDF, and their sizes."""
    found = await sharing.find_file(request.deps, request.actor, record_id, evidence_id)
    return await pages_view(request.deps.files.pages, found)


@api.get("/shared/{record_id}/evidence/{evidence_id}/pages/{page}", may=SIGNED_IN, rules=("CS-04",))
async def show_shared_page(request: Request, record_id: UUID, evidence_id: UUID, page: int, width: Width = 800) -> PictureView:
    """The address of a picture of one page."""
    found = await sharing.find_file(request.deps, request.actor, record_id, evidence_id)
    return await picture_view(request.deps.files.pages, found, page, width)
