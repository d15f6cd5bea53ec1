"""A TCP proxy between two parts that can be cut. It does not read or change the data."""

import asyncio
import contextlib
from enum import StrEnum
from urllib.parse import urlsplit, urlunsplit

from stack import ports


class Cut(StrEnum):
    """How a link is cut."""

    REFUSE = "refuse"
    """Open connections are reset, new ones refused."""
    HOLE = "hole"
    """Bytes are swallowed, new connections hang; when the link is restored, open connections are reset."""
    DEAD = "dead"
    """Like `hole`, but open connections stay silent for ever, as behind a firewall that dropped their state."""


class _Pair:
    """An accepted connection, and the one to the target that belongs to it."""

    def __init__(self, client_side: asyncio.StreamWriter) -> None:
        self.client_side = client_side
        self.server_side: asyncio.StreamWriter | None = None
        self.dead = False

    def reset(self) -> None:
        for writer in (self.client_side, self.server_side):
            if writer is not None:
                writer.transport.abort()


class Link:
    """A port on loopback that forwards to `target`."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.port = 0
        self.target: tuple[str, int] | None = None
        self._server: asyncio.Server | None = None
        self._opening: asyncio.Task[None] | None = None
        self._pairs: set[_Pair] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._uncut = asyncio.Event()
        self._uncut.set()

    async def open(self, taken: frozenset[int]) -> None:
        """Listen on a free port that is not among the `taken` ones."""
        self.port = ports.pick(taken=taken)
        await self._listen()

    async def _listen(self) -> None:
        """Listen; once, whoever else asks for it meanwhile, and to the end, also where the caller is cancelled."""
        if self._opening is None:
            self._opening = asyncio.create_task(self._open_port())
        await asyncio.shield(self._opening)

    async def _open_port(self) -> None:
        try:
            self._server = await asyncio.start_server(self._on_connection, ports.LOOPBACK, self.port, limit=1 << 18)
        finally:
            self._opening = None

    async def close(self) -> None:
        """Stop, and close all connections."""
        await self._refuse()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def point_to(self, url: str) -> str:
        """Set the target to the host and port of `url`; returns the URL with this link's port."""
        parts = urlsplit(url)
        assert parts.hostname is not None
        assert parts.port is not None
        self.target = (parts.hostname, parts.port)
        credentials, at, _ = parts.netloc.rpartition("@")
        return urlunsplit(parts._replace(netloc=f"{credentials}{at}{ports.LOOPBACK}:{self.port}"))

    async def cut(self, cut: Cut) -> None:
        """Cut the link until `restore`."""
        if cut is Cut.REFUSE:
            await self._refuse()
            return
        self._uncut.clear()
        for pair in self._pairs:
            pair.dead = cut is Cut.DEAD

    async def restore(self) -> None:
        """Forward connections again."""
        if not self._uncut.is_set():
            for pair in self._pairs:
                if not pair.dead:
                    pair.reset()
            self._uncut.set()
        if self._server is None:
            await self._listen()

    async def _refuse(self) -> None:
        if self._opening is not None:
            await asyncio.shield(self._opening)
        server, self._server = self._server, None
        if server is not None:
            server.close()
        for pair in self._pairs:
            pair.reset()
        await asyncio.sleep(0)

    async def _on_connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        pair = _Pair(writer)
        self._pairs.add(pair)
        try:
            await self._uncut.wait()
            assert self.target is not None
            far_reader, pair.server_side = await asyncio.open_connection(*self.target, limit=1 << 18)
            async with asyncio.TaskGroup() as group:
                group.create_task(self._pump(pair, reader, pair.server_side))
                group.create_task(self._pump(pair, far_reader, writer))
        except* (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            pair.reset()
            self._pairs.discard(pair)
            self._tasks.discard(task)

    async def _pump(self, pair: _Pair, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        while data := await source.read(1 << 16):
            await self._uncut.wait()
            if pair.dead:
                continue
            sink.write(data)
            await sink.drain()
        if not pair.dead:
            with contextlib.suppress(OSError, RuntimeError):
                sink.write_eof()
