"""Pictures of the pages of stored PDFs: made in the sandbox when somebody first looks, stored, and never made twice.

A block of pages is made at once, because opening a PDF costs more than drawing a page. The pictures of an object stand below
`pages/<its key>/` in the service's own bucket.
"""

import asyncio
from dataclasses import dataclass, field

from servicekit.db import Database, Tx
from servicekit.files.inspector import Inspector
from servicekit.files.storage import Storage, StoredObject
from servicekit.inspection.inspect import PDF
from servicekit.inspection.not_accepted import NotAccepted
from servicekit.inspection.page_drawing import MOST_PAGES
from servicekit.refusals import Refusal, busy

WIDTHS = (800, 1600)
"""Pixels: a phone, and a PC."""
_BLOCK = 4
"""Pages made at once; the first page alone, so that it comes soon."""
_LEASE = 60.0
"""Seconds after which another process makes what one began and did not end."""
_WAIT = 30.0
_MOST_WAITING = 40
"""Blocks that may wait in one process; more are refused as busy."""
_WEBP = "image/webp"

type Sizes = tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class PageSet:
    """How many pages a PDF has, and the sizes in points of those that are drawn."""

    pages: int
    sizes: Sizes


@dataclass(frozen=True)
class Pages:
    """The pages of the PDFs that a service shows; `bucket` is its own."""

    db: Database
    storage: Storage
    bucket: str
    inspector: Inspector = field(default_factory=Inspector)
    _making: dict[tuple[str, int, int], "asyncio.Task[None]"] = field(default_factory=dict)

    async def measured(self, source: StoredObject) -> PageSet:
        """The pages of a PDF; `no_pages` for other files and for a PDF that cannot be opened."""
        if source.media_type != PDF:
            raise Refusal("no_pages")
        async with self.db.reading() as tx:
            row = await tx.fetchrow("SELECT pages, sizes FROM page_sets WHERE object_key = $1", source.key)
        if row is not None:
            return PageSet(row["pages"], tuple((across, down) for across, down in row["sizes"]))
        data = await self.storage.read(source.bucket, source.key)
        try:
            count, sizes = await self.inspector.measure(data)
        except NotAccepted as refused:
            raise Refusal("no_pages", detail=str(refused)) from None
        async with self.db.reading() as tx:
            await remember(tx, source.key, count, sizes)
        return PageSet(count, sizes)

    async def picture(self, source: StoredObject, number: int, width: int) -> StoredObject:
        """The picture of a page, the first being 1. `not_found`: there is no such page, or it is not drawn."""
        found = await self.measured(source)
        if not 1 <= number <= len(found.sizes):
            raise Refusal("not_found", detail=f"只显示前 {MOST_PAGES} 页，其余请下载查看" if number <= found.pages else None)
        await self._ready(source, width, _block(number))
        name = f"{source.name.rpartition('.')[0]}-{number}.webp"
        return StoredObject(self.bucket, _key(source.key, width, number), name, _WEBP, inline=True)

    async def _ready(self, source: StoredObject, width: int, block: int) -> None:
        async with self.db.reading() as tx:
            state = await tx.fetchval(
                "SELECT state FROM page_pictures WHERE object_key = $1 AND width = $2 AND block = $3", source.key, width, block
            )
        if state == "making" or state is None:
            job = (source.key, width, block)
            task = self._making.get(job)
            if task is None:
                if len(self._making) >= _MOST_WAITING:
                    raise busy()
                task = self._making[job] = asyncio.create_task(self._make(source, width, block))
                task.add_done_callback(lambda _: self._making.pop(job, None))
            await asyncio.shield(task)  # others may wait for it
        elif state == "refused":
            raise Refusal("no_pages", detail="此页无法显示，请下载后查看")

    async def _make(self, source: StoredObject, width: int, block: int) -> None:
        """Make a block, unless another process does: then wait for it."""
        if not await self._claimed(source.key, width, block):
            return
        first, last = _range(block)
        try:
            data = await self.storage.read(source.bucket, source.key)
            pictures = await self.inspector.draw(data, first, last, width)
            for number, picture in enumerate(pictures, first):
                await self.storage.write(self.bucket, _key(source.key, width, number), picture, _WEBP)
        except NotAccepted as refused:
            await self._end(source.key, width, block, "refused")
            raise Refusal("no_pages", detail=str(refused)) from None
        except BaseException:
            async with self.db.reading() as tx:
                await tx.execute(
                    "DELETE FROM page_pictures WHERE object_key = $1 AND width = $2 AND block = $3 AND state = 'making'",
                    source.key, width, block,
                )  # fmt: skip
            raise
        await self._end(source.key, width, block, "ready")

    async def _claimed(self, key: str, width: int, block: int) -> bool:
        """True: this process makes it. False: another one has made it. Raises `busy` where that takes too long."""
        for _ in range(int(_WAIT / 0.3)):
            async with self.db.reading() as tx:
                mine = await tx.fetchval(
                    "INSERT INTO page_pictures AS p (object_key, width, block, state, claimed_until) "
                    "VALUES ($1, $2, $3, 'making', now() + make_interval(secs => $4)) "
                    "ON CONFLICT (object_key, width, block) DO UPDATE SET claimed_until = excluded.claimed_until "
                    "WHERE p.state = 'making' AND p.claimed_until < now() RETURNING true",
                    key, width, block, _LEASE,
                )  # fmt: skip
                if mine:
                    return True
                state = await tx.fetchval(
                    "SELECT state FROM page_pictures WHERE object_key = $1 AND width = $2 AND block = $3", key, width, block
                )
            if state == "ready":
                return False
            if state == "refused":
                raise Refusal("no_pages", detail="此页无法显示，请下载后查看")
            await asyncio.sleep(0.3)
        raise busy()

    async def _end(self, key: str, width: int, block: int, state: str) -> None:
        async with self.db.reading() as tx:
            await tx.execute(
                "UPDATE page_pictures SET state = $4, claimed_until = NULL "
                "WHERE object_key = $1 AND width = $2 AND block = $3",
                key, width, block, state,
            )  # fmt: skip

    async def forget(self, tx: Tx, key: str) -> None:
        """Delete the pictures of an object that is deleted."""
        await tx.execute("DELETE FROM page_sets WHERE object_key = $1", key)
        await self._drop_pictures(tx, key)

    async def rename(self, tx: Tx, key: str, new: str) -> None:
        """An object gets another key. Its pictures are deleted: their dates would tell when somebody looked (L-17)."""
        await tx.execute("UPDATE page_sets SET object_key = $2 WHERE object_key = $1", key, new)
        await self._drop_pictures(tx, key)

    async def _drop_pictures(self, tx: Tx, key: str) -> None:
        rows = await tx.fetch("DELETE FROM page_pictures WHERE object_key = $1 RETURNING width, block", key)
        for row in rows:
            first, last = _range(row["block"])
            for number in range(first, last + 1):
                await self.storage.remove(self.bucket, _key(key, row["width"], number))


async def remember(tx: Tx, key: str, pages: int, sizes: Sizes) -> None:
    """Store the pages of a PDF."""
    await tx.execute(
        "INSERT INTO page_sets (object_key, pages, sizes) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING", key, pages, list(sizes)
    )


def source_of(key: str) -> str:
    """The key of the PDF of a picture's key."""
    return key.removeprefix("pages/").rpartition("/")[0]


def _key(source: str, width: int, number: int) -> str:
    return f"pages/{source}/{width}-{number}.webp"


def _block(number: int) -> int:
    """Block 0 is page 1, block 1 are the pages 2 to 5, and so on."""
    return 0 if number == 1 else (number - 2) // _BLOCK + 1


def _range(block: int) -> tuple[int, int]:
    """First and last page of a block."""
    return (1, 1) if block == 0 else (2 + (block - 1) * _BLOCK, 1 + block * _BLOCK)
