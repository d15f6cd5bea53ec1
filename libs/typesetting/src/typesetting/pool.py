"""PDF renderers in processes of a sandbox, so that rendering neither blocks the event loop nor sees the service's secrets.

The templates are ours, but users wrote the text: layout without end, or without memory, ends one job, not the service.
"""

import pickle
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Concatenate, Self

from servicekit.sandbox.pool import JobLimits, JobStopped, Sandbox

from typesetting.pdf_renderer import ARCHIVAL, PdfRenderer, TypesettingError

LIMITS = JobLimits(memory=4 * 1024**3, cpu=120, wall=300.0)
"""A worker needs some 150 MB; its threads reserve much more address space than they use."""


class PdfRendererPool:
    """`workers` processes, each with a PDF renderer for one folder of templates. They start when first needed.

    If one dies, its job is retried once.
    """

    def __init__(self, templates: Path, workers: int = 1) -> None:
        self._templates = templates
        self._sandbox = Sandbox("typesetting.worker", at_once=workers, standing=True)

    async def print(
        self,
        template: str,
        data: Mapping[str, Any],
        files: Mapping[str, bytes] | None = None,
        *,
        standards: Sequence[str] = ARCHIVAL,
        made_at: datetime | None = None,
    ) -> bytes:
        """Like `PdfRenderer.print`, in a worker."""
        return await self.run(PdfRenderer.print, template, data, files, standards=standards, made_at=made_at)

    async def run[**P](
        self, function: Callable[Concatenate[PdfRenderer, P], bytes], *args: P.args, **kwargs: P.kwargs
    ) -> bytes:
        """Call `function(pdf_renderer, ...)` in a worker, to prepare the data there as well. Function and arguments must be
        picklable. Raises TypesettingError."""
        job, body = {"templates": str(self._templates)}, pickle.dumps((function, args, kwargs))
        try:
            try:
                result, pdf = await self._sandbox.run(job, body, LIMITS)
            except JobStopped as stopped:
                if stopped.reason != "crash":
                    raise
                result, pdf = await self._sandbox.run(job, body, LIMITS)
        except JobStopped as stopped:
            raise TypesettingError(str(stopped)) from None
        if "failed" in result:
            raise TypesettingError(result["failed"])
        return pdf

    async def close(self) -> None:
        """Stop the workers."""
        await self._sandbox.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()
