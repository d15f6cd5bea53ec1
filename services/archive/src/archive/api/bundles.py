"""Downloading all archives of a class or a grade as one ZIP (JX-13, BJ-09)."""

import re
from contextlib import aclosing
from typing import Literal
from uuid import UUID

from aiohttp import web
from contracts.base import OrgPath
from servicekit import log
from servicekit.auth import may
from servicekit.downloads import DownloadView
from servicekit.http import Api, Request
from servicekit.http.disposition import content_disposition

from archive.actions import bundles as actions

api = Api("bundles")
TAKERS = may("take_archives")
_FROM = re.compile(r"bytes=(\d{1,15})-")
_log = log.get(__name__)


@api.get("/terms/{term_id}/bundle", may=TAKERS, rules=("JX-13", "BJ-09"))
async def take_bundle(
    request: Request, term_id: UUID, path: OrgPath | None = None, format: Literal["pdf", "json", "both"] = "both"
) -> web.StreamResponse:
    """The newest versions of a class's (or a grade's) term archives as a ZIP with a list of hashes, sent while it is made.

    The size is told beforehand; `Range: bytes=N-` (with `If-Range`) takes a broken download up again.
    """
    raw = request.raw
    asked = _FROM.fullmatch(raw.headers.get("Range", ""))
    bundle = await actions.plan(request.deps, request.actor, term_id, path, format)
    unchanged = raw.headers.get("If-Range", f'"{bundle.tag}"') == f'"{bundle.tag}"'
    skip = int(asked[1]) if asked and unchanged else 0
    if skip >= bundle.size:
        return web.Response(status=416, headers={"Content-Range": f"bytes */{bundle.size}"})
    await actions.record_download(request.deps, request.actor, bundle, format, skip)
    response = web.StreamResponse(status=206 if skip else 200)
    response.content_type = "application/zip"
    response.content_length = bundle.size - skip
    response.headers.update(
        {
            "ETag": f'"{bundle.tag}"',
            "Accept-Ranges": "bytes",
            "Cache-Control": "no-store",
            "X-Content-Type-Options": "nosniff",
            "Content-Disposition": content_disposition(bundle.name),
        }
    )
    if skip:
        response.headers["Content-Range"] = f"bytes {skip}-{bundle.size - 1}/{bundle.size}"
    await response.prepare(raw)
    try:
        async with aclosing(actions.chunks(request.deps, bundle, skip)) as chunks:
            async for chunk in chunks:
                await response.write(chunk)
        await response.write_eof()
    except ConnectionResetError:  # the client went away: nothing more is read or made
        _log.info("bundle_left", term=str(term_id))
    except OSError as fault:  # too late for a problem document: a short download says that something is wrong
        _log.error("bundle_broken", error=repr(fault))
        if raw.transport is not None:
            raw.transport.abort()
    return response


@api.post("/terms/{term_id}/bundle/address", may=TAKERS, status=200, secret=True, rules=("JX-13", "BJ-09", "L-19"))
async def offer_bundle_download(
    request: Request, term_id: UUID, path: OrgPath | None = None, format: Literal["pdf", "json", "both"] = "both"
) -> DownloadView:
    """The same ZIP by a one-time address that needs no header."""
    bundle = await actions.plan(request.deps, request.actor, term_id, path, format)
    view: DownloadView = request.deps.downloads.of_route(
        request, bundle.name, "application/zip", take_bundle, term_id=term_id, path=path, format=format
    )
    return view
