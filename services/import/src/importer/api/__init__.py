"""Routes of import: types, templates, uploads, batches. They translate; they never decide."""

from functools import partial
from typing import Annotated
from uuid import UUID

from aiohttp import web
from contracts.base import OrgPath
from pydantic import Field
from servicekit.auth import may
from servicekit.downloads import DownloadView, download_api
from servicekit.files import Offer, OfferView
from servicekit.http import Api, Cursor, Page, Request
from servicekit.http.disposition import content_disposition
from servicekit.http.page import LIMIT, MOST, pack, unpack, unpack_id

from importer.actions import batches, offers, tables
from importer.adapters.upload import MEDIA_TYPE
from importer.api import home, progress
from importer.views import (
    AnswerView,
    BatchDetail,
    BatchView,
    Begin,
    Excerpt,
    Excerpts,
    FilledIn,
    Finding,
    SheetView,
    TableIn,
    Tables,
    TypeId,
    Types,
    Undo,
)

api = Api("import")
api.include(home.api)
STAFF = may("import")


@api.get("/types", may=STAFF, rules=("JX-05", "JX-12"))
async def list_types(request: Request, term_id: UUID | None = None) -> Types:
    """What this card may import: with a term, the types of its scheme, each with whether its window is open (X-13)."""
    return Types(items=await offers.types(request.deps, term_id, request.actor))


@api.get("/templates/{type}", may=STAFF, rules=("JX-05", "JX-12"))
async def template(request: Request, type: TypeId, path: OrgPath | None = None, term_id: UUID | None = None) -> web.Response:
    """The workbook to fill; types that ask for it list the students of the class, comments those still without one."""
    name, data = await offers.template(request.deps, type, path, term_id, request.actor)
    return web.Response(body=data, content_type=MEDIA_TYPE, headers={"Content-Disposition": content_disposition(name)})


@api.post("/templates/{type}/address", may=STAFF, status=200, secret=True, rules=("JX-05", "JX-12", "L-19"))
async def offer_template_download(
    request: Request, type: TypeId, path: OrgPath | None = None, term_id: UUID | None = None
) -> DownloadView:
    """The workbook to fill by a one-time address that needs no header."""
    name, data = await offers.template(request.deps, type, path, term_id, request.actor)
    view: DownloadView = await request.deps.downloads.of_bytes(request, name, MEDIA_TYPE, data)
    return view


@api.post("/templates/{type}/filled", may=STAFF, status=200, secret=True, rules=("BJ-06", "L-19"))
async def offer_filled_template(
    request: Request, type: TypeId, body: FilledIn, path: OrgPath | None = None, term_id: UUID | None = None
) -> DownloadView:
    """A workbook of scores by a one-time address, filled with what the caller sees of a class (archive's `GET /scores`)."""
    known = {row.student_id: row.values for row in body.rows}
    name, data = await offers.template(request.deps, type, path, term_id, request.actor, known)
    view: DownloadView = await request.deps.downloads.of_bytes(request, name, MEDIA_TYPE, data)
    return view


@api.post("/uploads", may=STAFF, rules=("JX-05",))
async def offer(request: Request, body: Offer) -> OfferView:
    """Where to send one workbook (.xlsx, at most 20 MB) to, for five minutes."""
    view: OfferView = await request.deps.files.offer(request.actor.account_id, body)
    return view


@api.post("/tables", may=may("plan_terms"), status=200, rules=("SH-01",))
async def read_table(request: Request, body: TableIn) -> Tables:
    """The texts of an uploaded workbook that has no template, such as a timetable of the authority; nothing is stored. What
    they mean, the service knows to which they are then sent: records' `POST /terms/table`."""
    found = await tables.read(request.deps, body.file_id, request.actor)
    return Tables(sheets=[SheetView(title=sheet.title, rows=sheet.rows) for sheet in found])


@api.post("/batches", may=STAFF, rules=("JX-05", "JX-12", "X-12"))
async def begin(request: Request, body: Begin) -> BatchView:
    """Have an uploaded workbook checked (dry run), in the end by the service that would apply it (L-10). Ends as `refused` (the
    whole file) or `checked`; nothing is imported."""
    batch = await batches.begin(request.deps, body.file_id, body.type, body.path, body.term_id, body.values, request.actor)
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


@api.get("/batches/{batch_id}/problems", may=STAFF, rules=("X-12",))
async def list_problems(
    request: Request,
    batch_id: UUID,
    cursor: Cursor | None = None,
    limit: Annotated[int, Field(ge=1, le=MOST)] = LIMIT,
) -> Page[Finding]:
    """What was found, page by page: problems, then questions, then warnings."""
    key = unpack(cursor, 1)
    first = int(key[0]) if key is not None and key[0].isdecimal() else 0
    _, found, _ = await batches.get(request.deps, batch_id, request.actor)
    rows = [("problem", found.problems), ("question", found.questions), ("warning", found.row_warnings)]
    items = [Finding.model_validate({**one, "kind": kind}) for kind, listed in rows for one in listed]
    last = first + limit
    return Page(items=items[first:last], next=pack(last) if last < len(items) else None)


@api.get("/batches/{batch_id}/sheets", may=STAFF, rules=("X-12",))
async def show_sheets(request: Request, batch_id: UUID) -> Excerpts:
    """The rows in which something is wrong, as they stand in the workbook, with what may be filled in each column."""
    _, found, _ = await batches.get(request.deps, batch_id, request.actor)
    return Excerpts(sheets=[Excerpt.model_validate(sheet) for sheet in found.excerpt])


@api.get("/batches/{batch_id}/progress", may=STAFF)
async def follow(request: Request, batch_id: UUID) -> web.StreamResponse:
    """Server-sent events `progress`: the state now, then each change; stays open while the batch may be committed."""
    return await progress.follow(
        request, batch_id, partial(batches.get_without_findings, request.deps, batch_id, request.actor)
    )


@api.get("/batches/{batch_id}/answer", may=STAFF, rules=("X-12",))
async def answer(request: Request, batch_id: UUID) -> AnswerView:
    """A short-lived address of the same workbook with its problem cells coloured and explained."""
    return AnswerView(url=request.deps.storage.address(await batches.answer(request.deps, batch_id, request.actor)))


@api.post("/batches/{batch_id}/answer", may=STAFF, status=200, secret=True, rules=("X-12", "L-19"))
async def offer_answer_download(request: Request, batch_id: UUID) -> DownloadView:
    """The coloured workbook by a one-time address that needs no header."""
    found = await batches.answer(request.deps, batch_id, request.actor)
    view: DownloadView = request.deps.downloads.of_object(request, found)
    return view


@api.post("/batches/{batch_id}/commit", may=STAFF, status=200, rules=("JX-05", "JX-12", "X-12"))
async def commit(request: Request, batch_id: UUID) -> BatchView:
    """Import what was checked, all of it or nothing; only where no problem or question is left. It is checked again first
    (`rechecking`): if a commit would now do something else, it goes back to `checked` and lists the `differences`. Asking
    again changes nothing."""
    return BatchView.model_validate(await batches.commit(request.deps, batch_id, request.actor))


@api.post("/batches/{batch_id}/undo", may=STAFF, status=200, rules=("X-12",))
async def undo(request: Request, batch_id: UUID, body: Undo) -> BatchView:
    """Undo an applied batch: records before publicity opens, comments while their window is open, a roster at any time.
    Rows that are used already stay, and are listed with the reason."""
    return BatchView.model_validate(await batches.undo_import(request.deps, batch_id, body.reason, request.actor))


api.include(download_api())
