"""Files for viewers: a one-time download compared with a presigned one, and pictures of the pages of a scanned PDF."""

from __future__ import annotations

import asyncio
import io
import json
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from statistics import median
from typing import Any

import aiohttp
from PIL import Image

from bench import rounds, usage
from bench.environment import Environment, an_actor
from bench.figures import Figure, comparison
from bench.load import BenchError, Call, send
from bench.rounds import Measured
from bench.school import a_school, reporting_windows
from demo import sample_files

GOAL = 0.5
FIRST_PAGE_SECONDS, PAGE_MILLISECONDS = 2.0, 40.0
CALLERS = 8
PAGES = 12
A4_SCANNED = (1240, 1754)
"""Pixels of a page that was scanned with 150 dots an inch."""


@dataclass
class Viewer:
    """Somebody who reads the files of their own reports."""

    env: Environment
    headers: dict[str, str]

    async def uploaded(self, data: bytes, media_type: str) -> str:
        """The id of a file that was checked."""
        wanted = {"name": "证明", "media_type": media_type, "size": len(data)}
        offer = await self.env.request("records", "POST", "/evidence", self.headers, wanted)
        form = aiohttp.FormData()
        for name, value in offer["fields"].items():
            form.add_field(name, value)
        form.add_field("file", data, filename="file", content_type=media_type)
        async with self.env.http.post(offer["url"], data=form) as answer:
            if answer.status >= 300:
                raise BenchError(f"upload → {answer.status}")
        await self.env.request("records", "POST", f"/evidence/{offer['file_id']}/completion", self.headers, {})
        return str(offer["file_id"])

    async def one_time(self, file_id: str) -> bytes:
        """The file by a one-time address, asked of the service itself like everything here."""
        asked = await self.env.request("records", "POST", f"/evidence/{file_id}/address", self.headers, {})
        path = asked["url"].partition("/api/records")[2]
        return await send(self.env.http, Call("GET", self.env.url("records") + path, {}))

    async def presigned(self, file_id: str) -> bytes:
        """The file from the storage."""
        asked = await self.env.request("records", "GET", f"/evidence/{file_id}/address", self.headers)
        return await send(self.env.http, Call("GET", asked["url"], {}))

    async def page(self, file_id: str, page: int) -> dict[str, Any]:
        """The address of a page's picture."""
        call = self.env.call("records", "GET", f"/evidence/{file_id}/pages/{page}?width=1600", self.headers)
        return dict(json.loads(await send(self.env.http, call)))


def a_scan(pages: int = PAGES) -> bytes:
    """A PDF of scanned pages."""
    drawn = []
    for seed in range(pages):
        with Image.open(io.BytesIO(sample_files.photograph(seed, "李晓雨", "证明"))) as image:
            drawn.append(image.convert("RGB").resize(A4_SCANNED))
    out = io.BytesIO()
    drawn[0].save(out, "PDF", save_all=True, append_images=drawn[1:], resolution=150)
    return out.getvalue()


async def a_viewer(env: Environment) -> Viewer:
    """A student of a school with an open term."""
    school = a_school("jx.nc.dh.files", "jiangxi", "senior_secondary", 10)
    await env.open_school(school, reporting_windows())
    return Viewer(env, env.headers(an_actor("student", school.school_class, "李晓雨", [school.students[0].student_id])))


async def measure(env: Environment) -> list[Figure]:
    """p: downloads a second, one-time over presigned; seconds until a page is drawn, and milliseconds once it is."""
    viewer = await a_viewer(env)
    photo = await viewer.uploaded(await asyncio.to_thread(sample_files.photograph, 1, "李晓雨", "活动"), "image/jpeg")
    pids = [env.pid("records"), env.pid("postgres"), env.pid("storage")]

    async def load(fetch: Callable[[str], Awaitable[bytes]], seconds: float) -> Measured:
        begun, before, durations = time.perf_counter(), usage.cpu_seconds(pids), list[float]()

        async def caller() -> None:
            while (sent := time.perf_counter()) - begun < seconds:
                await fetch(photo)
                durations.append(time.perf_counter() - sent)

        async with asyncio.TaskGroup() as group:
            for _ in range(CALLERS):
                group.create_task(caller())
        cpu = usage.cpu_seconds(pids) - before
        took = time.perf_counter() - begun
        return Measured(len(durations) / took, cpu / len(durations) * 1000, median(durations) * 1000)

    for fetch in (viewer.one_time, viewer.presigned):
        await load(fetch, 1.0)
    seconds = env.options.seconds
    found = await rounds.paired(
        env.options.rounds, lambda: load(viewer.one_time, seconds), lambda: load(viewer.presigned, seconds)
    )
    size = len(await viewer.presigned(photo))
    downloads = comparison("p", "one-time download of a photo ÷ presigned one", GOAL, found, bytes=size)
    return [downloads, *await _pages(viewer)]


async def _pages(viewer: Viewer) -> list[Figure]:
    scan = await asyncio.to_thread(a_scan)
    file_id = await viewer.uploaded(scan, "application/pdf")
    looked = dict[int, float]()
    for page in (1, 2, 6, 10):  # each the first look at a block
        begun = time.perf_counter()
        await viewer.page(file_id, page)
        looked[page] = time.perf_counter() - begun
    again = list[float]()
    for _ in range(5):
        for page in range(1, PAGES + 1):
            begun = time.perf_counter()
            await viewer.page(file_id, page)
            again.append((time.perf_counter() - begun) * 1000)
    picture = await viewer.page(file_id, 1)
    weight = len(await send(viewer.env.http, Call("GET", picture["url"], {})))
    first: dict[str, float | int | str] = {"PDF bytes": len(scan), "four pages s": median([looked[2], looked[6], looked[10]])}
    first |= {"picture": f"{picture['width']} × {picture['height']}", "picture bytes": weight}
    return [
        Figure("p", "first look at page 1 of a scan", looked[1], "s", FIRST_PAGE_SECONDS, "at most", made_of=first),
        Figure("p", "address of a page that was drawn", median(again), "ms", PAGE_MILLISECONDS, "at most", rounds=len(again)),
    ]
