"""Routes of import: types, templates, uploads, batches. They translate; they never decide."""

from functools import partial
from typing import Annotated
from urllib.parse import quote
from uuid import UUID

from aiohttp import web
from contracts.base import OrgPath
from pydantic import Field
from servicekit.auth import may
from servicekit.files import Offer, OfferView
from servicekit.http import Api, Cursor, Page, Request
from servicekit.http.page import LIMIT, MOST, pack, unpack_id

from importer.actions import batches, offers
from importer.adapters.upload import MEDIA_TYPE
from importer.api import progress
from importer.views import AnswerView, BatchDetail, BatchView, Begin, TypeId, Types, Undo

api = Api("import")
STAFF = may("administrator", "recorder", "auditor", "principal", "class_teacher", "subject_teacher")


@api.get("/types", may=STAFF, rules=("JX-05", "JX-12"))
async def list_types(request: Request, term_id: UUID | None = None) -> Types:
    """What this card may import: with a term, the types of its scheme, each with whether its window is open (X-13)."""
    return Types(items=await offers.types(request.deps, term_id, request.actor))


@api.get("/templates/{type}", may=STAFF, rules=("JX-05", "JX-12"))
async def template(request: Request, type: TypeId, path: OrgPath | None = None, term_id: UUID | None = None) -> web.Response:
    """The workbook to fill; types that ask for it list the students of the class, comments those still without one."""
    name, data = await offers.template(request.deps, type, path, term_id, request.actor)
    disposition = f"attachment; filename=\"{type}.xlsx\"; filename*=UTF-8''{quote(name, safe='')}"
    return web.Response(body=data, content_type=MEDIA_TYPE, headers={"Content-Disposition": disposition})


@api.post("/uploads", may=STAFF, rules=("JX-05",))
async def offer(request: Request, body: Offer) -> OfferView:
    """Where to send one workbook (.xlsx, at most 20 MB) to, for five minutes."""
    view: OfferView = await request.deps.files.offer(request.actor.account_id, body)
    return view


@api.post("/batches", may=STAFF, rules=("JX-05", "JX-12", "X-12"))
async def begin(request: Request, body: Begin) -> BatchView:
    """Have an uploaded workbook checked (dry run). Ends as `refused` (the whole file) or `checked`; nothing is imported."""
    batch = await batches.begin(request.deps, body.file_id, body.type, body.path, body.term_id, request.actor)
    return BatchView.model_validate(batch)


@api.get("/batches", may=STAFF)
async def list_batches(
    request: Request,
    path: OrgPath | None = None,
    cursor: Cursor | None = None,
    limit: Annotated[int, Field(ge=1, le=MOST)] = LIMIT,
) -> Page[BatchView]:
    """Batches within an organisation, newest first: one's own, and those of types one may import; administrators see all."""
    found = await batches.page(request.deps, path, unpack_id(cursor), limit + 1, request.actor)
    items = [BatchView.model_validate(batch) for batch in found[:limit]]
    return Page(items=items, next=pack(items[-1].id) if len(found) > limit else None)


@api.get("/batches/{batch_id}", may=STAFF)
async def get(request: Request, batch_id: UUID) -> BatchDetail:
    """One batch: state, counts, and the first problems."""
    return BatchDetail.with_findings(*await batches.get(request.deps, batch_id, request.actor))


@api.get("/batches/{batch_id}/progress", may=STAFF)
async def follow(request: Request, batch_id: UUID) -> web.StreamResponse:
    """Server-sent events `progress`: the state now, then each change; ends when nothing more happens by itself."""
    return await progress.follow(
        request, batch_id, partial(batches.get_without_findings, request.deps, batch_id, request.actor)
    )


@api.get("/batches/{batch_id}/answer", may=STAFF, rules=("X-12",))
async def answer(request: Request, batch_id: UUID) -> AnswerView:
    """A short-lived address of the same workbook with its problem cells coloured and explained."""
    return AnswerView(url=await batches.answer(request.deps, batch_id, request.actor))


@api.post("/batches/{batch_id}/commit", may=STAFF, status=200, rules=("JX-05", "JX-12", "X-12"))
async def commit(request: Request, batch_id: UUID) -> BatchView:
    """Import what was checked, all of it or nothing; only where no problem is left. Asking again changes nothing."""
    return BatchView.model_validate(await batches.commit(request.deps, batch_id, request.actor))


@api.post("/batches/{batch_id}/undo", may=STAFF, status=200, rules=("X-12",))
async def undo(request: Request, batch_id: UUID, body: Undo) -> BatchView:
    """Undo an applied batch: records before publicity opens, comments while their window is open; a roster never.
    Rows that are used already stay."""
    return BatchView.model_validate(await batches.undo_import(request.deps, batch_id, body.reason, request.actor))
