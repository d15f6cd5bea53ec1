"""import: many rows at once. Templates, workbooks checked and answered, batches committed, undone and followed."""

from servicekit.service import Service

from importer.actions.upkeep import purge_rows, sweep_answers, sweep_files
from importer.api import api
from importer.deps import make
from importer.events import due, hears
from importer.settings import ImportSettings

SERVICE = Service(
    "importer",
    title="批量导入",
    api=api,
    hears=hears,
    due=due,
    settings=ImportSettings,
    make=make,
    package="importer",
    chores=(sweep_files, sweep_answers, purge_rows),
)
