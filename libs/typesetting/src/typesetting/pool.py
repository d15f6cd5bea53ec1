"""A pool of PDF renderers in processes of their own, for services: setting pages never holds up the event loop."""

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

_renderers: list[PdfRenderer] = []  # in a worker: its one PDF renderer


def _start(templates: Path) -> None:
    _renderers[:] = [PdfRenderer(templates)]


def _work[T](job: Callable[[PdfRenderer], T]) -> T:
    return job(_renderers[0])


class PdfRendererPool:
    """`workers` processes, each with a warm PDF renderer over one folder of templates. They start when first needed.

    Each worker holds some 150 MB. One that dies (out of memory) costs one retry of what it was doing.
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
        """As `PdfRenderer.print`, in a worker. Raises TypesettingError; BrokenProcessPool if two workers died on it."""
        return await self._run(
            partial(PdfRenderer.print, template=template, data=data, files=files, standards=standards, made_at=made_at)
        )

    async def run[**P, T](self, function: Callable[Concatenate[PdfRenderer, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """`function(PDF renderer, ...)` in a worker, for what also prepares the data there. All of it must be picklable."""
        return await self._run(partial(_call, function, args, kwargs))

    def close(self) -> None:
        """Stop the workers; what is not begun is dropped."""
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
        pool = self._running()
        try:
            return await loop.run_in_executor(pool, _work, job)
        except BrokenProcessPool:
            if self._pool is pool:
                self.close()
            return await loop.run_in_executor(self._running(), _work, job)

    def _running(self) -> ProcessPoolExecutor:
        if self._pool is None:
            self._pool = ProcessPoolExecutor(
                self._workers, mp_context=get_context("spawn"), initializer=_start, initargs=(self._templates,)
            )
        return self._pool


def _call[T](function: Callable[..., T], args: tuple[Any, ...], kwargs: dict[str, Any], renderer: PdfRenderer) -> T:
    return function(renderer, *args, **kwargs)
