"""The route behind one-time addresses. It trusts the ticket, not the caller: whoever has the address is answered once."""

from contextlib import aclosing

from aiohttp import web

from servicekit.auth import ANYONE
from servicekit.downloads.page import page
from servicekit.downloads.tickets import Ticket
from servicekit.files.storage import Storage, StoredObject
from servicekit.http.api import Api, Handler, Request, Route
from servicekit.http.disposition import content_disposition
from servicekit.http.server import VERIFIER, problem
from servicekit.refusals import Refusal


def download_api(*handlers: Handler, of: Api | None = None) -> Api:
    """The route of one-time addresses. `handlers`: those of the routes of `of` whose answers are downloaded as well."""
    routes = {route.handler.__name__: route for route in of.routes if route.handler in handlers} if of else {}
    if len(routes) != len(handlers):
        raise ValueError("a handler that is downloaded has no route, or shares its name")
    api = Api("downloads")

    @api.get("/downloads/{token}", may=ANYONE, rules=("L-19",))
    async def download(request: Request, token: str) -> web.StreamResponse:
        """The file of a one-time address: once within 60 seconds, while the session that asked for it lasts. The same client
        may repeat the request for 20 seconds, as WebViews do; HEAD does not use the address up."""
        try:
            return await _answer(request, token, routes)
        except Refusal as refusal:
            if "text/html" in request.raw.headers.get("Accept", ""):
                return page(refusal)
            return problem(refusal)

    return api


async def _answer(request: Request, token: str, routes: dict[str, Route]) -> web.StreamResponse:
    downloads = request.deps.downloads
    ticket: Ticket = downloads.opened(token)
    request.raw.app[VERIFIER].need_in_force(ticket.bearer)
    if request.raw.method == "HEAD":
        if ticket.stored is not None:
            return await _object(request.raw, downloads.storage, ticket.stored)
        response = web.Response(headers=_headers(ticket.name))
        response.content_type = ticket.media_type
        return response
    await downloads.use(token, ticket, request.client)
    if ticket.stored is not None:
        return await _object(request.raw, downloads.storage, ticket.stored)
    if ticket.route is not None:
        return await _of_route(Request(request.raw, request.deps, ticket.bearer), routes[ticket.route], ticket.arguments)
    data = await downloads.held(token)
    return web.Response(body=data, content_type=ticket.media_type, headers=_headers(ticket.name))


async def _of_route(request: Request, route: Route, given: dict[str, str]) -> web.StreamResponse:
    """What a route answers to whoever asked for the address."""
    in_path = route.path_model.model_validate({name: given[name] for name in given if name in route.path_model.model_fields})
    in_query = route.query_model.model_validate({n: given[n] for n in given if n in route.query_model.model_fields})
    response: web.StreamResponse = await route.handler(request, **dict(in_path), **dict(in_query))
    if not response.prepared:
        response.headers["Content-Security-Policy"] = "default-src 'none'"
    return response


async def _object(raw: web.Request, storage: Storage, stored: StoredObject) -> web.StreamResponse:
    """An object of the storage, or the part of it that `Range` asks for, as it comes."""
    headers = {**_headers(stored.name), "Accept-Ranges": "bytes"}
    part = raw.method == "HEAD" or "Range" in raw.headers
    found = await storage.stat(stored.bucket, stored.key) if part else None
    if part and found is None:
        raise Refusal("not_found")
    begin, end = _range(raw, found.size) if found is not None else (0, 0)
    whole = found is None or (begin, end) == (0, found.size)
    response = web.StreamResponse(status=200 if whole else 206, headers=headers)
    response.content_type = stored.media_type
    if found is not None:
        response.content_length = end - begin
        if not whole:
            response.headers["Content-Range"] = f"bytes {begin}-{end - 1}/{found.size}"
        if raw.method == "HEAD":
            return response
    opened = await storage.opened(stored.bucket, stored.key, begin, end - begin)
    if opened is None:
        raise Refusal("not_found")
    response.content_length = opened.size
    async with aclosing(opened.chunks()) as chunks:
        first = await anext(chunks, b"")  # a storage that fails now is answered with a problem document
        try:
            await response.prepare(raw)
            await response.write(first)
            async for chunk in chunks:
                await response.write(chunk)
            await response.write_eof()
        except ConnectionResetError:  # the client went away; a WebView does when it finds a download
            pass
        except OSError:  # too late for a problem document: a short download says that something is wrong
            if raw.transport is not None:
                raw.transport.abort()
    return response


def _range(raw: web.Request, size: int) -> tuple[int, int]:
    """First byte, and the one after the last; the whole where the part cannot be given."""
    try:
        asked = raw.http_range
    except ValueError:
        return 0, size
    begin = asked.start or 0
    if begin < 0:
        return max(0, size + begin), size
    end = size if asked.stop is None else min(size, asked.stop)
    return (begin, end) if begin < end else (0, size)


def _headers(name: str) -> dict[str, str]:
    """`nosniff` and the request id are added for every response."""
    return {
        "Content-Disposition": content_disposition(name),
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'",
        "Referrer-Policy": "no-referrer",
    }
