"""Inspects uploads in a sandbox: a file that kills its process, or takes too long, is refused."""

import contextlib
import itertools
from dataclasses import replace
from typing import Any

from servicekit import log
from servicekit.inspection.inspect import PDF, Inspected
from servicekit.inspection.not_accepted import NotAccepted
from servicekit.sandbox.pool import JobLimits, JobStopped, Sandbox

LIMITS = JobLimits(memory=1280 * 1024 * 1024, cpu=15, wall=90.0)
"""Libraries take some 300 MB of address space, the largest accepted picture some 600."""
_STOPPED = {
    "cpu": "文件打开时间过长，请缩小后上传",
    "memory": "文件过于复杂，无法打开，请缩小后上传",
    "error": "文件无法安全打开，请另存后上传",
    "crash": "文件无法安全打开，请另存后上传",
}
_log = log.get(__name__)


class Inspector:
    """Runs `inspect` in at most `at_once` standing processes, started when needed."""

    def __init__(self, limits: JobLimits = LIMITS, *, at_once: int = 2) -> None:
        self.limits = limits
        self.sandbox = Sandbox("servicekit.inspection.worker", at_once=at_once, standing=True)

    async def inspect(self, data: bytes, accepted: frozenset[str], *, draw: bool = False) -> Inspected:
        """As `inspect.inspect`, and with the first page of a PDF. Raises NotAccepted; OSError if the machine is too busy.

        `draw`: the pages of a PDF as pictures, for a stored one that would be refused today.
        """
        answer, body = await self._run({"do": "drawn" if draw else "inspect", "accepted": sorted(accepted)}, data)
        cut = answer["clean"]
        clean, preview = body[:cut], body[cut:] or None
        size = (answer["size"][0], answer["size"][1]) if answer["size"] else None
        inspected = Inspected(answer["media_type"], answer["sha256"], clean, preview, answer["proof"], size)
        if inspected.media_type == PDF:
            with contextlib.suppress(NotAccepted, OSError):  # a page that cannot be drawn is a file without a preview
                found, picture = await self._run({"do": "first_page"}, clean)
                return replace(inspected, preview=picture or None, pages=found["pages"], page_sizes=_sizes(found))
        return inspected

    async def measure(self, data: bytes) -> tuple[int, tuple[tuple[float, float], ...]]:
        """As `page_drawing.measure`. OSError if the machine is too busy."""
        answer, _ = await self._run({"do": "measure"}, data)
        return answer["pages"], _sizes(answer)

    async def draw(self, data: bytes, first: int, last: int, width: int) -> list[bytes]:
        """As `page_drawing.draw`. OSError if the machine is too busy."""
        answer, body = await self._run({"do": "draw", "first": first, "last": last, "width": width}, data)
        ends = list(itertools.accumulate(answer["lengths"], initial=0))
        return [body[begin:end] for begin, end in itertools.pairwise(ends)]

    async def codes(self, data: bytes, media_type: str) -> list[str]:
        """As `codes.read`: the texts of the QR codes in a clean copy. Raises NotAccepted; OSError if too busy."""
        answer, _ = await self._run({"do": "codes", "media_type": media_type}, data)
        return [str(text) for text in answer["texts"]]

    async def _run(self, job: dict[str, object], data: bytes) -> tuple[dict[str, Any], bytes]:
        try:
            answer, body = await self.sandbox.run(job, data, self.limits)
        except JobStopped as stopped:
            if stopped.reason == "time":
                raise OSError("the machine is too busy to open a file") from None
            raise NotAccepted(_STOPPED[stopped.reason]) from None
        if "unexpected" in answer:
            _log.warning("file_decoder_failed", size=len(data), error=answer["unexpected"])
        if "refused" in answer:
            raise NotAccepted(answer["refused"])
        return answer, body


def _sizes(answer: dict[str, Any]) -> tuple[tuple[float, float], ...]:
    return tuple((float(across), float(down)) for across, down in answer["sizes"])
