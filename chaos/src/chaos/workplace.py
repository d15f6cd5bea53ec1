"""Where a run keeps its data: a temporary folder that goes away, or one that is kept."""

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from stack.parts import system_user


@asynccontextmanager
async def folder(keep: Path | None) -> AsyncIterator[Path]:
    """An empty folder that PostgreSQL's own user can pass through."""
    place = await asyncio.to_thread(_make, keep)
    try:
        yield place
    finally:
        if keep is None:
            for gone in {place, system_user.reachable_folder(place / "postgres")}:
                await asyncio.to_thread(shutil.rmtree, gone, ignore_errors=True)


def _make(keep: Path | None) -> Path:
    if keep is None:
        place = Path(tempfile.mkdtemp(prefix="zp-chaos-"))
    else:
        place = keep.resolve()
        place.mkdir(parents=True, exist_ok=True)
        for old in {place, system_user.reachable_folder(place / "postgres")}:
            shutil.rmtree(old, ignore_errors=True)
        place.mkdir(parents=True)
    place.chmod(0o711)
    return place
