"""The same servers as containers, with `ZP_STACK=containers` and a Docker engine. Their data are not kept."""

import asyncio
import time
from collections.abc import Callable
from pathlib import Path

from testcontainers.core.container import DockerContainer

from stack.parts.base import Image
from stack.ports import LOOPBACK
from stack.supervisor import FIRST_PAUSE, StartError, State


class ContainerRunner:
    """Runs one image, with the interface of a `Supervisor`. Docker restarts it when it dies."""

    def __init__(self, image: Image, logs: Path, *, on_change: Callable[[], None] = lambda: None) -> None:
        self.name = image.name
        self.log = logs / f"{image.name}.log"
        self.state = State.STOPPED
        self.restarts = 0
        self.pid: int | None = None
        self._image = image
        self._since = 0.0
        self._on_change = on_change
        self._container = DockerContainer(image.image).with_command(list(image.command)).with_envs(**image.env)
        self._container.ports[f"{image.inside}/tcp"] = (LOOPBACK, image.port)  # type: ignore[assignment] # as Docker reads it
        for path, inside in image.files.items():
            self._container.with_volume_mapping(path, inside, "ro")
        self._container.with_kwargs(restart_policy={"Name": "on-failure"})

    @property
    def uptime(self) -> float:
        """Seconds since it was started."""
        return time.monotonic() - self._since if self.state is State.READY else 0.0

    async def start(self, timeout: float = 120) -> None:  # noqa: ASYNC109 - pulling the image counts too
        """Start and wait until it is ready. Raises StartError after `timeout` seconds."""
        self._set(State.STARTING)
        await asyncio.to_thread(self._container.start)
        self._since = time.monotonic()
        if not await self._answers(timeout):
            raise StartError(f"{self.name} did not answer on {LOOPBACK}:{self._image.port} in {timeout:.0f} s")
        self._set(State.READY)

    async def stop(self) -> None:
        """Save its log, then remove the container."""
        if self.state is State.STOPPED:
            return
        out, err = await asyncio.to_thread(self._container.get_logs)
        await asyncio.to_thread(self._write, out + err)
        await asyncio.to_thread(self._container.stop)
        self._set(State.STOPPED)

    async def crash(self, timeout: float = 60) -> None:  # noqa: ASYNC109
        """Kill, restart, and wait until it is ready. Raises TimeoutError after `timeout` seconds."""
        container = self._container.get_wrapped_container()
        await asyncio.to_thread(container.kill)
        await asyncio.to_thread(container.start)
        self.restarts += 1
        if not await self._answers(timeout):
            raise TimeoutError(f"{self.name} did not come back")

    async def _answers(self, timeout: float) -> bool:  # noqa: ASYNC109
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            if await self._image.probe():
                return True
            await asyncio.sleep(FIRST_PAUSE)
        return False

    def _write(self, output: bytes) -> None:
        self.log.parent.mkdir(parents=True, exist_ok=True)
        self.log.write_bytes(output)

    def _set(self, state: State) -> None:
        self.state = state
        self._on_change()
