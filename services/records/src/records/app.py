"""The records service: terms, reported and imported records with evidence and review, positions."""

from servicekit import counters
from servicekit.service import Service

from records.actions.evidence import plan_upkeep
from records.actions.progress import plan_counting
from records.api import api
from records.deps import make
from records.events import on_event, on_job
from records.settings import RecordsSettings

SERVICE = Service(
    "records",
    title="写实记录",
    api=api,
    events=on_event,
    jobs=on_job,
    settings=RecordsSettings,
    make=make,
    package="records",
    chores=(plan_upkeep, plan_counting, counters.plan),
)
