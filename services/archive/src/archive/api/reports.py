"""Reports of locked results as workbooks and PDFs: asked for, followed, downloaded (BJ-08)."""

from contextlib import aclosing
from typing import Annotated, Literal
from uuid import UUID

from aiohttp import web
from contracts.base import OrgPath
from pydantic import Field
from scheme.stages import StageId
from servicekit.downloads import DownloadView
from servicekit.http import Api, Cursor, Page, Request
from servicekit.http.disposition import content_disposition
from servicekit.http.page import LIMIT, MOST, pack, unpack_id
from servicekit.refusals import Refusal

from archive.actions import reports as actions
from archive.api.body import Sent
from archive.api.statistics import OVERSEERS, Number, SchemeId, SchoolYear
from archive.domain.reports import MEDIA_TYPES
from archive.domain.statistics import Period
from archive.views.statistics import ReportRunView, run_view

api = Api("reports")
RULES = ("BJ-08",)


class ReportOrder(Sent):
    """Which report, of which term, stage (by default all) and organisation (by default the card's own), in which format."""

    report: str = Field(min_length=1, max_length=60)
    scheme_id: SchemeId
    school_year: SchoolYear
    number: Number
    path: OrgPath | None = None
    stage: StageId | None = None
    format: Literal["xlsx", "pdf"]


@api.post("/reports", may=OVERSEERS, status=202, rules=RULES)
async def order_report(request: Request, order: ReportOrder) -> ReportRunView:
    """Begin to make a report; `GET /reports/{run_id}` shows how far it is. The same order while it is made is the same run."""
    asked = Period(order.scheme_id, order.school_year, order.number, stage=order.stage or "")
    return run_view(await actions.order(request.deps, request.actor, order.report, order.path, asked, order.format))


@api.get("/reports", may=OVERSEERS, rules=RULES)
async def list_reports(
    request: Request, cursor: Cursor | None = None, limit: Annotated[int, Field(ge=1, le=MOST)] = LIMIT
) -> Page[ReportRunView]:
    """The own reports, newest first, until their files are deleted."""
    found, following = await actions.page(request.deps, request.actor, unpack_id(cursor), limit)
    return Page(items=[run_view(run) for run in found], next=pack(following) if following else None)


@api.get("/reports/{run_id}", may=OVERSEERS, rules=RULES)
async def read_report_run(request: Request, run_id: UUID) -> ReportRunView:
    """How far one report is."""
    return run_view(await actions.read(request.deps, request.actor, run_id))


@api.get("/reports/{run_id}/file", may=OVERSEERS, rules=RULES)
async def take_report(request: Request, run_id: UUID) -> web.StreamResponse:
    """The file of a report that is ready, for whoever asked for it and may still have it; recorded."""
    run = await actions.take(request.deps, request.actor, run_id)
    return await send_object(request, run.object_key, run.name, MEDIA_TYPES[run.format])


async def send_object(request: Request, key: str, name: str, media_type: str) -> web.StreamResponse:
    """An object of the bucket under this name, as it is read."""
    opened = await request.deps.storage.opened(request.deps.settings.bucket, key)
    if opened is None:
        raise Refusal("not_found")
    response = web.StreamResponse()
    response.content_type, response.content_length = media_type, opened.size
    response.headers.update(
        {
            "Cache-Control": "no-store",
            "X-Content-Type-Options": "nosniff",
            "Content-Disposition": content_disposition(name),
        }
    )
    await response.prepare(request.raw)
    async with aclosing(opened.chunks()) as chunks:
        async for chunk in chunks:
            await response.write(chunk)
    await response.write_eof()
    return response


@api.post("/reports/{run_id}/address", may=OVERSEERS, status=200, secret=True, rules=(*RULES, "L-19"))
async def offer_report_download(request: Request, run_id: UUID) -> DownloadView:
    """The same by a one-time address that needs no header; whether the card may have it is asked again when it is used."""
    run = await actions.read(request.deps, request.actor, run_id)
    if run.state != "ready":
        raise Refusal("wrong_state", detail="报表还没有生成好", state=run.state)
    view: DownloadView = request.deps.downloads.of_route(request, run.name, MEDIA_TYPES[run.format], take_report, run_id=run.id)
    return view
