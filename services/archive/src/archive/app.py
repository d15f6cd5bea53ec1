"""archive, wired."""

from servicekit import counters
from servicekit.service import Service

from archive.actions import handbook_runs, reports
from archive.api import api
from archive.deps import ArchiveDeps
from archive.events import on_event, on_job
from archive.settings import ArchiveSettings

SERVICE = Service(
    "archive",
    title="综评 档案",
    api=api,
    events=on_event,
    jobs=on_job,
    settings=ArchiveSettings,
    make=ArchiveDeps.make,
    package="archive",
    chores=(lambda deps: deps.files.sweep(), reports.sweep, handbook_runs.sweep, counters.plan),
)
