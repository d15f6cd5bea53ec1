"""Records that students share with their class or school (CS-04)."""

from datetime import datetime
from typing import Literal, Self
from uuid import UUID

from contracts.base import OrgPath
from pydantic import BaseModel
from servicekit.auth import SIGNED_IN
from servicekit.http import Api, Cursor, Page, Request
from servicekit.http.page import unpack_id
from servicekit.mapping import from_attributes

from records.actions import sharing
from records.api.body import Body
from records.api.evidence import AddressView
from records.api.paging import PAGE, page_of
from records.domain.record import Record
from records.domain.term import Term
from records.views import RecordView

api = Api("sharing")


class SharingIn(Body):
    """Who else sees it: nobody (自己可见), the class (班级公开), the school (学校公开)."""

    visibility: Literal["private", "class", "school"]


class SharedFile(BaseModel):
    """A file of a shared record; others get the copy without location metadata."""

    evidence_id: UUID
    name: str
    media_type: str
    preview: bool


class SharedView(BaseModel):
    """A record as classmates see it: the public fields of the scheme by title, and nothing of its review."""

    id: UUID
    student_name: str
    path: str
    dimension_title: str
    kind_title: str
    title: str
    fields: dict[str, str]
    files: list[SharedFile]
    visibility: str
    created_at: datetime

    @classmethod
    def of(cls, term: Term, record: Record) -> Self:
        """A shared record."""
        kind = term.scheme.kind(record.kind)
        public = [field for field in kind.form.fields if field.public and record.data.get(field.id) not in (None, "")]
        return from_attributes(
            cls,
            record,
            dimension_title=term.scheme.dimension(record.dimension).title,
            kind_title=kind.title,
            fields={field.title: field.shown(record.data[field.id]) for field in public},
            files=[from_attributes(SharedFile, file, preview=file.preview_key is not None) for file in record.evidence],
        )


@api.put("/records/{record_id}/visibility", may=SIGNED_IN, rules=("CS-04",))
async def share(request: Request, record_id: UUID, how: SharingIn) -> RecordView:
    """Show a record to the class or the school, or hide it; in any state, without a new version."""
    return RecordView.of(*await sharing.share(request.deps, request.actor, record_id, request.seen, how.visibility))


@api.get("/shared", may=SIGNED_IN, rules=("CS-04",))
async def list_shared(
    request: Request,
    circle: Literal["class", "school"],
    path: OrgPath | None = None,
    term_id: UUID | None = None,
    cursor: Cursor | None = None,
    limit: PAGE = 50,
) -> Page[SharedView]:
    """What students share with the card's class or school, newest first; school staff name a class by `path`."""
    found = await sharing.page(request.deps, request.actor, circle, path, term_id, unpack_id(cursor), limit)
    return page_of([SharedView.of(*it) for it in found], limit, lambda view: view.id)


@api.get("/shared/{record_id}/evidence/{evidence_id}/address", may=SIGNED_IN, rules=("CS-04",))
async def show_shared_evidence(request: Request, record_id: UUID, evidence_id: UUID, preview: bool = False) -> AddressView:
    """A download of the copy without metadata, or of its small picture."""
    return AddressView(url=await sharing.address(request.deps, request.actor, record_id, evidence_id, preview))
