"""PostgreSQL: one pool per process, transactions, and the codecs for jsonb and ltree. SQL itself lives in stores.

The address may name several hosts (`postgresql://user:password@one:5432,two:5432/records`): a connection goes to the first
that accepts writes. After a switchover, the first statement that the old primary refuses replaces the connections.
Requests and background work (events, jobs, the relay) each have a share of the pool, so that neither starves the other.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, Self, cast
from urllib.parse import urlsplit, urlunsplit

import asyncpg
from asyncpg.connect_utils import SessionAttribute
from pydantic_core import from_json, to_json

from servicekit import context, idempotency, metrics
from servicekit.context import Caller

type Tx = asyncpg.Connection[asyncpg.Record] | asyncpg.pool.PoolConnectionProxy[asyncpg.Record]
"""A connection inside a transaction (or, for reads, outside one)."""


CONNECT_SECONDS = 10.0
_CANCELLED = (asyncio.CancelledError, TimeoutError, GeneratorExit)
BACKGROUND_SECONDS = 30.0
"""So long background work and streams wait for a connection: their number is limited elsewhere."""
_MOVED = (
    asyncpg.PostgresConnectionError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.CannotConnectNowError,
    asyncpg.ReadOnlySQLTransactionError,
    asyncpg.InternalClientError,
)
"""The server is going away, or is a standby now: what one connection finds is true for all.

