"""import: many rows at once. Templates, workbooks checked and answered, batches committed, undone and followed."""

from contextlib import AsyncExitStack

from servicekit.db import Database
from servicekit.service import Service
from servicekit.settings import Settings
from servicekit.wakeups import Wakeups

from importer import deps
from importer.actions.sealing import seal_open_numbers
from importer.actions.upkeep import purge_rows, sweep_answers, sweep_files
from importer.api import api
from importer.deps import ImportDeps
from importer.events import on_event, on_job
from importer.settings import ImportSettings


async def make(stack: AsyncExitStack, settings: Settings, db: Database, wakeups: Wakeups) -> ImportDeps:
    """The service's Deps; registry numbers kept openly by older code are sealed first."""
    made = await deps.make(stack, settings, db, wakeups)
    await seal_open_numbers(made)
    return made


SERVICE = Service(
    "importer",
    title="批量导入",
    api=api,
    events=on_event,
    jobs=on_job,
    settings=ImportSettings,
    make=make,
    package="importer",
    chores=(sweep_files, sweep_answers, purge_rows),
)
