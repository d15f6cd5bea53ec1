"""The data folder of a run: a temporary one, or one that is kept."""

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from stack.parts import system_user


@asynccontextmanager
async def data_folder(keep: Path | None) -> AsyncIterator[Path]:
    """An empty folder that PostgreSQL's system user may enter."""
    path = await asyncio.to_thread(_make, keep)
    try:
        yield path
    finally:
        if keep is None:
            for gone in {path, system_user.reachable_folder(path / "postgres")}:
                await asyncio.to_thread(shutil.rmtree, gone, ignore_errors=True)


def _make(keep: Path | None) -> Path:
    if keep is None:
        path = Path(tempfile.mkdtemp(prefix="zp-chaos-"))
    else:
        path = keep.resolve()
        path.mkdir(parents=True, exist_ok=True)
        for old in {path, system_user.reachable_folder(path / "postgres")}:
            shutil.rmtree(old, ignore_errors=True)
        path.mkdir(parents=True)
    path.chmod(0o711)
    return path
