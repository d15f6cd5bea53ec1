"""Inspects uploads in a sandbox: a file that kills its process, or takes too long, is refused."""

import contextlib
from typing import Any

from servicekit.files.inspect import Inspected, NotAccepted
from servicekit.sandbox.pool import JobLimits, JobStopped, Sandbox

LIMITS = JobLimits(memory=1280 * 1024 * 1024, cpu=15, wall=90.0)
"""Libraries take some 300 MB of address space, the largest accepted picture some 600."""
_STOPPED = {
    "cpu": "文件打开时间过长，请缩小后上传",
    "memory": "文件过于复杂，无法打开，请缩小后上传",
    "error": "文件无法安全打开，请另存后上传",
    "crash": "文件无法安全打开，请另存后上传",
}


class Inspector:
    """Runs `inspect` in at most `at_once` standing processes, started when needed."""

    def __init__(self, limits: JobLimits = LIMITS, *, at_once: int = 2) -> None:
        self.limits = limits
        self.sandbox = Sandbox("servicekit.files.worker", at_once=at_once, standing=True)

    async def inspect(self, data: bytes, accepted: frozenset[str]) -> Inspected:
        """As `inspect.inspect`, and with the first page of a PDF. Raises NotAccepted; OSError if the machine is too busy."""
        answer, body = await self._run({"do": "inspect", "accepted": sorted(accepted)}, data)
        cut = answer["public"]
        public, preview = body[:cut] or None, body[cut:] or None
        if answer["media_type"] == "application/pdf":
            with contextlib.suppress(NotAccepted, OSError):  # a page that cannot be drawn is a file without a preview
                preview = (await self._run({"do": "first_page"}, data))[1] or None
        return Inspected(answer["media_type"], answer["sha256"], public, preview)

    async def _run(self, job: dict[str, object], data: bytes) -> tuple[dict[str, Any], bytes]:
        try:
            answer, body = await self.sandbox.run(job, data, self.limits)
        except JobStopped as stopped:
            if stopped.reason == "time":
                raise OSError("the machine is too busy to open a file") from None
            raise NotAccepted(_STOPPED[stopped.reason]) from None
        if "refused" in answer:
            raise NotAccepted(answer["refused"])
        return answer, body
