"""Real servers for tests, started in seconds and removed at the end."""

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
from stack.endpoints import Endpoints, ExternalServers
from stack.parts import system_user
from stack.parts.storage import S3
from stack.platform import Platform, run_package
from stack.servers import ALL, Servers


@dataclass
class Parts:
    """The running servers."""

    endpoints: Endpoints
    servers: Servers
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    def database_url(self, service: str, database: str | None = None) -> str:
        """URL of the service's database (or of `database`), as its working role."""
        return self.endpoints.database_url(service, database)

    def nats_url(self, service: str) -> str:
        """URL of NATS as the service's user (with `inbox_prefix=_INBOX.<service>`), or as `admin`."""
        return self.endpoints.nats_url(service)

    def s3(self, service: str) -> S3:
        """Storage credentials of the service, or of `admin`; KeyError for a service that has none."""
        return self.endpoints.s3(service)

    async def fresh_database(self, service: str, like: str | None = None) -> str:
        """Create a database of the service; returns its URL as the working role. Takes some 50 ms.

        `like`: URL of a database to copy, e.g. a migrated one; it must have no open connections.
        """
        template = like.rpartition("/")[2] if like else databases.TEMPLATE
        name = f"{service}_{uuid4().hex[:12]}"
        async with self._lock, databases.connected(self.endpoints.postgres) as admin:
            await databases.create(admin, name, service=service, template=template)
        return self.database_url(service, name)

    def owner_url(self, service: str, url: str) -> str:
        """URL of a database of `fresh_database`, as the owner role."""
        return self.endpoints.database_owner_url(service, url.rpartition("/")[2])

    async def drop_database(self, url: str) -> None:
        """Drop a database of `fresh_database`, and close connections to it."""
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
        """Kill `postgres`, `nats` or `storage`, and wait until it is ready again."""
        await self.servers.supervisors[part].crash()


@contextlib.asynccontextmanager
async def parts(root: Path | None = None, *, only: Collection[str] = ALL, durable: bool = False) -> AsyncIterator[Parts]:
    """Start PostgreSQL, NATS and storage (or `only` some of {"postgres", "nats", "storage"}).

    Data is under `root`, or in a temporary folder that is removed at the end. URLs given by environment
    (`ExternalServers.of`) are used instead. `durable=True` uses the settings of production, which are slower.
    """
    async with data_folder(root) as folder:
        secrets = keyring.load_or_create(folder / "secrets.json")
        servers = Servers(
            folder,
            secrets,
            ExternalServers.of(os.environ),
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
    drain_seconds: float = 0,
    client: Path | None = None,
    run: Callable[[str], tuple[str, ...]] = run_package,
) -> AsyncIterator[Platform]:
    """Start servers, `services` (None: all), docs pages and gateway, on free ports.

    `scale`, `drain_seconds`, `client`: as of Platform; `run`: command line of a service. Data as in `parts`.
    """
    async with data_folder(root) as folder:
        whole = Platform(
            folder,
            keyring.load_or_create(folder / "secrets.json"),
            services=plan.NAMES if services is None else services,
            scale=scale or {},
            external=ExternalServers.of(os.environ),
            durable=durable,
            drain_seconds=drain_seconds,
            client=client,
            containers=os.environ.get("ZP_STACK") == "containers",
            run=run,
        )
        async with whole.running():
            yield whole


@contextlib.asynccontextmanager
async def data_folder(root: Path | None = None) -> AsyncIterator[Path]:
    """`root`, or a temporary folder that is removed at the end."""
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
    folder.chmod(0o711)  # PostgreSQL's system user must be able to enter
    return folder
