"""What use cases of publicity are given: the directory, the storage, and the files that come with cases."""

import asyncio
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any

from cachetools import LRUCache
from scheme import Schemes
from servicekit.db import Database
from servicekit.directory import Directory
from servicekit.files import Files, Storage
from servicekit.service import Deps as KitDeps
from servicekit.wakeups import Wakeups

from publicity.adapters.sealing import Seals
from publicity.domain.terms import Term


@dataclass(kw_only=True)
class Deps(KitDeps):
    """What every service has, and more."""

    storage: Storage
    files: Files
    seals: Seals
    directory: Directory[Term]
    items: LRUCache[Any, Any]
    """Views of the board's entries, by all that they are made of."""


async def make(stack: AsyncExitStack, settings: Any, db: Database, wakeups: Wakeups) -> Deps:
    """Read the schemes and take the storage's keys."""
    schemes = await asyncio.to_thread(Schemes, settings.schemes)
    storage = Storage(settings)
    files = Files(db, storage, settings.case_bucket)
    stack.push_async_callback(files.close)
    return Deps(
        settings, db, wakeups, storage=storage, files=files, seals=Seals(settings),
        directory=Directory(schemes, Term), items=LRUCache(3000),
    )  # fmt: skip
