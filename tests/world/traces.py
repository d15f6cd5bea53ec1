"""Looks for traces in everything that the platform stores: rows, ids, times, objects, messages, write-ahead log, logs."""

import asyncio
import re
from collections.abc import AsyncGenerator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import nats
from demo.scale import until
from nats.js.errors import NotFoundError
from stack import plan
from stack.databases import at, connected
from stack.parts import system_user
from stack.platform import Platform

_UUID = re.compile(r"[0-9a-f]{8}-?[0-9a-f]{4}-?7[0-9a-f]{3}-?[89ab][0-9a-f]{3}-?[0-9a-f]{12}")
_TIME = re.compile(r"20\d\d-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d(?::?\d\d)?)?")
_FAR = datetime(2200, 1, 1, tzinfo=UTC).timestamp()
_EPOCH = re.compile(r"(?<!\d)(1[789]\d{8})(?:\.?\d{3,9})?(?!\d)")


def times_in(text: str) -> list[datetime]:
    """Every point in time that a text tells: written out, as seconds since 1970, or inside a UUIDv7."""
    seconds = [(int(one.replace("-", ""), 16) >> 80) / 1000 for one in _UUID.findall(text)]
    found = [datetime.fromtimestamp(second, UTC) for second in seconds if second < _FAR]  # others only look like a UUIDv7
    for one in _TIME.findall(text):
        moment = datetime.fromisoformat(one)
        found.append(moment if moment.tzinfo else moment.replace(tzinfo=UTC))
    for match in _EPOCH.finditer(text):
        digits = match[0].replace(".", "")
        found.append(datetime.fromtimestamp(float(f"{digits[:10]}.{digits[10:] or '0'}"), UTC))
    return found


@dataclass(frozen=True)
class Stored:
    """Something stored: where, and its content as text, bytes decoded as far as they are text."""

    location: str
    text: str

    def times_within(self, since: datetime, until: datetime, step: int) -> list[datetime]:
        """The times within this interval that it tells, but for those that are rounded to `step` seconds. Whole seconds are
        times of a second, not of its beginning."""
        return [moment for moment in times_in(self.text) if since <= moment <= until and moment.timestamp() % step]


@dataclass
class Stores:
    """All stores of a platform. `begin`: notes how far log and files went when the search began."""

    platform: Platform
    wal_from: int = 0
    messages: dict[str, int] = field(default_factory=dict)
    logs: dict[Path, int] = field(default_factory=dict)

    async def begin(self) -> None:
        """From here on messages, write-ahead log and logs are looked at; rows and objects always are."""
        async with connected(self.platform.endpoints.postgres) as admin:
            await admin.execute("CHECKPOINT")
            self.wal_from = await admin.fetchval("SELECT pg_current_wal_insert_lsn() - '0/0'::pg_lsn")
        async with self._bus() as js:
            for stream in plan.STREAMS:
                self.messages[stream.name] = (await js.stream_info(stream.name)).state.last_seq
        self.logs = {path: path.stat().st_size for path in self._log_files()}

    def _log_files(self) -> Iterable[Path]:
        return sorted((self.platform.root / "logs").glob("*.log"))

    @asynccontextmanager
    async def _bus(self) -> Any:
        client = await nats.connect(self.platform.endpoints.nats_url(plan.ADMIN))
        try:
            yield client.jetstream()
        finally:
            await client.close()

    @asynccontextmanager
    async def without_autovacuum(self) -> AsyncGenerator[None]:
        """PostgreSQL's statistics are samples of all rows, so by chance they write accounts and names into the log."""
        async with connected(self.platform.endpoints.postgres) as admin:
            await admin.execute("ALTER SYSTEM SET autovacuum = off")
            await admin.execute("SELECT pg_reload_conf()")

            async def stopped() -> bool | None:
                workers = "SELECT count(*) FROM pg_stat_activity WHERE backend_type LIKE 'autovacuum%'"
                return True if await admin.fetchval(workers) == 0 else None

            try:
                await until("自动清理已停止", stopped, seconds=60)
                yield
            finally:
                await admin.execute("ALTER SYSTEM RESET autovacuum")
                await admin.execute("SELECT pg_reload_conf()")

    async def rows(self, services: Iterable[str] = plan.NAMES) -> list[Stored]:
        """Every row of every table of these services."""
        found = []
        for service in services:
            async with connected(at(self.platform.endpoints.postgres, service)) as connection:
                tables = await connection.fetch("SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public'")
                for table in tables:
                    found += await self._table(connection, service, table["name"])
        return found

    @staticmethod
    async def _table(connection: Any, service: str, table: str) -> list[Stored]:
        rows = await connection.fetch(f"SELECT t::text AS text FROM {table} t")
        return [Stored(f"{service}.{table}", row["text"] + _decoded(row["text"])) for row in rows]

    async def events(self) -> list[Stored]:
        """Messages of the bus since the beginning, with the time at which each was stored."""
        found = []
        async with self._bus() as js:
            for stream in plan.STREAMS:
                last = (await js.stream_info(stream.name)).state.last_seq
                for number in range(self.messages.get(stream.name, 0) + 1, last + 1):
                    try:
                        message = await js.get_msg(stream.name, seq=number)
                    except NotFoundError:
                        continue
                    text = f"{message.time} {message.headers} {(message.data or b'').decode()}"
                    found.append(Stored(f"stream {stream.name}", text))
        return found

    async def objects(self) -> list[Stored]:
        """Name and date of each object; dates are to the second."""

        def listed() -> list[Stored]:
            client = self.platform.endpoints.s3().client()
            return [
                Stored(f"bucket {bucket}", f"{one.object_name} {one.last_modified}")
                for bucket in plan.BUCKETS
                for one in client.list_objects(bucket, recursive=True)
            ]

        return await asyncio.to_thread(listed)

    async def lines(self) -> list[Stored]:
        """New lines of all logs."""
        found = []
        for path in self._log_files():
            content = path.read_bytes()[self.logs.get(path, 0) :]
            found += [Stored(path.name, line) for line in content.decode(errors="replace").splitlines()]
        return found

    async def write_ahead_log(self) -> bytes:
        """PostgreSQL's log since the beginning, of all databases."""
        async with connected(self.platform.endpoints.postgres) as admin:
            await admin.execute("SELECT pg_switch_wal()")
            size = await admin.fetchval("SELECT setting::int FROM pg_settings WHERE name = 'wal_segment_size'")
            until = await admin.fetchval("SELECT pg_current_wal_insert_lsn() - '0/0'::pg_lsn")
        folder = system_user.reachable_folder(self.platform.root / "postgres") / "pg_wal"
        first, last = int(self.wal_from) // size, int(until) // size
        content = b""
        for number in range(first, last + 1):
            per_file = 2**32 // size
            path = folder / f"00000001{number // per_file:08X}{number % per_file:08X}"
            if path.exists():
                content += path.read_bytes()
        return content[int(self.wal_from) - first * size : int(until) - first * size]


def _decoded(row: str) -> str:
    r"""The bytea values of a row (`\\x7b22…`), as text."""
    return "".join(" " + bytes.fromhex(one).decode(errors="replace") for one in re.findall(r"\\x((?:[0-9a-f]{2})+)", row))


def bytes_of(words: Iterable[str]) -> list[bytes]:
    """How these words may stand in binary data: as text, and ids as sixteen bytes."""
    found = []
    for word in words:
        found.append(word.encode())
        if re.fullmatch(r"[0-9a-f-]{36}", word):
            found.append(UUID(word).bytes)
    return found
