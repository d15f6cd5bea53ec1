"""ZIPs that are made while they are sent."""

import asyncio
import io
import zipfile
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
from archive.adapters.zips import Member, zip_chunks
from stream_zip import ZIP_32

MORE_THAN_THREADS = 40


@pytest.mark.feature("BJ-09")
async def test_many_downloads_at_once_do_not_wait_for_each_other_for_ever() -> None:
    async def members() -> AsyncIterator[Member]:
        for number in range(3):
            data = await asyncio.to_thread(lambda at=number: bytes([65 + at]) * 1000)

            async def one(data: bytes = data) -> AsyncIterator[bytes]:
                yield data

            yield f"{number}.txt", datetime(2026, 11, 30, tzinfo=UTC), 0o644, ZIP_32, one()

    async def whole() -> bytes:
        return b"".join([chunk async for chunk in zip_chunks(members())])

    async with asyncio.timeout(20):
        made = await asyncio.gather(*(whole() for _ in range(MORE_THAN_THREADS)))
    for content in made:
        with zipfile.ZipFile(io.BytesIO(content)) as book:
            assert [book.read(name)[:1] for name in book.namelist()] == [b"A", b"B", b"C"]
