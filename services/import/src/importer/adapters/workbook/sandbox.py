"""Makes templates, readings and answers, each in a worker process of its own.

A process is killed when it takes too long or when its caller is cancelled; a hostile file costs at most `READING`.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from servicekit import log
from servicekit.sandbox.pool import JobLimits, JobStopped, Sandbox

from importer.adapters.workbook import as_json
from importer.adapters.workbook.limits import MEGABYTE, Limits
from importer.adapters.workbook.magic_bytes import require_zip
from importer.adapters.workbook.refused import WorkbookRefused
from importer.domain.tables import SheetTexts
from importer.domain.templates import Checked, Parsed, Template, Value

WORKER = "importer.adapters.workbook.worker"
READING = JobLimits(memory=300 * MEGABYTE, cpu=10, wall=90.0)  # seconds; the wall is for a busy machine
WRITING = JobLimits(memory=1024 * MEGABYTE, cpu=45, wall=90.0, file_size=512 * MEGABYTE)
STOPPED = {"cpu": "too_slow", "time": "too_slow", "memory": "too_heavy", "crash": "too_heavy", "error": "file_damaged"}
"""The refusal of a workbook whose job was stopped."""
_log = log.get(__name__)


class WorkbookSandbox:
    """Does workbook jobs, at most `at_once` at a time; further ones wait."""

    def __init__(self, limits: Limits | None = None, at_once: int = 2, reading: JobLimits = READING) -> None:
        self.limits, self._reading = limits or Limits(), reading
        self._sandbox = Sandbox(WORKER, at_once=at_once, standing=False)

    async def template(self, template: Template, rows: Mapping[str, Sequence[Mapping[str, Value]]] | None = None) -> bytes:
        """The empty workbook, with `rows` filled in beforehand by sheet id (JX-05, JX-12)."""
        filled = {sheet: [dict(row) for row in some] for sheet, some in (rows or {}).items()}
        _, body = await self._run(template, "template", {"rows": filled}, b"", WRITING)
        return body

    async def read(
        self, data: bytes, template: Template, values: Mapping[str, Value] | None = None, file_name: str = ""
    ) -> Parsed:
        """Read an upload. `values` are those of all rows, by column id; they and the file's name tell what a sheet may leave
        out (L-04). Raises `WorkbookRefused` when it is refused as a whole."""
        self._need_zip(data)
        hints = {"values": dict(values or {}), "file_name": file_name}
        result, _ = await self._run(template, "read", {"hints": hints}, data, self._reading)
        return await asyncio.to_thread(as_json.parsed_from, result)

    async def texts(self, data: bytes) -> list[SheetTexts]:
        """The visible sheets of an upload that has no template, cell by cell (SH-01). Raises `WorkbookRefused`."""
        self._need_zip(data)
        result, _ = await self._run(None, "texts", {}, data, self._reading)
        return [SheetTexts(one["title"], one["rows"]) for one in result["sheets"]]

    async def answer(self, data: bytes, template: Template, checked: Checked) -> bytes:
        """The same workbook back, problem cells coloured and explained (X-12).

        Where the upload cannot be rewritten within the limits, a workbook that lists the problems.
        """
        more = {"checked": as_json.checked_to(checked)}
        try:
            _, body = await self._run(template, "answer", more, data, WRITING)
        except WorkbookRefused as refused:
            _log.warning("answer_without_upload", code=refused.code)
            _, body = await self._run(template, "answer", more, b"", WRITING)
        return body

    def _need_zip(self, data: bytes) -> None:
        if len(data) > self.limits.file:
            raise WorkbookRefused("file_too_big", megabytes=self.limits.file // MEGABYTE)
        require_zip(data)

    async def _run(
        self, template: Template | None, what: str, more: Mapping[str, object], body: bytes, bounds: JobLimits
    ) -> tuple[dict[str, Any], bytes]:
        job = {"do": what, "template": asdict(template) if template else None, "limits": asdict(self.limits), **more}
        try:
            result, out = await self._sandbox.run(job, body, bounds)
        except JobStopped as stopped:
            raise WorkbookRefused(STOPPED[stopped.reason]) from None
        if "refused" in result:
            raise WorkbookRefused(result["refused"], **result["values"])
        return result, out
