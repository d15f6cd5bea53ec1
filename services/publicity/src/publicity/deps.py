"""Dependencies of the use cases: directory, storage, files of cases, encryption of complainants, and a cache."""

import asyncio
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from cachetools import LRUCache
from scheme import Schemes
from servicekit.db import Database
from servicekit.directory import Directory
from servicekit.downloads import Downloads
from servicekit.files import Files, Storage
from servicekit.service import Deps as KitDeps
from servicekit.wakeups import Wakeups

from publicity.adapters.complainants import ComplainantSealer
from publicity.domain.terms import Term


@dataclass(kw_only=True)
class Deps(KitDeps):
    """Those of every service, and publicity's own."""

    storage: Storage
    files: Files
    downloads: Downloads
    complainants: ComplainantSealer
    directory: Directory[Term]
    items: LRUCache[Any, Any]
    """Views of board entries, by `results.cache_key`."""

    def pseudonymous(self, account_id: UUID) -> UUID:
        """Stands for the account in rows of files and of idempotency keys."""
        return self.complainants.owner_of(account_id)


async def make(stack: AsyncExitStack, settings: Any, db: Database, wakeups: Wakeups) -> Deps:
    """Read the schemes and open the storage."""
    schemes = await asyncio.to_thread(Schemes, settings.schemes)
    storage = Storage(settings)
    files = Files(db, storage, settings.case_bucket, keep_proof=False, timeless=True)
    stack.push_async_callback(files.close)
    return Deps(
        settings,
        db,
        wakeups,
        storage=storage,
        files=files,
        downloads=Downloads.of(settings, db, "publicity", settings.s3_secret_key.get_secret_value(), storage),
        complainants=ComplainantSealer(settings),
        directory=Directory(schemes, Term),
        items=LRUCache(3000),
    )
