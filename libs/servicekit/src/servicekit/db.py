"""PostgreSQL: one pool per process, transactions, and the codecs for jsonb and ltree. SQL itself lives in stores."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Self

import asyncpg
from pydantic_core import from_json, to_json

from servicekit import context, idempotency

type Tx = asyncpg.Connection[asyncpg.Record] | asyncpg.pool.PoolConnectionProxy[asyncpg.Record]
"""A connection inside a transaction (or, for reads, outside one)."""


CONNECT_SECONDS = 10.0
_CUT_SHORT = (asyncio.CancelledError, TimeoutError, GeneratorExit)
LOST = (
    OSError,
    asyncpg.InterfaceError,
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
)
"""The database is away, starting, stopping or full: what was asked may be asked again."""


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


async def _as_it_is(_: asyncpg.Connection[asyncpg.Record]) -> None:
    """A connection goes back without asking the server to reset it: nothing of ours sets anything for a session.

    What is left open is rolled back all the same. Session locks and LISTEN have connections of their own.
    """


async def wake(tx: Tx, channel: str) -> None:
    """Wake who waits on this channel in this process once the transaction is committed.

    Other processes look by themselves now and then. NOTIFY, which would tell them at once, makes every commit of the
    database wait for the one before it, disk included.
    """
    if (noted := context.wakes.get()) is not None:
        noted.add(channel)
    else:
        await tx.execute("SELECT pg_notify($1, '')", channel)


@dataclass(frozen=True, slots=True)
class Write:
    """One INSERT, UPDATE or DELETE with its parameters. `wakes`: who is to be woken once it is committed."""

    sql: str
    parameters: tuple[Any, ...]
    wakes: str | None = None


async def together(tx: Tx, *writes: Write) -> None:
    """Make all writes in one statement: each way to the server and back costs more than most of what is done there.

    None sees what another one writes, and two must not change the same row; foreign keys are looked at after all of them.
    """
    if writes:
        sql = _merged(tuple((write.sql, len(write.parameters)) for write in writes))
        await tx.execute(sql, *(parameter for write in writes for parameter in write.parameters))
    for channel in {write.wakes for write in writes if write.wakes}:
        await wake(tx, channel)


@lru_cache(1000)
def _merged(parts: tuple[tuple[str, int], ...]) -> str:
    before, counted = 0, []
    for sql, count in parts:
        shift = before
        counted.append(re.sub(r"\$(\d+)", lambda found: f"${int(found[1]) + shift}", sql))  # noqa: B023  used at once
        before += count
    *first, last = counted
    named = ", ".join(f"w{number} AS ({sql})" for number, sql in enumerate(first))
    return f"WITH {named} {last}" if named else last


def _drop(connection: asyncpg.pool.PoolConnectionProxy[asyncpg.Record]) -> None:
    with contextlib.suppress(asyncpg.InterfaceError):  # it may have been lost, and then the pool has it back already
        connection.terminate()


class Database:
    """The service's own database."""

    def __init__(self, pool: asyncpg.Pool[asyncpg.Record], url: str) -> None:
        self.pool = pool
        self.url = url
        self.answers = idempotency.Answers(pool)
        self.woken: Callable[[str], None] = lambda _: None
        """Told of every channel that a committed transaction wakes."""

    @classmethod
    async def connect(cls, url: str, size: int = 12, *, seconds: float = 30.0, idle: float = 120.0) -> Self:
        """Open the pool; fails at once where the database is not there.

        A statement may take `seconds`. The server ends a transaction in which nothing was asked for `idle` seconds:
        whoever vanished without a word holds no locks for longer.
        """
        pool = await asyncpg.create_pool(
            url,
            min_size=1,
            max_size=size,
            init=_prepare,
            reset=_as_it_is,
            timeout=CONNECT_SECONDS,
            command_timeout=seconds,
            server_settings={"idle_in_transaction_session_timeout": str(int(idle * 1000))},
        )
        return cls(pool, url)

    async def close(self) -> None:
        """Give the connections back."""
        await self.answers.written()
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                await self.pool.close()
        except TimeoutError:  # a silent server says no goodbye
            self.pool.terminate()

    @asynccontextmanager
    async def transaction(self, *, apart: bool = False) -> AsyncIterator[Tx]:
        """One unit: all of it or nothing. The first one in a request also takes the request's idempotency claim.

        `apart`: not the request's effect but what stays even where it is refused (a try counted); leaves the claim.
        """
        noted: set[str] = set()
        before = context.wakes.get()
        context.wakes.set(noted)
        try:
            async with self._connection() as connection:
                unit = connection.transaction()
                await unit.start()
                try:
                    claim = context.claim.get()
                    if claim is not None and not claim.claimed and not apart:
                        await idempotency.take(connection, claim)
                    yield connection
                except _CUT_SHORT:
                    raise
                except BaseException:
                    try:
                        await unit.rollback()
                    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):  # the first fault says more
                        _drop(connection)
                    raise
                await unit.commit()
        finally:
            context.wakes.set(before)
        for channel in noted:
            self.woken(channel)

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[Tx]:
        """A connection for reads only; each statement sees the newest committed state."""
        async with self._connection() as connection:
            yield connection

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[asyncpg.pool.PoolConnectionProxy[asyncpg.Record]]:
        async with self.pool.acquire() as connection:
            try:
                yield connection
            except _CUT_SHORT:
                _drop(connection)  # given back, it would first wait for an answer, from a silent server for ever
                raise

    async def dedicated(self, url: str | None = None) -> asyncpg.Connection[asyncpg.Record]:
        """A connection outside the pool, for LISTEN and session locks. The caller closes it.

        `url`: the same database as another role.
        """
        connection = await asyncpg.connect(url or self.url, timeout=CONNECT_SECONDS)
        await _prepare(connection)
        return connection
