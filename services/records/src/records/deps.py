"""The dependencies of the use cases of records."""

from contextlib import AsyncExitStack
from dataclasses import dataclass

from scheme import Schemes
from servicekit.db import Database
from servicekit.directory import Directory
from servicekit.downloads import Downloads
from servicekit.files import Files, Storage
from servicekit.service import Deps
from servicekit.settings import Settings
from servicekit.wakeups import Wakeups

from records.domain.term import Term
from records.settings import RecordsSettings
from records.store.switches import SwitchDirectory


@dataclass(kw_only=True)
class RecordsDeps(Deps):
    """The dependencies of every service, the schemes, the directory, and the evidence files."""

    schemes: Schemes
    directory: Directory[Term]
    storage: Storage
    files: Files
    downloads: Downloads


async def make(stack: AsyncExitStack, settings: Settings, db: Database, wakeups: Wakeups) -> RecordsDeps:
    """Read the schemes and connect to object storage."""
    assert isinstance(settings, RecordsSettings)
    storage = Storage(settings)
    schemes = Schemes(settings.schemes)
    files = Files(db, storage, settings.evidence_bucket, settings.public_bucket)
    stack.push_async_callback(files.close)
    return RecordsDeps(
        settings=settings,
        db=db,
        wakeups=wakeups,
        schemes=schemes,
        directory=SwitchDirectory(schemes, Term),
        storage=storage,
        files=files,
        downloads=Downloads.of(settings, db, "records", settings.s3_secret_key.get_secret_value(), storage),
    )
