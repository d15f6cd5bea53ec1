"""import: templates, checked workbooks, batches that are committed and undone."""

from contextlib import AsyncExitStack

from servicekit.db import Database
from servicekit.service import Service
from servicekit.settings import Settings
from servicekit.wakeups import Wakeups

from importer import deps
from importer.actions.upkeep import purge_rows, seal_open_numbers, sweep_answers, sweep_files
from importer.api import api
from importer.deps import ImportDeps
from importer.events import on_event, on_job
from importer.settings import ImportSettings


async def make(stack: AsyncExitStack, settings: Settings, db: Database, wakeups: Wakeups) -> ImportDeps:
    """The service's Deps; registry numbers that older code stored in plain text are encrypted first."""
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
