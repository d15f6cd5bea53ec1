"""Where uploads are opened: processes with limits. A file that kills one, or takes too long, is refused, and that is all."""

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
import weakref
from dataclasses import dataclass, field
from typing import Any, BinaryIO, cast

from servicekit import log
from servicekit.files.inspect import Inspected, NotAccepted
from servicekit.files.wire import receive, send

_log = log.get(__name__)


def command(module: str) -> tuple[list[str], dict[str, str]]:
    """How a process that opens uploads is started: of the service's environment it gets the import path only."""
    path = os.pathsep.join(part for part in sys.path if part)
    return [sys.executable, "-m", module], {"PYTHONPATH": path, "PYTHONUTF8": "1"}


class _Gone(Exception):  # noqa: N818  an answer
    """The process ended before it answered."""


@dataclass
class _Worker:
    """One process and the two pipes to it; blocking, used in a thread."""

    process: "subprocess.Popen[bytes]"
    used_at: float = 0.0
    late: bool = False

    @classmethod
    def start(cls) -> "_Worker":
        """A new process."""
        line, env = command("servicekit.files.worker")
        return cls(subprocess.Popen(line, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=env))  # noqa: S603

    def ask(self, head: dict[str, Any], data: bytes, seconds: float) -> tuple[dict[str, Any], bytes]:
        """Its answer. Raises `_Gone` where it died of the question, or was killed because it took too long."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        timer = threading.Timer(seconds, self._too_late)
        timer.start()
        try:
            send(cast(BinaryIO, self.process.stdin), head, data)
            answer = receive(cast(BinaryIO, self.process.stdout))
        except OSError:
            answer = None
        finally:
            timer.cancel()
        if answer is None:
            raise _Gone
        self.used_at = time.monotonic()
        return answer

    def _too_late(self) -> None:
        self.late = True
        self.process.kill()

    def end(self) -> None:
        """Stop it now."""
        self.process.kill()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()
        self.process.wait()


@dataclass
class Room:
    """At most `at_once` processes, started when needed; `rest` ends those that had nothing to do for a while.

    They end with the room, and with the service.
    """

    at_once: int = 2
    seconds: int = 15
    """Computing time: a file that takes more is refused."""
    patience: float = 90.0
    """Time by the clock: after that the machine is too busy, and the file may be asked about again."""
    idle: float = 60.0
    _free: list[_Worker] = field(default_factory=list)
    _turns: asyncio.Semaphore | None = None

    def __post_init__(self) -> None:
        weakref.finalize(self, _end, self._free)

    async def inspect(self, data: bytes, accepted: frozenset[str]) -> Inspected:
        """As `inspect.inspect`, and with the first page of a PDF. Raises `NotAccepted`."""
        head, body = await self._do({"do": "inspect", "accepted": sorted(accepted)}, data)
        cut = head["public"]
        public, preview = body[:cut] or None, body[cut:] or None
        if head["media_type"] == "application/pdf":
            with contextlib.suppress(NotAccepted, OSError):  # a page that cannot be drawn is a file without a preview
                preview = (await self._do({"do": "first_page"}, data))[1] or None
        return Inspected(head["media_type"], head["sha256"], public, preview)

    async def _do(self, head: dict[str, Any], data: bytes) -> tuple[dict[str, Any], bytes]:
        self._turns = self._turns or asyncio.Semaphore(self.at_once)
        async with self._turns:
            said, body = await asyncio.to_thread(self._asked, head, data)
        if "refused" in said:
            raise NotAccepted(said["refused"])
        return said, body

    def _asked(self, head: dict[str, Any], data: bytes) -> tuple[dict[str, Any], bytes]:
        while True:
            fresh = not self._free
            worker = _Worker.start() if fresh else self._free.pop()
            try:
                answer = worker.ask({**head, "seconds": self.seconds}, data, self.patience)
            except _Gone:
                worker.end()
                if not fresh and not worker.late:  # it may have died before: ask a new one
                    continue
                _log.warning("file_killed_worker", late=worker.late, ended=worker.process.returncode, size=len(data))
                if worker.late:
                    raise OSError("the machine is too busy to open a file") from None
                slow = worker.process.returncode == -signal.SIGXCPU
                words = "文件打开时间过长，请缩小后上传" if slow else "文件无法安全打开，请另存后上传"
                return {"refused": words}, b""
            self._free.append(worker)
            return answer

    def rest(self) -> None:
        """End what was idle for long: a service that opens no file holds no process for it."""
        before = time.monotonic() - self.idle
        for worker in [worker for worker in self._free if worker.used_at < before]:
            self._free.remove(worker)
            worker.end()

    def close(self) -> None:
        """End all."""
        _end(self._free)


def _end(workers: list[_Worker]) -> None:
    while workers:
        workers.pop().end()
