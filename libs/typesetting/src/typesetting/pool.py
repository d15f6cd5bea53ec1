"""A process pool of PDF renderers, so that rendering does not block the event loop."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from datetime import datetime
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from types import TracebackType
from typing import Any, Concatenate, Self

from typesetting.pdf_renderer import ARCHIVAL, PdfRenderer

_renderers: list[PdfRenderer] = []  # in a worker process: its PDF renderer


def _start_worker(templates: Path) -> None:
    _renderers[:] = [PdfRenderer(templates)]


def _in_worker[T](job: Callable[[PdfRenderer], T]) -> T:
    return job(_renderers[0])


class PdfRendererPool:
    """`workers` processes, each with a PDF renderer for one folder of templates. They start when first needed.

    Each worker needs some 150 MB. If one dies (out of memory), its job is retried once.
    """

    def __init__(self, templates: Path, workers: int = 1) -> None:
        self._templates = templates
        self._workers = workers
        self._pool: ProcessPoolExecutor | None = None

    async def print(
        self,
        template: str,
        data: Mapping[str, Any],
        files: Mapping[str, bytes] | None = None,
        *,
        standards: Sequence[str] = ARCHIVAL,
        made_at: datetime | None = None,
    ) -> bytes:
        """Like `PdfRenderer.print`, in a worker. Raises TypesettingError, or BrokenProcessPool if the retry failed too."""
        return await self._run(
            partial(PdfRenderer.print, template=template, data=data, files=files, standards=standards, made_at=made_at)
        )

    async def run[**P, T](self, function: Callable[Concatenate[PdfRenderer, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Call `function(pdf_renderer, ...)` in a worker, to prepare the data there too. Everything must be picklable."""
        return await self._run(partial(_call_with_renderer, function, args, kwargs))

    def close(self) -> None:
        """Stop the workers; waiting jobs are cancelled."""
        pool, self._pool = self._pool, None
        if pool is not None:
            pool.shutdown(wait=True, cancel_futures=True)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await asyncio.to_thread(self.close)

    async def _run[T](self, job: Callable[[PdfRenderer], T]) -> T:
        loop = asyncio.get_running_loop()
        pool = self._running_pool()
        try:
            return await loop.run_in_executor(pool, _in_worker, job)
        except BrokenProcessPool:
            if self._pool is pool:
                self.close()
            return await loop.run_in_executor(self._running_pool(), _in_worker, job)

    def _running_pool(self) -> ProcessPoolExecutor:
        if self._pool is None:
            self._pool = ProcessPoolExecutor(
                self._workers, mp_context=get_context("spawn"), initializer=_start_worker, initargs=(self._templates,)
            )
        return self._pool


def _call_with_renderer[T](
    function: Callable[..., T], args: tuple[Any, ...], kwargs: dict[str, Any], renderer: PdfRenderer
) -> T:
    return function(renderer, *args, **kwargs)
