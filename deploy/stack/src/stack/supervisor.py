"""Keeps a process running: starts it, probes it, restarts it with exponential backoff, stops it."""

import asyncio
import contextlib
import os
import sys
import time
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from stack import exec_with_parent_death_signal
from stack.parts.base import Command, Part

if TYPE_CHECKING:
    from stack.parts.containers import ContainerRunner

FIRST_PAUSE = 0.5
MAX_PAUSE = 30.0
PROBE_SECONDS = 3.0
"""How often a process that is ready is asked whether it still is. That it ended is noticed at once."""
STABLE_SECONDS = 60.0
"""A process that ran so many seconds is restarted without a long pause."""
LOG_LIMIT = 20 * 1024 * 1024


class State(StrEnum):
    """The state of a process."""

    STARTING = "starting"
    READY = "ready"
    UNREADY = "not ready"
    WAITING = "restarting"
    STOPPED = "stopped"


class StartError(Exception):
    """A process did not become ready. The message ends with the last lines of its log."""


class Supervisor:
    """Runs one part. `restarts` counts restarts; `pid` is None while it is not running."""

    def __init__(self, part: Part, logs: Path, *, on_change: Callable[[], None] = lambda: None) -> None:
        self.part = part
        self.name = part.name
        self.log = logs / f"{part.name}.log"
        self.state = State.STOPPED
        self.restarts = 0
        self.since = time.monotonic()
        self._on_change = on_change
        self._process: asyncio.subprocess.Process | None = None
        self._watch: asyncio.Task[None] | None = None
        self._lifetime = 0.0
        self._changed = asyncio.Condition()

    @property
    def pid(self) -> int | None:
        """Process id of the running program."""
        return self._process.pid if self._process and self._process.returncode is None else None

    @property
    def uptime(self) -> float:
        """Seconds since the running program was started; 0 when none runs."""
        return time.monotonic() - self.since if self.pid else 0.0

    async def start(self, timeout: float = 60) -> None:  # noqa: ASYNC109 - one limit for several waits
        """Start and wait until ready. Raises StartError if it ends or is not ready within `timeout` seconds."""
        await self.part.prepare()
        self.log.parent.mkdir(parents=True, exist_ok=True)
        if self.log.exists() and self.log.stat().st_size > LOG_LIMIT:
            self.log.replace(self.log.with_suffix(".log.1"))
        await self._spawn()
        try:
            await self._until_ready(timeout)
        except BaseException:
            await self._end()
            raise
        self._watch = asyncio.create_task(self._watch_and_restart(), name=f"keep {self.name}")

    async def stop(self) -> None:
        """Stop: send the stop signal, and SIGKILL after the grace."""
        if self._watch:
            self._watch.cancel()
            await asyncio.wait([self._watch])
        self._watch = None
        await self._end()

    def kill(self) -> None:
        """Kill the process like a crash; the supervisor restarts it. For tests."""
        if self._process and self._process.returncode is None:
            self._process.kill()

    async def crash(self, timeout: float = 60) -> None:  # noqa: ASYNC109
        """Kill, and wait until it is ready again. Raises TimeoutError after `timeout` seconds."""
        async with asyncio.timeout(timeout), self._changed:
            before = self.restarts
            self.kill()
            await self._changed.wait_for(lambda: self.restarts > before and self.state is State.READY)

    async def _spawn(self) -> None:
        await self._set(State.STARTING)
        self.since = time.monotonic()
        self._process = await spawn(self.part.command(), self.log)

    async def _until_ready(self, timeout: float) -> None:  # noqa: ASYNC109
        pause = 0.02
        deadline = time.monotonic() + timeout
        while not await self.part.probe():
            if self._process is None or self._process.returncode is not None:
                raise StartError(f"{self.name} ended while starting:\n{tail(self.log)}")
            if time.monotonic() > deadline:
                raise StartError(f"{self.name} was not ready in {timeout:.0f} s:\n{tail(self.log)}")
            await asyncio.sleep(pause)
            pause = min(pause * 1.5, 0.25)
        await self._set(State.READY)

    async def _watch_and_restart(self) -> None:
        pause = FIRST_PAUSE
        while True:
            await self._watch_running()
            if self._lifetime > STABLE_SECONDS:
                pause = FIRST_PAUSE
            await self._set(State.WAITING)
            await asyncio.sleep(pause)
            pause = min(pause * 2, MAX_PAUSE)
            self.restarts += 1
            await self._spawn()

    async def _watch_running(self) -> None:
        """Update `state` by probing until the process ends."""
        assert self._process is not None
        ended = asyncio.create_task(self._process.wait())
        try:
            while not ended.done():
                ready = await self._probe()
                if not ended.done():
                    known = State.STARTING if self.state is State.STARTING else State.UNREADY
                    await self._set(State.READY if ready else known)
                await asyncio.wait([ended], timeout=PROBE_SECONDS if ready else 0.1)
        finally:
            ended.cancel()
        self._lifetime = time.monotonic() - self.since

    async def _probe(self) -> bool:
        """Probe the part. Where the watching is cancelled, the probe still ends by itself: a client that is cancelled while it
        connects leaves its socket open."""
        probing = asyncio.create_task(self.part.probe())
        try:
            return await asyncio.shield(probing)
        except asyncio.CancelledError:
            await asyncio.wait([probing])
            raise

    async def _end(self) -> None:
        process, self._process = self._process, None
        if process and process.returncode is None:
            command = self.part.command()
            with contextlib.suppress(ProcessLookupError):
                process.send_signal(command.stop_signal)
            try:
                await asyncio.wait_for(process.wait(), command.grace)
            except TimeoutError:
                with contextlib.suppress(ProcessLookupError):
                    process.kill()
                await process.wait()
        await self._set(State.STOPPED)

    async def _set(self, state: State) -> None:
        if state is not self.state:
            async with self._changed:
                self.state = state
                self._changed.notify_all()
            self._on_change()


type Runner = Supervisor | ContainerRunner
"""What keeps a part running. The container runner is imported only if it is used."""


async def spawn(command: Command, log: Path) -> asyncio.subprocess.Process:
    """Start a program in a new session, with output to `log`. The kernel sends it its stop signal when this process dies."""
    uid, gid = command.user or ("-", "-")
    wrapper = [sys.executable, "-I", "-S", exec_with_parent_death_signal.__file__]
    arguments = [str(value) for value in (os.getpid(), int(command.stop_signal), uid, gid)]
    with log.open("ab") as output:
        return await asyncio.create_subprocess_exec(
            *wrapper,
            *arguments,
            *command.argv,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=output,
            stderr=asyncio.subprocess.STDOUT,
            env={**os.environ, **command.env},
            cwd=command.cwd,
            start_new_session=True,
        )


def tail(log: Path, lines: int = 15) -> str:
    """The last lines of a log file."""
    if not log.exists():
        return "(no log)"
    with log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - 20000))
        return "\n".join(file.read().decode(errors="replace").splitlines()[-lines:])
