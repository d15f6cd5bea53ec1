"""The growth handbook as files that stand alone: of a student, or of a class (BJ-09)."""

from contextlib import aclosing
from uuid import UUID

from aiohttp import web
from contracts.base import OrgPath
from servicekit import log
from servicekit.auth import SIGNED_IN, may
from servicekit.downloads import DownloadView
from servicekit.http import Api, Request
from servicekit.http.disposition import content_disposition

from archive.actions import handbooks as actions
from archive.actions.handbooks import HandbookPlan

api = Api("handbooks")
TAKERS = may("take_archives")
RULES = ("BJ-09", "L-16")
_log = log.get(__name__)


@api.get("/handbooks/{student_id}", may=SIGNED_IN, rules=RULES)
async def take_handbook(request: Request, student_id: UUID) -> web.StreamResponse:
    """A ZIP that opens without the platform: a page, the archives with their signed data, and clean copies of all files."""
    return await _send(request, await actions.of_student(request.deps, request.actor, student_id))


@api.get("/handbooks", may=TAKERS, rules=RULES)
async def take_handbooks(request: Request, path: OrgPath | None = None) -> web.StreamResponse:
    """The same of a class, a folder for each student who has an archive."""
    return await _send(request, await actions.of_class(request.deps, request.actor, path))


@api.post("/handbooks/{student_id}/address", may=SIGNED_IN, status=200, secret=True, rules=(*RULES, "L-19"))
async def offer_handbook_download(request: Request, student_id: UUID) -> DownloadView:
    """The handbook of a student by a one-time address that needs no header."""
    plan = await actions.of_student(request.deps, request.actor, student_id)
    view: DownloadView = request.deps.downloads.of_route(
        request, plan.name, "application/zip", take_handbook, student_id=student_id
    )
    return view


@api.post("/handbooks/address", may=TAKERS, status=200, secret=True, rules=(*RULES, "L-19"))
async def offer_handbooks_download(request: Request, path: OrgPath | None = None) -> DownloadView:
    """The handbooks of a class by a one-time address that needs no header."""
    plan = await actions.of_class(request.deps, request.actor, path)
    view: DownloadView = request.deps.downloads.of_route(request, plan.name, "application/zip", take_handbooks, path=plan.path)
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
