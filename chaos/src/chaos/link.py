"""One way between two parts, through a port of ours that can be cut. TCP only; nothing is read or changed."""

import asyncio
import contextlib
from enum import StrEnum
from urllib.parse import urlsplit, urlunsplit

from stack import ports


class Cut(StrEnum):
    """How a way is cut off."""

    REFUSE = "refuse"
    """Connections end with a reset; new ones are refused."""
    HOLE = "hole"
    """Bytes go nowhere, new connections hang; at the end all that were open are reset."""
    DEAD = "dead"
    """As `hole`, but open connections stay silent for ever, as behind a firewall that forgot them."""


class _Pair:
    """A connection to us and the one that we made for it."""

    def __init__(self, near: asyncio.StreamWriter) -> None:
        self.near = near
        self.far: asyncio.StreamWriter | None = None
        self.dead = False

    def reset(self) -> None:
        for writer in (self.near, self.far):
            if writer is not None:
                writer.transport.abort()


class Link:
    """A port on loopback that leads to `target`. Open it before anybody is told its URL."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.port = 0
        self.target: tuple[str, int] | None = None
        self._server: asyncio.Server | None = None
        self._pairs: set[_Pair] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._clear = asyncio.Event()
        self._clear.set()

    async def open(self, taken: frozenset[int]) -> None:
        """Listen on a free port that is not among the `taken` ones."""
        self.port = ports.pick(taken=taken)
        await self._listen()

    async def _listen(self) -> None:
        self._server = await asyncio.start_server(self._on_connection, ports.LOOPBACK, self.port, limit=1 << 18)

    async def close(self) -> None:
        """Stop, and end what is under way."""
        await self._refuse()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def lead(self, url: str) -> str:
        """Lead to where `url` points; returns the same URL with our port in it."""
        parts = urlsplit(url)
        assert parts.hostname is not None
        assert parts.port is not None
        self.target = (parts.hostname, parts.port)
        who, at, _ = parts.netloc.rpartition("@")
        return urlunsplit(parts._replace(netloc=f"{who}{at}{ports.LOOPBACK}:{self.port}"))

    async def cut(self, how: Cut) -> None:
        """Cut it off until `mend`."""
        if how is Cut.REFUSE:
            await self._refuse()
            return
        self._clear.clear()
        for pair in self._pairs:
            pair.dead = how is Cut.DEAD

    async def mend(self) -> None:
        """Let connections through again."""
        if not self._clear.is_set():
            for pair in self._pairs:
                if not pair.dead:
                    pair.reset()
            self._clear.set()
        if self._server is None:
            await self._listen()

    async def _refuse(self) -> None:
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
            await self._clear.wait()
            assert self.target is not None
            far_reader, pair.far = await asyncio.open_connection(*self.target, limit=1 << 18)
            async with asyncio.TaskGroup() as group:
                group.create_task(self._pump(pair, reader, pair.far))
                group.create_task(self._pump(pair, far_reader, writer))
        except* (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            pair.reset()
            self._pairs.discard(pair)
            self._tasks.discard(task)

    async def _pump(self, pair: _Pair, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        while data := await source.read(1 << 16):
            await self._clear.wait()
            if pair.dead:
                continue
            sink.write(data)
            await sink.drain()
        if not pair.dead:
            with contextlib.suppress(OSError, RuntimeError):
                sink.write_eof()
