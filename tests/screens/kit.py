"""The page of all components (`web/kit`), built and served for a moment."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread

from playwright.async_api import Browser

from tests.screens.screens import ROOT

NAMES = ("kit-phone.jpg", "kit-pc.jpg", "kit-large.jpg")
_LOOKS = {"kit-phone.jpg": (360, ""), "kit-pc.jpg": (1280, ""), "kit-large.jpg": (360, "?mode=large contrast")}


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Say nothing of requests."""


@asynccontextmanager
async def served() -> AsyncIterator[str]:
    """The address of the page."""
    with TemporaryDirectory() as folder:
        command = ("sh", "../deploy/node.sh", "npx", "vite", "build", "--outDir", folder, "--logLevel", "error")
        environment = {**os.environ, "ZP_KIT": "1"}
        process = await asyncio.create_subprocess_exec(*command, cwd=ROOT / "web", env=environment)
        if await process.wait():
            raise RuntimeError("The page of all components could not be built")
        server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=folder))
        Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/kit.html"
        finally:
            server.shutdown()
            server.server_close()


async def draw(browser: Browser, out: Path) -> dict[str, list[str]]:
    """Pictures of the page; returns the errors of its scripts."""
    wrong: list[str] = []
    async with served() as address:
        for name, (width, query) in _LOOKS.items():
            page = await browser.new_page(viewport={"width": width, "height": 800})
            page.on("pageerror", lambda error: wrong.append(str(error)))
            await page.goto(address + query)
            await page.get_by_role("heading", level=1).wait_for()
            await page.wait_for_timeout(500)
            await page.screenshot(path=out / name, type="jpeg", quality=80, full_page=True)
            await page.close()
    return {"kit": wrong} if wrong else {}
