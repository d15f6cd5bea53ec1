"""The growth handbook as files that stand alone: of a student at once, of a class or a grade by a job (BJ-09)."""

from contextlib import aclosing
from typing import Annotated
from uuid import UUID

from aiohttp import web
from contracts.base import OrgPath
from pydantic import Field
from servicekit import log
from servicekit.auth import SIGNED_IN, may
from servicekit.downloads import DownloadView
from servicekit.http import Api, Cursor, Page, Request
from servicekit.http.disposition import content_disposition
from servicekit.http.page import LIMIT, MOST, pack, unpack_id

from archive.actions import handbook_runs as runs
from archive.actions import handbooks as actions
from archive.actions.handbooks import HandbookPlan
from archive.api.body import Sent
from archive.api.reports import send_object
from archive.views.handbooks import HandbookRunView

api = Api("handbooks")
PartNumber = Annotated[int, Field(ge=0, le=9_999)]
TAKERS = may("take_archives")
RULES = ("BJ-09", "L-16")
_log = log.get(__name__)


@api.get("/handbooks/{student_id}", may=SIGNED_IN, rules=RULES)
async def take_handbook(request: Request, student_id: UUID) -> web.StreamResponse:
    """A ZIP that opens without the platform: a page, the archives with their signed data, and clean copies of all files."""
    return await _send(request, await actions.of_student(request.deps, request.actor, student_id))


@api.post("/handbooks/{student_id}/address", may=SIGNED_IN, status=200, secret=True, rules=(*RULES, "L-19"))
async def offer_handbook_download(request: Request, student_id: UUID) -> DownloadView:
    """The handbook of a student by a one-time address that needs no header."""
    plan = await actions.of_student(request.deps, request.actor, student_id)
    view: DownloadView = request.deps.downloads.of_route(
        request, plan.name, "application/zip", take_handbook, student_id=student_id
    )
    return view


class HandbookOrder(Sent):
    """Of which class or grade; by default the card's own class."""

    path: OrgPath | None = None


@api.post("/handbook-runs", may=TAKERS, status=202, rules=RULES)
async def order_handbooks(request: Request, order: HandbookOrder) -> HandbookRunView:
    """Begin to make the handbooks of a class or a grade: ZIP files with a folder for each student who has an archive.
    `GET /handbook-runs/{run_id}` shows how far they are. The same order while they are made is the same run."""
    return HandbookRunView.of(*await runs.order(request.deps, request.actor, order.path))


@api.get("/handbook-runs", may=TAKERS, rules=RULES)
async def list_handbook_runs(
    request: Request, cursor: Cursor | None = None, limit: Annotated[int, Field(ge=1, le=MOST)] = LIMIT
) -> Page[HandbookRunView]:
    """What this account asked for, newest first, until the files are deleted."""
    found, following = await runs.page(request.deps, request.actor, unpack_id(cursor), limit)
    return Page(items=[HandbookRunView.of(*one) for one in found], next=pack(following) if following else None)


@api.get("/handbook-runs/{run_id}", may=TAKERS, rules=RULES)
async def read_handbook_run(request: Request, run_id: UUID) -> HandbookRunView:
    """How far the handbooks are."""
    return HandbookRunView.of(*await runs.read(request.deps, request.actor, run_id))


@api.get("/handbook-runs/{run_id}/files/{number}", may=TAKERS, rules=RULES)
async def take_handbooks(request: Request, run_id: UUID, number: PartNumber) -> web.StreamResponse:
    """A ZIP that is ready, for whoever asked for it and may still have it; recorded."""
    part = await runs.take(request.deps, request.actor, run_id, number)
    return await send_object(request, part.key or "", part.name, "application/zip")


@api.post("/handbook-runs/{run_id}/files/{number}/address", may=TAKERS, status=200, secret=True, rules=(*RULES, "L-19"))
async def offer_handbooks_download(request: Request, run_id: UUID, number: PartNumber) -> DownloadView:
    """The same by a one-time address that needs no header; whether the card may have it is asked again when it is used."""
    part = await runs.find_part(request.deps, request.actor, run_id, number)
    view: DownloadView = request.deps.downloads.of_route(
        request, part.name, "application/zip", take_handbooks, run_id=run_id, number=number
    )
    return view


async def _send(request: Request, plan: HandbookPlan) -> web.StreamResponse:
    await actions.record_download(request.deps, request.actor, plan)
    response = web.StreamResponse()
    response.content_type = "application/zip"
    response.headers.update(
        {
            "Cache-Control": "no-store",
            "X-Content-Type-Options": "nosniff",
            "Content-Disposition": content_disposition(plan.name),
        }
    )
    await response.prepare(request.raw)
    try:
        async with aclosing(actions.chunks(request.deps, plan)) as chunks:
            async for chunk in chunks:
                await response.write(chunk)
        await response.write_eof()
    except ConnectionResetError:  # the client went away: nothing more is read or made
        _log.info("handbook_left", students=len(plan.students))
    except OSError as fault:  # too late for a problem document: a short download says that something is wrong
        _log.error("handbook_broken", error=repr(fault))
        if request.raw.transport is not None:
            request.raw.transport.abort()
    return response
