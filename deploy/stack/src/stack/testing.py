"""Servers for tests: real ones, started in seconds, thrown away at the end."""

import asyncio
import contextlib
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

import nats

from stack import databases, keyring, plan
from stack.endpoints import Endpoints, Given
from stack.parts import system_user
from stack.parts.storage import S3
from stack.platform import Platform, run_package
from stack.servers import ALL, Servers


@dataclass
class Parts:
    """The running servers, as a test sees them. Service names are those of the packages (`importer`)."""

    endpoints: Endpoints
    servers: Servers
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    def database_url(self, service: str, database: str | None = None) -> str:
        """URL of the service's database (or of another one that it owns), as the service's role."""
        return self.endpoints.database_url(service, database)

    def nats_url(self, service: str) -> str:
        """URL of the bus, as the service's user; use `inbox_prefix=_INBOX.<service>`. `admin` may do everything."""
        return self.endpoints.nats_url(service)

    def s3(self, service: str) -> S3:
        """Storage access of the service; KeyError for one that has none. `admin` may do everything."""
        return self.endpoints.s3(service)

    async def fresh_database(self, service: str, like: str | None = None) -> str:
        """Make an empty database of the service and return its URL as the working role (some 50 ms).

        `like`: URL of a database without open connections to copy, for example one that was migrated once.
        """
        template = like.rpartition("/")[2] if like else databases.TEMPLATE
        name = f"{service}_{uuid4().hex[:12]}"
        async with self._lock, databases.connected(self.endpoints.postgres) as admin:
            await databases.create(admin, name, service=service, template=template)
        return self.database_url(service, name)

    def owner_url(self, service: str, url: str) -> str:
        """URL of a database made by `fresh_database`, as the role that owns its tables."""
        return self.endpoints.database_owner_url(service, url.rpartition("/")[2])

    async def drop_database(self, url: str) -> None:
        """Drop a database made by `fresh_database`, even while somebody is connected to it."""
        async with databases.connected(self.endpoints.postgres) as admin:
            await admin.execute(f"DROP DATABASE IF EXISTS {url.rpartition('/')[2]} WITH (FORCE)")

    async def reset_bus(self) -> None:
        """Delete all consumers and all messages; the streams stay."""
        client = await nats.connect(self.nats_url(plan.ADMIN))
        try:
            manager = client.jetstream()
            for stream in plan.STREAMS:
                for consumer in await manager.consumers_info(stream.name):
                    await manager.delete_consumer(stream.name, consumer.name)
                await manager.purge_stream(stream.name)
        finally:
            await client.close()

    async def crash(self, part: str) -> None:
        """Kill `postgres`, `nats` or `storage` as a crash would, and wait until it answers again."""
        await self.servers.supervisors[part].crash()


@contextlib.asynccontextmanager
async def parts(root: Path | None = None, *, only: Collection[str] = ALL, durable: bool = False) -> AsyncIterator[Parts]:
    """Start PostgreSQL, the bus and storage (or `only` some of {"postgres", "nats", "storage"}).

    Data is under `root`, or in a temporary folder that is removed at the end. URLs given by environment
    (`Given.of`) are used as they are. `durable=True` makes them as safe, and as slow, as on a real platform.
    """
    async with _folder(root) as folder:
        secrets = keyring.keep(folder / "secrets.json")
        servers = Servers(
            folder,
            secrets,
            Given.of(os.environ),
            durable=durable,
            containers=os.environ.get("ZP_STACK") == "containers",
            only=frozenset(only),
        )
        async with servers.running() as endpoints:
            yield Parts(endpoints, servers)


@contextlib.asynccontextmanager
async def platform(
    root: Path | None = None,
    *,
    services: Sequence[str] | None = None,
    scale: Mapping[str, int] | None = None,
    durable: bool = False,
    run: Callable[[str], tuple[str, ...]] = run_package,
) -> AsyncIterator[Platform]:
    """Start servers, `services` (None: all six, [] none), docs pages and gateway, on free ports.

    `scale`: processes per service; `run`: command line of a service. Data as in `parts`.
    """
    async with _folder(root) as folder:
        whole = Platform(
            folder,
            keyring.keep(folder / "secrets.json"),
            services=plan.NAMES if services is None else services,
            scale=scale or {},
            given=Given.of(os.environ),
            durable=durable,
            containers=os.environ.get("ZP_STACK") == "containers",
            run=run,
        )
        async with whole.running():
            yield whole


@contextlib.asynccontextmanager
async def _folder(root: Path | None) -> AsyncIterator[Path]:
    if root is not None:
        yield root
        return
    folder = await asyncio.to_thread(_temporary)
    try:
        yield folder
    finally:
        for gone in {folder, system_user.reachable_folder(folder / "postgres")}:
            await asyncio.to_thread(shutil.rmtree, gone, ignore_errors=True)


def _temporary() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="zp-"))
    folder.chmod(0o711)  # PostgreSQL's own user passes through
    return folder
