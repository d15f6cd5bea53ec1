"""What records listens to, and what it does by the clock. Translates; decides nothing."""

from typing import Any
from uuid import UUID

from contracts.archive import CareerSealedV1
from contracts.importer import BatchUndoneV1, RecordsCommittedV1
from contracts.publicity import AmendmentRequestedV1, EntryRestoredV1, EntryVoidedV1
from servicekit import directory
from servicekit.bus import EventHandlers
from servicekit.db import Tx
from servicekit.jobs import ScheduledJobs

from records.actions import cases, evidence, imports, people, reviews
from records.actions.common import SILENCE
from records.deps import RecordsDeps

on_event = EventHandlers()
on_job = ScheduledJobs()


directory.register(on_event, organisations=True, students=("class_title", "status"), on_students=people.follow)


@on_event(RecordsCommittedV1)
async def on_batch(deps: RecordsDeps, tx: Tx, event: RecordsCommittedV1) -> None:
    """Apply the imported rows (JX-06)."""
    await imports.take_in(deps, tx, event)


@on_event(BatchUndoneV1)
async def on_undone(deps: RecordsDeps, tx: Tx, event: BatchUndoneV1) -> None:
    """Undo the import (X-12)."""
    if event.target == "records":
        await imports.take_back(deps, tx, event)


@on_event(AmendmentRequestedV1)
async def on_amendment(deps: RecordsDeps, tx: Tx, event: AmendmentRequestedV1) -> None:
    """Open the record for amendment, or close it again (JX-09)."""
    await cases.amendment_requested(deps, tx, event)


@on_event(EntryVoidedV1)
async def on_entry_voided(deps: RecordsDeps, tx: Tx, event: EntryVoidedV1) -> None:
    """Void or exclude the record, as the case decided (JX-09)."""
    await cases.entry_voided(deps, tx, event)


@on_event(EntryRestoredV1)
async def on_entry_restored(deps: RecordsDeps, tx: Tx, event: EntryRestoredV1) -> None:
    """Let the record count again (CS-11)."""
    await cases.entry_restored(deps, tx, event)


@on_event(CareerSealedV1)
async def on_career(_: RecordsDeps, tx: Tx, event: CareerSealedV1) -> None:
    """Release no misconduct of this student any more (JX-14)."""
    await people.note_career(tx, event)


@on_job(SILENCE)
async def on_silence(deps: RecordsDeps, tx: Tx, key: str, _: dict[str, Any]) -> None:
    """Nobody reviewed a record in time (SH-07)."""
    await reviews.silence(deps, tx, UUID(key))


@on_job(evidence.SWEEP)
async def on_sweep(deps: RecordsDeps, _: Tx, _key: str, _payload: dict[str, Any]) -> None:
    """Time to remove evidence that nothing holds (JX-03)."""
    await evidence.sweep(deps)


@on_job(evidence.AUDIT)
async def on_audit(deps: RecordsDeps, tx: Tx, key: str, payload: dict[str, Any]) -> None:
    """Time to compare storage with rows (JX-03)."""
    await evidence.audit(deps, tx, key, payload.get("after", ""))
