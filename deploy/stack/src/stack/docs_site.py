"""Serves the pages under `/docs`: OpenAPI of each service, events, refusal codes.

The platform runs it as `python -m stack.docs_site`. All scripts and styles are served from here.
"""

import asyncio
import functools
import importlib.resources
import importlib.util
import json
import os
import random
from pathlib import Path

from aiohttp import web

from stack import docs_pages, plan
from stack.ports import LOOPBACK
from stack.routes import PROBLEMS

_OWN_REFUSALS: dict[int, str] = {
    400: "malformed",
    404: "not_found",
    413: "too_large",
    429: "too_many_requests",
    502: "busy",
    503: "busy",
    504: "busy",
}
"""Errors of the gateway itself: HTTP status → refusal code."""
_POLICY = "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; frame-ancestors 'none'"


def application(services: tuple[str, ...], demo: Path | None = None) -> web.Application:
    """The web application for these services. `demo`: the file with the demo's accounts, which may come later."""
    routes = web.RouteTableDef()

    @routes.get("/docs")
    async def developer(request: web.Request) -> web.Response:
        accounts = await asyncio.to_thread(docs_pages.Accounts.of, demo)
        return _page(docs_pages.developer_page(services, str(request.url.origin()), accounts))

    @routes.get("/docs/openapi")
    async def openapi(_: web.Request) -> web.Response:
        return _page(docs_pages.openapi_page())

    @routes.get("/docs/openapi.js")
    async def script(_: web.Request) -> web.Response:
        return web.Response(text=docs_pages.openapi_script(services), content_type="text/javascript")

    @routes.get("/docs/asyncapi")
    async def events(_: web.Request) -> web.Response:
        return _page(docs_pages.events_page(await asyncio.to_thread(_asyncapi)))

    @routes.get("/docs/asyncapi.json")
    async def asyncapi_json(_: web.Request) -> web.Response:
        return web.json_response(await asyncio.to_thread(_asyncapi), dumps=lambda value: json.dumps(value, ensure_ascii=False))

    @routes.get("/docs/problems")
    async def problems(_: web.Request) -> web.Response:
        return _page(docs_pages.problems_page(await asyncio.to_thread(_refusals, services)))

    @routes.get("/healthz")
    async def healthz(_: web.Request) -> web.Response:
        return web.Response(text="ok")

    @routes.route("*", PROBLEMS + r"/{status:\d{3}}")
    async def gateway_refusal(request: web.Request) -> web.Response:
        return await asyncio.to_thread(_problem, int(request.match_info["status"]))

    app = web.Application()
    app.add_routes([*routes, web.static("/docs/static", str(importlib.resources.files("swagger_ui") / "static"))])
    return app


def _problem(status: int) -> web.Response:
    from servicekit.http import server  # imported here because it takes a second
    from servicekit.refusals import Refusal, busy

    code = _OWN_REFUSALS.get(status, "busy")
    if code == "busy":
        return server.problem(busy())
    after = random.SystemRandom().randint(20, 60) if code == "too_many_requests" else None
    return server.problem(Refusal(code, retry_after=after))


def _page(text: str) -> web.Response:
    return web.Response(text=text, content_type="text/html", headers={"Content-Security-Policy": _POLICY})


@functools.cache
def _asyncapi() -> docs_pages.Json:
    from servicekit import asyncapi  # imported here because it takes seconds

    return asyncapi.document()


@functools.cache
def _refusals(services: tuple[str, ...]) -> dict[str, tuple[int, str]]:
    """Code → (HTTP status, Chinese sentence), of servicekit and of every service that is installed here."""
    from servicekit.refusals import MEANINGS

    for service in services:
        if importlib.util.find_spec(f"{service}.app"):
            plan.BY_NAME[service].load()
    return {code: (meaning.status, meaning.title) for code, meaning in sorted(MEANINGS.items())}


def main() -> None:
    """Serve on ZP_PORT until stopped. ZP_DOCS_SERVICES: comma-separated names; ZP_DOCS_DEMO: see `application`."""
    services = tuple(name for name in os.environ.get("ZP_DOCS_SERVICES", "").split(",") if name)
    demo = os.environ.get("ZP_DOCS_DEMO")
    app = application(services, Path(demo) if demo else None)
    web.run_app(app, host=LOOPBACK, port=int(os.environ["ZP_PORT"]), print=None, access_log=None)


if __name__ == "__main__":
    main()
