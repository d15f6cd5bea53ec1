"""PostgreSQL: one pool per process, transactions, and the codecs for jsonb and ltree. SQL itself lives in stores."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, Self

import asyncpg
from pydantic_core import from_json, to_json

from servicekit import context, idempotency

type Tx = asyncpg.Connection[asyncpg.Record] | asyncpg.pool.PoolConnectionProxy[asyncpg.Record]
"""A connection inside a transaction (or, for reads, outside one)."""


CONNECT_SECONDS = 10.0
_CANCELLED = (asyncio.CancelledError, TimeoutError, GeneratorExit)
LOST = (
    OSError,
    asyncpg.InterfaceError,
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
)
"""The database cannot be reached, or is starting, stopping or out of resources: trying again may help."""


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
    with contextlib.suppress(asyncpg.InterfaceError):  # a lost connection is in the pool again already
        connection.terminate()


class Database:
    """The service's own database."""

    def __init__(self, pool: asyncpg.Pool[asyncpg.Record], url: str) -> None:
        self.pool = pool
        self.url = url
        self.responses = idempotency.Responses(pool)
        self.woken: Callable[[str], None] = lambda _: None
        """Called with every channel that a committed transaction wakes."""

    @classmethod
    async def connect(cls, url: str, size: int = 12, *, seconds: float = 30.0, idle: float = 120.0) -> Self:
        """Open the pool; raises at once when the database cannot be reached.

        A statement may take `seconds`. The server ends a transaction that is idle for `idle` seconds, so that a client that
        vanished does not keep its locks.
        """
        pool = await asyncpg.create_pool(
            url,
            min_size=1,
            max_size=size,
            init=_prepare,
            reset=_no_reset,
            timeout=CONNECT_SECONDS,
            command_timeout=seconds,
            server_settings={"idle_in_transaction_session_timeout": str(int(idle * 1000))},
        )
        return cls(pool, url)

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
                    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):  # report the first exception
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
        async with self.pool.acquire() as connection:
            try:
                yield connection
            except _CANCELLED:
                _drop(connection)  # releasing it would wait for the server, perhaps for ever
                raise

    async def dedicated(self, url: str | None = None) -> asyncpg.Connection[asyncpg.Record]:
        """A connection outside the pool, for LISTEN and session locks. The caller closes it.

        `url`: the same database as another role.
        """
        connection = await asyncpg.connect(url or self.url, timeout=CONNECT_SECONDS)
        await _prepare(connection)
        return connection
