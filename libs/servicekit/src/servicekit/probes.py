"""The probes of a process: `/healthz` (alive), `/readyz` (able to serve), `/metrics`. They are not routed by the gateway.

Ready means able to serve: the database accepts writes, every loop runs, and the process is not stopping. Schemes and token
keys are read before a process listens. The bus is no part of it: without the bus, changes are written and their events wait
in the outbox; its state is in the metrics `zp_bus_connected`, `zp_bus_waiting` and `zp_bus_stuck_seconds`.
"""

import asyncio
import contextlib
import time
from collections.abc import Callable, Sequence

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from servicekit import context, jobs, metrics, outbox
from servicekit.context import Caller
from servicekit.db import LOST, Database

_FRESH_SECONDS = 1.0
"""A finding is good for so long, however many probes there are."""


class Readiness:
    """Answers whether a process can serve. `stopped` returns the names of loops that have ended."""

    def __init__(self, db: Database, stopped: Callable[[], Sequence[str]]) -> None:
        self._db, self._stopped = db, stopped
        self.draining = False
        self._found: tuple[float, str | None] | None = None
        self._lock = asyncio.Lock()

    async def fault(self) -> str | None:
        """Why the process cannot serve; None if it can."""
        if self.draining:
            return "stopping"
        if stopped := self._stopped():
            return f"stopped: {', '.join(stopped)}"
        async with self._lock:
            if self._found is None or time.monotonic() - self._found[0] > _FRESH_SECONDS:
                self._found = (time.monotonic(), await self._database_fault())
        return self._found[1]

    async def _database_fault(self) -> str | None:
        try:
            await self._db.need_writable()
        except LOST as fault:
            return f"database: {type(fault).__name__}"
        return None


def add_probes(app: web.Application, db: Database, readiness: Readiness, job_names: Sequence[str]) -> None:
    """Add the routes."""

    async def healthz(_: web.Request) -> web.Response:
        return web.json_response({"alive": True})

    async def readyz(_: web.Request) -> web.Response:
        fault = await readiness.fault()
        return web.json_response({"ready": fault is None, "fault": fault}, status=200 if fault is None else 503)

    async def show_metrics(_: web.Request) -> web.Response:
        context.caller.set(Caller.BACKGROUND)
        with contextlib.suppress(*LOST):
            async with db.reading() as tx:
                count, age = await outbox.waiting(tx)
                metrics.OUTBOX_WAITING.set(count)
                metrics.OUTBOX_AGE.set(age)
                metrics.DEAD_LETTERS.set(await tx.fetchval("SELECT count(*) FROM dead_letters WHERE replayed_at IS NULL"))
                metrics.JOBS_FAILED.set(await jobs.failed(tx, job_names))
        return web.Response(body=generate_latest(), headers={"Content-Type": CONTENT_TYPE_LATEST})

    for path, handler in (("/healthz", healthz), ("/readyz", readyz), ("/metrics", show_metrics)):
        app.router.add_get(path, handler)
