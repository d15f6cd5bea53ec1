"""Starts the servers that services stand on, and makes databases, streams and buckets in them."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

from stack import databases, ports, provision
from stack.endpoints import Endpoints, Given
from stack.keyring import Keyring
from stack.parts import storage, system_user
from stack.parts.nats import Nats
from stack.parts.postgres import Postgres
from stack.parts.storage import Storage
from stack.supervisor import Runner, Supervisor

ALL = frozenset({"postgres", "nats", "storage"})


type Server = Postgres | Nats | Storage
type Fill = Callable[[], Awaitable[object]]


@dataclass
class Servers:
    """The servers of one platform, data under `root`. `only` leaves out what nobody will use."""

    root: Path
    keyring: Keyring
    given: Given = field(default_factory=Given)
    durable: bool = True
    containers: bool = False
    port: Callable[[str], int] = lambda _: ports.pick()
    only: frozenset[str] = ALL
    on_change: Callable[[], None] = lambda: None
    supervisors: dict[str, Runner] = field(default_factory=dict)

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[Endpoints]:
        """Start all at once; ready when every database, stream and bucket is there. Stops them at the end."""
        async with self.coming() as (endpoints, storage):
            await storage
            yield endpoints

    @contextlib.asynccontextmanager
    async def coming(self) -> AsyncIterator[tuple[Endpoints, asyncio.Task[None]]]:
        """As `running`, but the storage may still be on its way: it is the slowest, and no service needs it to start.

        The task ends when the storage and its buckets are there too; it raises StartError.
        """
        postgres, nats, store = self._parts()
        where = {"postgres": postgres.port, "nats": nats.port, "s3": store.port}
        endpoints = Endpoints.local(self.keyring, where, self.given)
        passwords = self.keyring.postgres
        last = asyncio.create_task(self._start(store, self.given.s3, lambda: storage.make_buckets(endpoints.s3())))
        try:
            async with asyncio.TaskGroup() as group:
                for part, given, fill in (
                    (postgres, self.given.postgres, lambda: databases.prepare(endpoints.postgres, passwords)),
                    (nats, self.given.nats, lambda: provision.provision(endpoints.nats_url())),
                ):
                    group.create_task(self._start(part, given, fill))
            yield endpoints, last
        finally:
            last.cancel()
            await asyncio.gather(last, return_exceptions=True)
            await self.stop()

    async def stop(self) -> None:
        """Stop all: storage, bus, database."""
        for name in ("storage", "nats", "postgres"):
            if supervisor := self.supervisors.pop(name, None):
                await supervisor.stop()

    def _parts(self) -> tuple[Postgres, Nats, Storage]:
        keys = self.keyring
        data = system_user.reachable_folder(self.root / "postgres")
        return (
            Postgres(data, self.port("postgres"), keys.postgres["postgres"], durable=self.durable),
            Nats(self.root / "nats", self.port("nats"), keys.nats, durable=self.durable),
            Storage(self.root / "storage", self.port("s3"), tuple(ports.pick_many(7)), keys.s3, self.durable),
        )

    async def _start(self, part: Server, given: str | None, fill: Fill) -> None:
        if part.name not in self.only:
            return
        if given is None:
            logs = self.root / "logs"
            if self.containers:
                from stack.parts.containers import Contained  # needs a Docker client, which few have

                self.supervisors[part.name] = Contained(await part.image(), logs, on_change=self.on_change)
            else:
                self.supervisors[part.name] = Supervisor(part, logs, on_change=self.on_change)
            await self.supervisors[part.name].start()
        await fill()
