"""Starts the servers that services stand on, and makes databases, streams and buckets in them."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from stack import databases, ports, provision
from stack.endpoints import Endpoints
from stack.keeper import Keeper
from stack.keyring import Keyring
from stack.parts import storage, system_user
from stack.parts.base import Part
from stack.parts.nats import Nats
from stack.parts.postgres import Postgres
from stack.parts.storage import Storage

ALL = frozenset({"postgres", "nats", "storage"})


@dataclass(frozen=True)
class Given:
    """URLs of servers that somebody else runs; None: start one. See `Endpoints` for their form."""

    postgres: str | None = None
    nats: str | None = None
    s3: str | None = None

    @classmethod
    def of(cls, env: Mapping[str, str]) -> "Given":
        """Read ZP_STACK_POSTGRES_URL (superuser), ZP_STACK_NATS_URL and ZP_STACK_S3_URL (http://key:secret@host)."""
        return cls(env.get("ZP_STACK_POSTGRES_URL"), env.get("ZP_STACK_NATS_URL"), env.get("ZP_STACK_S3_URL"))


@dataclass
class Servers:
    """The servers of one platform, data under `root`. `only` leaves out what nobody will use."""

    root: Path
    keyring: Keyring
    given: Given = field(default_factory=Given)
    durable: bool = True
    port: Callable[[str], int] = lambda _: ports.pick()
    only: frozenset[str] = ALL
    keepers: dict[str, Keeper] = field(default_factory=dict)

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[Endpoints]:
        """Start all at once; ready when every database, stream and bucket is there. Stops them at the end."""
        jobs: list[Callable[[], Awaitable[None]]] = []
        endpoints = self._plan(jobs)
        try:
            async with asyncio.TaskGroup() as group:
                for job in jobs:
                    group.create_task(_run(job))
            yield endpoints
        finally:
            await self.stop()

    async def stop(self) -> None:
        """Stop all: storage, bus, database."""
        for name in ("storage", "nats", "postgres"):
            if keeper := self.keepers.pop(name, None):
                await keeper.stop()

    def _plan(self, jobs: list[Callable[[], Awaitable[None]]]) -> Endpoints:
        """Say where each server is (or will be), and add to `jobs` what starts and fills it."""
        keys = self.keyring
        postgres, nats, s3 = self.given.postgres, self.given.nats, self.given.s3
        starts: dict[str, Part] = {}
        if postgres is None:
            data = system_user.reachable_folder(self.root / "postgres")
            server = Postgres(data, self.port("postgres"), keys.postgres["postgres"], durable=self.durable)
            postgres, starts["postgres"] = server.url(), server
        if nats is None:
            bus = Nats(self.root / "nats", self.port("nats"), keys.nats, durable=self.durable)
            nats, starts["nats"] = f"nats://{{user}}:{{password}}@{ports.LOOPBACK}:{bus.port}", bus
        if s3 is None:
            store = Storage(self.root / "storage", self.port("s3"), tuple(ports.pick_many(7)), keys.s3, self.durable)
            s3, starts["storage"] = f"http://{ports.LOOPBACK}:{store.port}", store
        endpoints = Endpoints(keys, postgres, nats, s3)
        fill: dict[str, Callable[[], Awaitable[object]]] = {
            "postgres": lambda: databases.prepare(endpoints.postgres, keys.postgres),
            "nats": lambda: provision.provision(endpoints.nats_url()),
            "storage": lambda: storage.make_buckets(endpoints.s3()),
        }
        for name in ("postgres", "nats", "storage"):
            if name in self.only:
                jobs.append(self._job(name, starts.get(name), fill[name]))
        return endpoints

    def _job(
        self, name: str, part: Part | None, fill: Callable[[], Awaitable[object]]
    ) -> Callable[[], Awaitable[None]]:
        async def job() -> None:
            if part is not None:
                self.keepers[name] = Keeper(part, self.root / "logs")
                await self.keepers[name].start()
            await fill()

        return job


async def _run(job: Callable[[], Awaitable[None]]) -> None:
    await job()
