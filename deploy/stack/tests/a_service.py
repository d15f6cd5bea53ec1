"""A small service for tests: it has a health endpoint, returns the requests that it received, and can exit on request."""

import os
import sys

import asyncpg
from aiohttp import web


async def readyz(_: web.Request) -> web.Response:
    connection = await asyncpg.connect(os.environ["ZP_DATABASE_URL"])
    await connection.close()
    return web.Response(text="ready")


async def healthz(_: web.Request) -> web.Response:
    return web.Response(text="alive")


async def die(_: web.Request) -> web.Response:
    os._exit(3)


async def live(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
    await response.prepare(request)
    await response.write(b"data: first\n\n")
    await request.app["forever"].wait()
    return response


async def echo(request: web.Request) -> web.Response:
    body = await request.read()
    return web.json_response(
        {
            "service": sys.argv[1],
            "pid": os.getpid(),
            "path": request.path_qs,
            "headers": {name.lower(): value for name, value in request.headers.items()},
            "size": len(body),
        }
    )


def main() -> None:
    import asyncio

    app = web.Application(client_max_size=64 * 1024 * 1024)
    app["forever"] = asyncio.Event()
    app.add_routes(
        [
            web.get("/readyz", readyz),
            web.get("/healthz", healthz),
            web.get("/metrics", healthz),
            web.post("/die", die),
            web.get("/stream", live),
            web.route("*", "/{rest:.*}", echo),
        ]
    )
    web.run_app(app, host=os.environ["ZP_HOST"], port=int(os.environ["ZP_PORT"]), print=None, shutdown_timeout=1)


if __name__ == "__main__":
    main()
