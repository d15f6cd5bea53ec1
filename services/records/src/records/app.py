"""records: what happened. Terms, reported and imported records with their evidence and review, positions."""

from servicekit.service import Service

from records.api import api
from records.deps import RecordsDeps, make
from records.events import due, hears
from records.settings import RecordsSettings


async def sweep_files(deps: RecordsDeps) -> None:
    """Evidence that nothing holds goes."""
    await deps.files.sweep()


SERVICE = Service(
    "records",
    title="写实记录",
    api=api,
    hears=hears,
    due=due,
    settings=RecordsSettings,
    make=make,
    package="records",
    chores=(sweep_files,),
)
