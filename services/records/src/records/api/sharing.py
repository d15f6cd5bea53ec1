"""What students show each other: growth records of the class and of the school (CS-04)."""

from datetime import datetime
from typing import Literal, Self
from uuid import UUID

from contracts.base import OrgPath
from pydantic import BaseModel
from servicekit.auth import SIGNED_IN
from servicekit.http import Api, Cursor, Page, Request
from servicekit.http.page import unpack_id

from records.actions import sharing
from records.api.body import Body
from records.api.evidence import AddressView
from records.api.paging import PAGE, page_of
from records.domain.record import Record
from records.domain.rules import Rules
from records.views import RecordView

api = Api("sharing")


class SharingIn(Body):
    """Who else sees it: nobody (自己可见), the class (班级公开), the school (学校公开)."""

    visibility: Literal["private", "class", "school"]


class SharedFile(BaseModel):
    """A file of a shared record; what others fetch is the copy without metadata."""

    evidence_id: UUID
    name: str
    media_type: str
    preview: bool


class SharedView(BaseModel):
    """A record as classmates see it: the fields that the scheme calls public, by title; nothing of its review."""

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
    def of(cls, rules: Rules, it: Record) -> Self:
        """A shared record."""
        kind = rules.scheme.kind(it.kind)
        public = [field for field in kind.form.fields if field.public and it.data.get(field.id) not in (None, "")]
        return cls(
            id=it.id, student_name=it.student_name, path=it.path, visibility=it.visibility, created_at=it.created_at,
            dimension_title=rules.scheme.dimension(it.dimension).title, kind_title=kind.title, title=it.title,
            fields={field.title: field.shown(it.data[field.id]) for field in public},
            files=[
                SharedFile(evidence_id=f.evidence_id, name=f.name, media_type=f.media_type, preview=f.preview_key is not None)
                for f in it.evidence
            ],
        )  # fmt: skip


@api.put("/records/{record_id}/visibility", may=SIGNED_IN, rules=("CS-04",))
async def share(request: Request, record_id: UUID, how: SharingIn) -> RecordView:
    """Show a record to the class or the school, or take it back; in any state, without a new version."""
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
    return page_of([SharedView.of(*one) for one in found], limit, lambda view: view.id)


@api.get("/shared/{record_id}/evidence/{evidence_id}/address", may=SIGNED_IN, rules=("CS-04",))
async def show_shared_evidence(request: Request, record_id: UUID, evidence_id: UUID, preview: bool = False) -> AddressView:
    """A download of the copy without metadata, or of its small picture."""
    return AddressView(url=await sharing.address(request.deps, request.actor, record_id, evidence_id, preview))
