"""The dependencies of the use cases of import."""

from contextlib import AsyncExitStack
from dataclasses import dataclass

from scheme import Schemes
from servicekit.db import Database
from servicekit.directory import Directory, Term
from servicekit.downloads import Downloads
from servicekit.encryption import Sealer
from servicekit.files import Files, Storage
from servicekit.service import Deps
from servicekit.settings import Settings
from servicekit.wakeups import Wakeups

from importer.adapters.background_tasks import BackgroundTasks
from importer.adapters.registry import Registry
from importer.adapters.upload import MEDIA_TYPE, inspect
from importer.adapters.workbook import Limits
from importer.adapters.workbook.sandbox import WorkbookSandbox
from importer.settings import ImportSettings


@dataclass(kw_only=True)
class ImportDeps(Deps):
    """Schemes, uploads, and two sandboxes for workbooks, so that downloads never wait for checks."""

    schemes: Schemes
    directory: Directory[Term]
    storage: Storage
    files: Files
    downloads: Downloads
    bucket: str
    sealer: Sealer
    registry: Registry
    checking: WorkbookSandbox
    writing: WorkbookSandbox
    background: BackgroundTasks


async def make(stack: AsyncExitStack, settings: Settings, db: Database, wakeups: Wakeups) -> ImportDeps:
    """Read the schemes once; connect the storage; cancel running checks when the service ends."""
    assert isinstance(settings, ImportSettings)
    storage = Storage(settings)
    schemes = Schemes(settings.schemes)
    checking = WorkbookSandbox(Limits(rows=settings.import_max_rows), at_once=settings.checks_at_once)
    files = Files(
        db, storage, settings.import_bucket, accepted=frozenset({MEDIA_TYPE}), most=checking.limits.file, look=inspect
    )
    background = BackgroundTasks(settings.checks_at_once)
    stack.push_async_callback(background.close)
    return ImportDeps(
        settings=settings,
        db=db,
        wakeups=wakeups,
        schemes=schemes,
        directory=Directory(schemes, Term),
        storage=storage,
        files=files,
        downloads=Downloads.of(settings, db, "import", settings.s3_secret_key.get_secret_value(), storage),
        bucket=settings.import_bucket,
        sealer=Sealer(settings.seal_key.get_secret_value()),
        registry=Registry(settings.seal_key.get_secret_value()),
        checking=checking,
        writing=WorkbookSandbox(at_once=settings.templates_at_once),
        background=background,
    )
