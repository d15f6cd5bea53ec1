"""The whole platform: servers, services, docs pages, web client and gateway, started in order and stopped in reverse."""

import asyncio
import contextlib
import os
import sys
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path

from stack import plan, ports
from stack.endpoints import Endpoints, ExternalServers
from stack.environment import service_env
from stack.files import REPOSITORY
from stack.keyring import Keyring
from stack.parts.base import Part
from stack.parts.gateway import Gateway
from stack.parts.service import HttpProcess
from stack.parts.web import WebServer
from stack.routes import Targets
from stack.servers import Servers
from stack.supervisor import Runner, Supervisor

PREFERRED_PORTS = {
    "gateway": 8080,
    "gateway-inner": 12401,
    "docs": 12402,
    "web": 12403,
    "postgres": 12432,
    "nats": 12422,
    "s3": 12433,
    **{name: 12500 + 10 * number for number, name in enumerate(plan.NAMES)},
}


def run_package(service: str) -> tuple[str, ...]:
    """The command line of a service."""
    return (sys.executable, "-m", service)


@dataclass
class Ports:
    """Chooses a port for each name: that of the last start, the preferred one, or any free one; never one twice."""

    remembered: Mapping[str, int] = field(default_factory=dict)
    preferred: Mapping[str, int] = field(default_factory=dict)
    chosen: dict[str, int] = field(default_factory=dict)

    def __call__(self, name: str) -> int:
        """A free port for `name`."""
        preferred_port = self.remembered.get(name, self.preferred.get(name))
        self.chosen[name] = ports.pick(preferred_port, frozenset(self.chosen.values()))
        return self.chosen[name]


@dataclass
class Platform:
    """A platform. `run`: command line of a service; `scale`: processes per service (default 1); `drain_seconds`: so long a
    stopping service goes on serving, for rolling restarts; `client`: the folder of the built web client, None to serve none;
    `frame_ancestors`, `storage_origin`: see WebServer."""

    root: Path
    keyring: Keyring
    services: Sequence[str] = plan.NAMES
    scale: Mapping[str, int] = field(default_factory=dict)
    ports: Ports = field(default_factory=Ports)
    external: ExternalServers = field(default_factory=ExternalServers)
    durable: bool = True
    containers: bool = False
    public_url: str | None = None
    client: Path | None = None
    frame_ancestors: str | None = None
    storage_origin: str | None = None
    drain_seconds: float = 0
    schemes: Path = field(default_factory=lambda: Path(os.environ.get("ZP_SCHEMES", REPOSITORY / "schemes")))
    run: Callable[[str], tuple[str, ...]] = run_package
    on_change: Callable[[], None] = lambda: None
    supervisors: dict[str, Runner] = field(default_factory=dict)
    endpoints: Endpoints = field(init=False)
    """Set as soon as the servers have ports."""
    gateway_url: str = ""

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator["Platform"]:
        """Start everything and wait until all processes are ready. At the end stops gateway and services, then servers."""
        servers = Servers(
            self.root,
            self.keyring,
            self.external,
            durable=self.durable,
            containers=self.containers,
            port=self.ports,
            on_change=self.on_change,
            supervisors=self.supervisors,
        )
        async with AsyncExitStack() as stack:
            endpoints, storage = await stack.enter_async_context(servers.starting())
            self.endpoints = endpoints
            gateway, processes = self._build_parts(endpoints)
            stack.push_async_callback(self._stop, [gateway.name])
            stack.push_async_callback(self._stop, [process.name for process in processes])
            await self._start(processes, storage)
            # last, because it would wait for its next health check before it uses a service that was not ready
            await self._start([gateway])
            yield self

    def env(self, service: str) -> dict[str, str]:
        """The environment of a service's first process."""
        port = self.ports.chosen.get(_instance(service, 0)) or self.ports(_instance(service, 0))
        return service_env(
            service,
            self.endpoints,
            port=port,
            public_url=self.public_url or self.gateway_url,
            schemes=self.schemes,
            drain_seconds=self.drain_seconds,
        )

    def _build_parts(self, endpoints: Endpoints) -> tuple[Gateway, list[HttpProcess | WebServer]]:
        port = self.ports("gateway")
        self.gateway_url = f"http://{ports.LOOPBACK}:{port}"
        processes: dict[str, list[HttpProcess]] = {}
        for service in self.services:
            names = [_instance(service, number) for number in range(self.scale.get(service, 1))]
            processes[service] = [HttpProcess(name, self.run(service), self.ports(name), {}) for name in names]
            for process in processes[service]:
                process.env.update(self.env(service), ZP_PORT=str(process.port))
        docs = HttpProcess(
            "docs", (sys.executable, "-m", "stack.docs_site"), self.ports("docs"), self._docs_env(), health="/healthz"
        )
        web = self._web_server()
        targets = Targets(
            services={service: [process.url for process in group] for service, group in processes.items()},
            storage=endpoints.s3().endpoint,
            docs=docs.url,
            web=web.url if web else None,
            origin=self.public_url or self.gateway_url,
        )
        gateway = Gateway(self.root / "gateway", port, self.ports("gateway-inner"), targets)
        return gateway, [*(process for group in processes.values() for process in group), docs, *([web] if web else [])]

    def _web_server(self) -> WebServer | None:
        if self.client is None:
            return None
        folder, port = self.root / "web", self.ports("web")
        return WebServer(folder, port, self.client, self.frame_ancestors, self.storage_origin)

    def _docs_env(self) -> dict[str, str]:
        return {
            "ZP_PORT": str(self.ports.chosen["docs"]),
            "ZP_DOCS_SERVICES": ",".join(self.services),
            "ZP_DOCS_DEMO": str(self.root / "demo.json"),
        }

    async def _start(self, parts: Sequence[Part], *background: asyncio.Task[None]) -> None:
        """Start parts; return when they are ready and the `background` tasks are done."""
        async with asyncio.TaskGroup() as group:
            for task in background:
                group.create_task(_end_of(task))
            for part in parts:
                supervisor = Supervisor(part, self.root / "logs", on_change=self.on_change)
                self.supervisors[part.name] = supervisor
                group.create_task(supervisor.start(timeout=120))

    async def _stop(self, names: Sequence[str]) -> None:
        await asyncio.gather(*(self.supervisors.pop(name).stop() for name in names if name in self.supervisors))


async def _end_of(task: asyncio.Task[None]) -> None:
    await task


def _instance(service: str, number: int) -> str:
    return service if number == 0 else f"{service}-{number + 1}"
