"""The service publicity."""

from servicekit import counters
from servicekit.service import Service

from publicity.actions.cases import seal_old
from publicity.api import api
from publicity.deps import make
from publicity.events import on_event, on_job
from publicity.settings import PublicitySettings

SERVICE = Service(
    "publicity",
    title="Publicity: may everyone see it, does anyone object",
    api=api,
    events=on_event,
    jobs=on_job,
    settings=PublicitySettings,
    make=make,
    package="publicity",
    chores=(lambda deps: deps.files.sweep(), seal_old, counters.plan),
)
