"""The service's side of a sandbox: starts processes, runs jobs with limits, says why a job was stopped."""

import asyncio
import contextlib
import json
import os
import signal
import sys
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal, Self

from servicekit import log
from servicekit.sandbox import framing

_MAX_ANSWER = 512 * 1024 * 1024
"""Bytes of an answer: a compromised worker must not fill the service's memory."""
_IDLE_SECONDS = 60.0
_log = log.get(__name__)

type Reason = Literal["cpu", "time", "memory", "error", "crash"]
"""CPU time; wall time; memory, if Python noticed; an exception; the process died."""


@dataclass(frozen=True, kw_only=True)
class JobLimits:
    """Limits of one job. All jobs of a standing process must have the same `memory` and `file_size`."""

    memory: int
    """Bytes of address space, libraries included."""
    cpu: int
    """Seconds of CPU time."""
    wall: float
    """Seconds of wall time, once a process is free."""
    file_size: int = 0
    """Maximum bytes of a file that the job writes."""


class JobStopped(Exception):  # noqa: N818  not a fault
    """The job was stopped because of `reason`."""

    def __init__(self, reason: Reason, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason: Reason = reason


class _WorkerDied(Exception):  # noqa: N818  not a fault
    """The process ended before it answered."""


@dataclass
class _Worker:
    process: asyncio.subprocess.Process
    errors: int
    """The read end of its stderr."""
    error_text: str = ""
    """The end of its stderr, once it has ended."""
    used_at: float = 0.0

    @classmethod
    async def start(cls, module: str) -> Self:
        line, environment = command(module)
        errors, stderr = os.pipe()
        for end in (errors, stderr):
            os.set_blocking(end, False)  # output that does not fit into the pipe is lost; nobody waits
        pipe = asyncio.subprocess.PIPE
        try:
            process = await asyncio.create_subprocess_exec(*line, stdin=pipe, stdout=pipe, stderr=stderr, env=environment)
        except OSError:
            os.close(errors)
            raise
        finally:
            os.close(stderr)
        return cls(process, errors)

    async def ask(self, frame: bytes) -> tuple[dict[str, Any], bytes]:
        """Its answer. Raises _WorkerDied."""
        stdin, stdout = self.process.stdin, self.process.stdout
        assert stdin is not None
        assert stdout is not None
        try:
            stdin.write(frame)
            await stdin.drain()
            lengths = framing.PREFIX.unpack(await stdout.readexactly(framing.PREFIX.size))
            if sum(lengths) > _MAX_ANSWER:
                raise _WorkerDied
            text, body = [await stdout.readexactly(length) for length in lengths]
            head = await asyncio.to_thread(json.loads, text)
        except (ConnectionError, asyncio.IncompleteReadError, ValueError):
            raise _WorkerDied from None
        if not isinstance(head, dict):
            raise _WorkerDied
        self.used_at = time.monotonic()
        return head, body

    async def end(self) -> None:
        """Kill the process, if it has not ended yet."""
        with contextlib.suppress(ProcessLookupError):
            self.process.kill()
        await self.process.wait()
        with contextlib.suppress(BlockingIOError):  # a child of the process may still hold the pipe open
            self.error_text = os.read(self.errors, 65536)[-400:].decode(errors="replace")
        os.close(self.errors)


class Sandbox:
    """Runs jobs in processes of `module`, at most `at_once` at a time; further ones wait.

    `standing`: a process runs one job after another, and `end_idle` ends those that had none for a minute. Else each job
    has its own process. When the caller is cancelled, the process is killed.
    """

    def __init__(self, module: str, *, at_once: int, standing: bool) -> None:
        self._module, self._standing = module, standing
        self._turns = asyncio.Semaphore(at_once)
        self._free: list[_Worker] = []

    async def run(self, job: Mapping[str, object], body: bytes, limits: JobLimits) -> tuple[dict[str, Any], bytes]:
        """The answer of `module` to a job. Raises JobStopped."""
        asked = {"job": job, "limits": asdict(limits), "last": not self._standing}
        frame = await asyncio.to_thread(framing.pack, asked, body)
        async with self._turns:
            try:
                return await self._run(frame, limits.wall)
            except JobStopped as stopped:
                _log.warning("sandbox_job_stopped", module=self._module, size=len(body), stopped=str(stopped))
                raise

    async def _run(self, frame: bytes, wall: float) -> tuple[dict[str, Any], bytes]:
        while True:
            fresh = not self._free
            worker = await _Worker.start(self._module) if fresh else self._free.pop()
            try:
                return await self._ask(worker, frame, wall)
            except _WorkerDied:
                slow = worker.process.returncode == -signal.SIGXCPU
                if fresh or slow:  # else it may have died before this job
                    raise JobStopped("cpu" if slow else "crash", worker.error_text) from None

    async def _ask(self, worker: _Worker, frame: bytes, wall: float) -> tuple[dict[str, Any], bytes]:
        keep = False
        try:
            async with asyncio.timeout(wall):
                head, body = await worker.ask(frame)
            if "answer" not in head:
                raise JobStopped("memory" if head.get("stopped") == "memory" else "error", str(head.get("detail", "")))
            keep = self._standing
            return head["answer"], body
        except TimeoutError:
            raise JobStopped("time") from None
        finally:
            if keep:
                self._free.append(worker)
            else:
                await worker.end()

    async def end_idle(self) -> None:
        """End the processes that were idle for a minute."""
        before = time.monotonic() - _IDLE_SECONDS
        for worker in [worker for worker in self._free if worker.used_at < before]:
            self._free.remove(worker)
            await worker.end()

    async def close(self) -> None:
        """End all processes."""
        while self._free:
            await self._free.pop().end()


def command(module: str) -> tuple[list[str], dict[str, str]]:
    """Command line and environment of a process. The environment has the import path only, no secret."""
    path = os.pathsep.join(part for part in sys.path if part)
    return [sys.executable, "-m", module], {"PYTHONPATH": path, "PYTHONUTF8": "1"}
