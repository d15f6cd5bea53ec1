"""What publicity hears, and what the clock asks of it."""

from typing import Any
from uuid import UUID

from contracts.records import RecordAmendedV1, RecordApprovedV1, RecordVoidedV1
from servicekit import directory
from servicekit.bus import EventHandlers
from servicekit.db import Tx
from servicekit.jobs import ScheduledJobs

from publicity.actions import cases, entries, students, terms
from publicity.deps import Deps

on_event = EventHandlers()
on_job = ScheduledJobs()


directory.register(
    on_event,
    students=("grade_title", "class_title"),
    terms=True,
    on_students=students.save_titles,
    on_moved=students.follow,
    on_term=terms.reschedule,
)


@on_event(RecordApprovedV1)
async def on_record_approved(deps: Deps, tx: Tx, event: RecordApprovedV1) -> None:
    """Keep the record as an eligible entry (JX-03)."""
    await entries.take_approved(deps, tx, event)


@on_event(RecordAmendedV1)
async def on_record_amended(deps: Deps, tx: Tx, event: RecordAmendedV1) -> None:
    """Take over the amendment that an open case asked for (JX-09)."""
    await entries.take_amended(deps, tx, event)


@on_event(RecordVoidedV1)
async def on_record_voided(deps: Deps, tx: Tx, event: RecordVoidedV1) -> None:
    """Void the record's entry."""
    await entries.take_voided(deps, tx, event)


@on_job(terms.OPEN)
async def on_opening(deps: Deps, tx: Tx, key: str, _: dict[str, Any]) -> None:
    """A publicity window opens."""
    await terms.open_publicity(deps, tx, UUID(key))


@on_job(terms.CLOSE)
async def on_closing(deps: Deps, tx: Tx, key: str, _: dict[str, Any]) -> None:
    """A publicity window closes."""
    await terms.close_publicity(deps, tx, UUID(key))


@on_job(terms.BEGINS)
async def on_stage_begins(deps: Deps, tx: Tx, key: str, _: dict[str, Any]) -> None:
    """A stage's window opens."""
    await cases.begin(deps, tx, *terms.read_case_key(key))


@on_job(terms.DEADLINE)
async def on_deadline(deps: Deps, tx: Tx, key: str, _: dict[str, Any]) -> None:
    """A stage took too long."""
    await cases.time_out(deps, tx, *terms.read_case_key(key))