InternalClientError: the server ended an idle connection just when a statement was sent; asyncpg confuses the two."""
LOST = (
    *_MOVED,
    OSError,
    asyncpg.InterfaceError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.IdleInTransactionSessionTimeoutError,
    asyncpg.TargetServerAttributeNotMatched,
)
"""The database cannot be reached, accepts no writes, or is starting, stopping or out of resources: trying again may help."""

_UNUSABLE = (asyncpg.InterfaceError, asyncpg.InternalClientError)
"""What asyncpg raises where a connection is closed or in a state that it does not understand."""


class PoolBusyError(OSError):
    """No connection became free in time."""


def _encode(value: Any) -> str:
    return to_json(value).decode()


async def _prepare(connection: asyncpg.Connection[asyncpg.Record]) -> None:
    for kind in ("json", "jsonb"):
        await connection.set_type_codec(kind, encoder=_encode, decoder=from_json, schema="pg_catalog")
    schema = await connection.fetchval(
        "SELECT n.nspname FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace WHERE t.typname = 'ltree'"
    )
    if schema is not None:
        await connection.set_type_codec("ltree", encoder=str, decoder=str, schema=schema, format="text")


async def _no_reset(_: asyncpg.Connection[asyncpg.Record]) -> None:
    """Skips `RESET ALL` when a connection is released: no code here sets anything for a session.

    The pool still rolls back an open transaction. Session locks and LISTEN use `Database.dedicated`.
    """


async def wake(tx: Tx, channel: str) -> None:
    """Wake the tasks of this process that wait on the channel, once the transaction is committed.

    Other processes poll. NOTIFY would wake them at once, but it serialises the commits of the whole database, each with its
    write to disk.
    """
    if (channels := context.wakes.get()) is not None:
        channels.add(channel)
    else:
        await tx.execute("SELECT pg_notify($1, '')", channel)


def _drop(connection: asyncpg.pool.PoolConnectionProxy[asyncpg.Record]) -> None:
    with contextlib.suppress(*_UNUSABLE):  # a lost connection is in the pool again already
        connection.terminate()


def hosts_of(url: str) -> list[str]:
    """The address of each host of a database address that names one or more."""
    parts = urlsplit(url)
    credentials, at, hosts = parts.netloc.rpartition("@")
    return [urlunsplit(parts._replace(netloc=f"{credentials}{at}{host}")) for host in hosts.split(",")]


class Servers:
    """The hosts of a database; the one that accepted writes last is tried first."""

    def __init__(self) -> None:
        self._last = ""

    async def connect(self, url: str, **options: Any) -> Any:
        """Connect to the first host of `url` that accepts writes. Raises one of `LOST` where none does.

        Each host has its part of `CONNECT_SECONDS`, so that one that does not answer cannot hide the others.
        """
        urls = sorted(hosts_of(url), key=lambda one: urlsplit(one).netloc.rpartition("@")[2] != self._last)
        options["timeout"] = CONNECT_SECONDS / len(urls)
        for number, one in enumerate(urls, 1):
            try:
                connection: Any = await asyncpg.connect(one, **options, target_session_attrs=SessionAttribute.read_write)
            except LOST:
                if number == len(urls):
                    raise
            else:
                self._last = urlsplit(one).netloc.rpartition("@")[2]
                return connection
        raise AssertionError("an address names at least one host")


class Shares:
    """How many connections requests and background work may have at once. The shares overlap: nobody gets all of them."""

    def __init__(self, size: int, seconds: float) -> None:
        self._seconds = seconds
        self._requests = asyncio.Semaphore(size - size // 4)
        self._background = asyncio.Semaphore(max(size // 2, min(size - size // 4, 4)))

    @asynccontextmanager
    async def one(self) -> AsyncIterator[None]:
        """Wait for the right to one connection. Raises PoolBusyError if it takes too long."""
        caller = context.caller.get()
        share = self._background if caller is Caller.BACKGROUND else self._requests
        seconds = self._seconds if caller is Caller.REQUEST else BACKGROUND_SECONDS
        try:
            async with asyncio.timeout(seconds):
                await share.acquire()
        except TimeoutError:
            metrics.DATABASE_BUSY.labels(caller).inc()
            raise PoolBusyError(f"no connection in {seconds:g} s") from None
        try:
            yield
        finally:
            share.release()


class Database:
    """The service's own database."""

    def __init__(self, pool: asyncpg.Pool[asyncpg.Record], url: str, servers: Servers, shares: Shares) -> None:
        self.pool = pool
        self.url = url
        self._servers = servers
        self._shares = shares
        self.responses = idempotency.Responses(self)
        self.woken: Callable[[str], None] = lambda _: None
        """Called with every channel that a committed transaction wakes."""

    @classmethod
    async def connect(cls, url: str, size: int = 12, *, seconds: float = 30.0, idle: float = 120.0, wait: float = 3.0) -> Self:
        """Open the pool; raises at once when no host of the database can be reached and written to.

        A statement may take `seconds`. The server ends a transaction that is idle for `idle` seconds, so that a client that
        vanished does not keep its locks. A request waits up to `wait` seconds for a connection.
        """
        servers = Servers()
        pool = await asyncpg.create_pool(
            url,
            connect=cast(Any, servers.connect),
            min_size=1,
            max_size=size,
            init=_prepare,
            reset=_no_reset,
            command_timeout=seconds,
            server_settings={"idle_in_transaction_session_timeout": str(int(idle * 1000))},
        )
        return cls(pool, url, servers, Shares(size, wait))

    async def close(self) -> None:
        """Store the responses that are still queued, and close the pool."""
        await self.responses.flush()
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                await self.pool.close()
        except TimeoutError:  # the server does not answer
            self.pool.terminate()

    @asynccontextmanager
    async def transaction(self, *, apart: bool = False, durable: bool = True) -> AsyncIterator[Tx]:
        """A transaction. The first one in a request also inserts the request's idempotency key.

        `apart`: commits on its own, even where the request is refused (a failed login counted); does not insert the key.
        `durable` False: does not wait for the disk at the end; if the database server crashes, the last moments may be lost.
        """
        channels: set[str] = set()
        before = context.wakes.get()
        context.wakes.set(channels)
        try:
            async with self._connection() as connection:
                transaction = connection.transaction()
                await transaction.start()
                try:
                    if not durable:
                        await connection.execute("SET LOCAL synchronous_commit TO off")
                    claim = context.claim.get()
                    if claim is not None and not claim.inserted and not apart:
                        await idempotency.insert(connection, claim)
                    yield connection
                except _CANCELLED:
                    raise
                except BaseException:
                    try:
                        await transaction.rollback()
                    except (OSError, asyncpg.PostgresError, *_UNUSABLE):  # report the first exception
                        _drop(connection)
                    raise
                await transaction.commit()
        finally:
            context.wakes.set(before)
        for channel in channels:
            self.woken(channel)

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[Tx]:
        """A connection outside a transaction, for reads and for single statements that commit by themselves."""
        async with self._connection() as connection:
            yield connection

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[asyncpg.pool.PoolConnectionProxy[asyncpg.Record]]:
        async with self._shares.one(), self.pool.acquire() as connection:
            try:
                yield connection
            except _CANCELLED:
                _drop(connection)  # releasing it would wait for the server, perhaps for ever
                raise
            except _MOVED:
                _drop(connection)
                await self.pool.expire_connections()
                raise

    async def need_writable(self, seconds: float = 3.0) -> None:
        """Raises one of `LOST` if a new transaction could not write. Needs no share: it must work under any load."""
        async with asyncio.timeout(seconds), self.pool.acquire() as connection:
            try:
                await self.check_writable(connection)
            except (*_CANCELLED, *_MOVED):
                _drop(connection)
                await self.pool.expire_connections()
                raise

    @staticmethod
    async def check_writable(connection: Tx, seconds: float | None = None) -> None:
        """Raises ReadOnlySQLTransactionError if the connection's server is a standby now, or refuses writes."""
        if await connection.fetchval("SELECT current_setting('transaction_read_only')::bool", timeout=seconds):
            raise asyncpg.ReadOnlySQLTransactionError("the server accepts no writes")

    async def dedicated(self, url: str | None = None) -> asyncpg.Connection[asyncpg.Record]:
        """A connection outside the pool, for LISTEN and session locks. The caller closes it.

        `url`: the same database as another role.
        """
        connection: asyncpg.Connection[asyncpg.Record] = await self._servers.connect(url or self.url)
        await _prepare(connection)
        return connection
