"""Sealing of term archives (composed, signed, rendered, stored, read back), and the PDF renderer alone."""

from __future__ import annotations

import asyncio
import json
import time
from typing import Any
from uuid import UUID

from archive.adapters.typesetting import TEMPLATES, render
from contracts.publicity import EntriesClearedV1
from proof import SealedDocument
from servicekit.ids import utc_now
from typesetting import PdfRendererPool

from bench import usage
from bench.benchmarks.board import a_snapshot
from bench.environment import Environment
from bench.figures import Figure
from bench.load import BenchError, Call, send
from bench.one_by_one import slowest
from bench.school import a_school, sealing_windows

GOAL, READING_MS = 40.0, 50.0
STUDENTS = 480
RECORDS = 8
RENDERERS = 2


async def measure(env: Environment) -> list[Figure]:
    """f: PDFs a second when sealing a term, and with two PDF renderers only; then milliseconds of what readers ask for."""
    school = a_school("jx.nc.dh.seal", "jiangxi", "senior_secondary", STUDENTS)
    admin, term_id = await env.open_school(school, sealing_windows(), "archive")
    await env.wait_until_true(
        "archive", "SELECT EXISTS (SELECT FROM term_states WHERE term_id = $1 AND closed_at IS NOT NULL)", term_id
    )
    records = [a_snapshot(term_id, who.student_id, school.school_class) for who in school.students for _ in range(RECORDS)]
    at = utc_now()
    events = [
        EntriesClearedV1(term_id=term_id, path=school.school_class, entries=tuple(records[first : first + 200]), at=at)
        for first in range(0, len(records), 200)
    ]
    await env.publish_events(events)
    await env.wait_until_true("archive", "SELECT count(*) >= $2 FROM collected WHERE term_id = $1", term_id, len(records))
    pids = [env.pid("archive")]
    before, begun = usage.cpu_seconds(pids), time.perf_counter()
    await env.request("archive", "POST", f"/terms/{term_id}/seal", admin, {"without_missing": True})
    await env.wait_until_true(
        "archive", "SELECT EXISTS (SELECT FROM term_states WHERE term_id = $1 AND state = 'sealed')", term_id, seconds=300
    )
    seconds = time.perf_counter() - begun
    cpu = usage.cpu_seconds(pids) - before
    made_of: dict[str, float | int | str] = {
        "archives": STUDENTS, "records each": RECORDS, "seconds": seconds, "CPU ms each": cpu / STUDENTS * 1000
    }  # fmt: skip
    renderers_only = await _renderer(env, admin, term_id)
    return [
        Figure("f", "term archives, asked for to sealed and read back", STUDENTS / seconds, "PDF/s", GOAL, made_of=made_of),
        Figure(
            "f",
            f"{RENDERERS} PDF renderers alone, the same documents",
            renderers_only,
            "PDF/s",
            made_of={"PDF renderers": RENDERERS},
        ),
        await _reading(env, admin, term_id, school.school_class),
    ]


async def _reading(env: Environment, admin: dict[str, str], term_id: UUID, path: str) -> Figure:
    """An archive as a page and as pictures, and the address of a class's ZIP."""
    listed = await env.request("archive", "GET", f"/archives?term_id={term_id}&kind=term&limit=1", admin)
    archive = f"/archives/{listed['items'][0]['id']}"
    calls = {
        "content": env.call("archive", "GET", f"{archive}/content", admin),
        "pages": env.call("archive", "GET", f"{archive}/pages", admin),
        "picture of page 1": env.call("archive", "GET", f"{archive}/pages/1?width=800", admin),
        "address of the PDF": env.call("archive", "POST", f"{archive}/address", admin),
        "address of the ZIP": env.call("archive", "POST", f"/terms/{term_id}/bundle/address?path={path}", admin),
    }
    return await slowest(env, "f", "reading an archive", calls, READING_MS, env.options.seconds / 2)


async def _renderer(env: Environment, admin: dict[str, str], term_id: UUID) -> float:
    """Render the sealed documents again, after each PDF renderer was warmed up."""
    listed = await env.request("archive", "GET", f"/archives?term_id={term_id}&kind=term&limit=100", admin)
    documents: list[tuple[dict[str, Any], bytes]] = []
    for one in listed["items"]:
        where = await env.request("archive", "GET", f"/archives/{one['id']}/address?format=json", admin)
        data = await send(env.http, Call("GET", where["url"], {}))
        documents.append((SealedDocument.from_bytes(data).content, data))
    if not documents:
        raise BenchError(f"no archive is listed: {json.dumps(listed)[:200]}")
    async with PdfRendererPool(TEMPLATES, RENDERERS) as pool:
        await asyncio.gather(*(pool.run(render, "term", *document) for document in documents[: 2 * RENDERERS]))
        begun = time.perf_counter()
        await asyncio.gather(*(pool.run(render, "term", *document) for document in documents))
        return len(documents) / (time.perf_counter() - begun)
