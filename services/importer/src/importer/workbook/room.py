"""The way in for the service: templates, readings and answers, each made in a process of its own.

A process is killed when it takes too long or when the caller goes away; a hostile file can cost no more than `Limits`.
"""

import asyncio
import logging
import signal
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from servicekit.files.room import command

from importer.sheets import Checked, Parsed, Template, Value
from importer.workbook import wire
from importer.workbook.limits import MEGABYTE, Limits
from importer.workbook.magic_bytes import require_zip
from importer.workbook.refused import WorkbookRefused

WORKER = "importer.workbook.worker"
_log = logging.getLogger(__name__)


class WorkbookRoom:
    """Does workbook jobs, at most `at_once` at a time; further ones wait."""

    def __init__(self, limits: Limits | None = None, at_once: int = 2) -> None:
        self.limits = limits or Limits()
        self._turns = asyncio.Semaphore(at_once)

    async def template(self, template: Template, rows: Mapping[str, Sequence[Mapping[str, Value]]] | None = None) -> bytes:
        """The empty workbook, with `rows` filled in beforehand by sheet id (JX-05, JX-12)."""
        filled = {sheet: [dict(row) for row in some] for sheet, some in (rows or {}).items()}
        _, body = await self._do(template, "template", {"rows": filled}, b"", self.limits.write_wall)
        return body

    async def read(self, data: bytes, template: Template) -> Parsed:
        """Read an upload. Raises `WorkbookRefused` when it is refused as a whole."""
        if len(data) > self.limits.file:
            raise WorkbookRefused("file_too_big", megabytes=self.limits.file // MEGABYTE)
        require_zip(data)
        head, _ = await self._do(template, "read", {}, data, self.limits.read_wall)
        return await asyncio.to_thread(wire.parsed_from, head)

    async def answer(self, data: bytes, template: Template, checked: Checked) -> bytes:
        """The same workbook back, problem cells coloured and explained (X-12).

        Where the upload cannot be rewritten within the limits, a workbook that lists the problems.
        """
        more = {"checked": wire.checked_to(checked)}
        try:
            _, body = await self._do(template, "answer", more, data, self.limits.write_wall)
        except WorkbookRefused as refused:
            _log.warning("answer without the upload: %s", refused.code)
            _, body = await self._do(template, "answer", more, b"", self.limits.write_wall)
        return body

    async def _do(
        self, template: Template, what: str, more: Mapping[str, object], body: bytes, wall: float
    ) -> tuple[dict[str, Any], bytes]:
        job = {"do": what, "template": asdict(template), "limits": asdict(self.limits), **more}
        async with self._turns:
            message = await asyncio.to_thread(wire.pack, job, body)
            head, rest = await asyncio.to_thread(wire.unpack, await _run(message, wall))
        if "refused" in head:
            raise WorkbookRefused(head["refused"], **head["values"])
        return head, rest


def need_answer(code: int, errors: bytes) -> None:
    """Pass when a worker that ended with this code did answer; else raise `WorkbookRefused` that says what stopped it."""
    if code == 0:
        return
    _log.warning("workbook worker ended with %s: %s", code, errors[-400:].decode(errors="replace"))
    if code in {-signal.SIGXCPU, -signal.SIGKILL}:
        raise WorkbookRefused("too_slow")
    raise WorkbookRefused("file_damaged" if code > 0 else "too_heavy")


async def _run(message: bytes, wall: float) -> bytes:
    """One worker, from start to end."""
    line, env = command(WORKER)
    pipe = asyncio.subprocess.PIPE
    worker = await asyncio.create_subprocess_exec(*line, stdin=pipe, stdout=pipe, stderr=pipe, env=env)
    try:
        async with asyncio.timeout(wall):
            out, errors = await worker.communicate(message)
    except TimeoutError:
        raise WorkbookRefused("too_slow") from None
    finally:
        if worker.returncode is None:
            worker.kill()
            await worker.wait()
    assert worker.returncode is not None
    need_answer(worker.returncode, errors)
    return out
