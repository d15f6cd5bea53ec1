"""Starts PostgreSQL, NATS and the storage, and creates databases, streams and buckets."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

from stack import databases, ports, provision
from stack.endpoints import Endpoints, ExternalServers
from stack.keyring import Keyring
from stack.parts import storage, system_user
from stack.parts.nats import Nats
from stack.parts.postgres import Postgres
from stack.parts.storage import Storage
from stack.supervisor import Runner, Supervisor

ALL = frozenset({"postgres", "nats", "storage"})


type Server = Postgres | Nats | Storage
type Initialise = Callable[[], Awaitable[object]]


@dataclass
class Servers:
    """The servers of one platform, with data under `root`. `only`: which of them to start."""

    root: Path
    keyring: Keyring
    external: ExternalServers = field(default_factory=ExternalServers)
    durable: bool = True
    containers: bool = False
    port: Callable[[str], int] = lambda _: ports.pick()
    only: frozenset[str] = ALL
    on_change: Callable[[], None] = lambda: None
    supervisors: dict[str, Runner] = field(default_factory=dict)

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[Endpoints]:
        """Start all in parallel; wait until all databases, streams and buckets exist. Stops them at the end."""
        async with self.starting() as (endpoints, storage):
            await storage
            yield endpoints

    @contextlib.asynccontextmanager
    async def starting(self) -> AsyncIterator[tuple[Endpoints, asyncio.Task[None]]]:
        """Like `running`, but do not wait for the storage: it is the slowest, and no service needs it to start.

        The task ends when the storage and its buckets exist; it raises StartError.
        """
        postgres, nats, store = self._parts()
        ports_by_server = {"postgres": postgres.port, "nats": nats.port, "s3": store.port}
        endpoints = Endpoints.local(self.keyring, ports_by_server, self.external)
        passwords = self.keyring.postgres
        storage_task = asyncio.create_task(self._start(store, self.external.s3, lambda: storage.make_buckets(endpoints.s3())))
        try:
            async with asyncio.TaskGroup() as group:
                for part, external, initialise in (
                    (postgres, self.external.postgres, lambda: databases.prepare(endpoints.postgres, passwords)),
                    (nats, self.external.nats, lambda: provision.provision(endpoints.nats_url())),
                ):
                    group.create_task(self._start(part, external, initialise))
            yield endpoints, storage_task
        finally:
            storage_task.cancel()
            await asyncio.gather(storage_task, return_exceptions=True)
            await self.stop()

    async def stop(self) -> None:
        """Stop storage, NATS and PostgreSQL."""
        for name in ("storage", "nats", "postgres"):
            if supervisor := self.supervisors.pop(name, None):
                await supervisor.stop()

    def _parts(self) -> tuple[Postgres, Nats, Storage]:
        keys = self.keyring
        data = system_user.reachable_folder(self.root / "postgres")
        return (
            Postgres(data, self.port("postgres"), keys.postgres["postgres"], durable=self.durable),
            Nats(self.root / "nats", self.port("nats"), keys.nats, durable=self.durable),
            Storage(self.root / "storage", self.port("s3"), tuple(ports.pick() for _ in range(7)), keys.s3, self.durable),
        )

    async def _start(self, part: Server, external: str | None, initialise: Initialise) -> None:
        if part.name not in self.only:
            return
        if external is None:
            logs = self.root / "logs"
            if self.containers:
                from stack.parts.containers import ContainerRunner  # imported here because it needs a Docker client

                self.supervisors[part.name] = ContainerRunner(await part.image(), logs, on_change=self.on_change)
            else:
                self.supervisors[part.name] = Supervisor(part, logs, on_change=self.on_change)
            await self.supervisors[part.name].start()
        await initialise()
