"""PDF renderers in processes of a sandbox, so that rendering neither blocks the event loop nor sees the service's secrets.

The templates are ours, but users wrote the text: layout without end, or without memory, ends one job, not the service.
"""

import pickle
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Concatenate, Self

from servicekit.sandbox.pool import JobLimits, JobStopped, Sandbox

from typesetting.pdf_renderer import PdfRenderer, TypesettingError

LIMITS = JobLimits(memory=4 * 1024**3, cpu=120, wall=300.0)
"""A worker needs some 150 MB; its threads reserve much more address space than they use."""


class PdfRendererPool:
    """`workers` processes, each with a PDF renderer for one folder of templates. They start when first needed.

    If one dies, its job is retried once.
    """

    def __init__(self, templates: Path, workers: int = 1) -> None:
        self._templates = templates
        self._sandbox = Sandbox("typesetting.worker", at_once=workers, standing=True)

    async def run[**P](
        self, function: Callable[Concatenate[PdfRenderer, P], bytes], *args: P.args, **kwargs: P.kwargs
    ) -> bytes:
        """Call `function(pdf_renderer, ...)` in a worker: `PdfRenderer.print`, or a function that also prepares the data.

        Function and arguments must be picklable. Raises TypesettingError.
        """
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
