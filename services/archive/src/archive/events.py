"""Events in, and what the clock brings: translated, never decided here.

Amendments of records are not heard: what was amended comes as publicity cleared it, after its review (JX-09).
"""

from typing import Any

from contracts.importer import BatchUndoneV1, EvaluationsCommittedV1
from contracts.publicity import (
    CaseClosedV2,
    CaseOpenedV2,
    EntriesClearedV1,
    EntryRestoredV1,
    EntryVoidedV1,
    PublicityClosedV1,
)
from contracts.records import (
    MisconductReleasedV1,
    PositionApprovedV1,
    RecordApprovedV1,
    RecordVoidedV1,
)
from servicekit import directory
from servicekit.bus import EventHandlers
from servicekit.db import Tx
from servicekit.jobs import ScheduledJobs

from archive.actions import evaluations, hear, steps
from archive.actions.sealing import PLACE, PRINT, WRITE
from archive.deps import ArchiveDeps
from archive.store import heard

on_event = EventHandlers()
on_job = ScheduledJobs()


directory.register(
    on_event,
    organisations=True,
    students=("school_title", "grade_title", "class_title", "status", "sex", "registry_number"),
    terms=True,
    on_term=hear.begin_term,
)


@on_event(RecordApprovedV1)
async def on_approved(deps: ArchiveDeps, tx: Tx, event: RecordApprovedV1) -> None:
    """Collect the record for the term archive, where its kind skips publicity."""
    await hear.record_approved(deps, tx, event)


@on_event(RecordVoidedV1)
async def on_record_voided(_: ArchiveDeps, tx: Tx, event: RecordVoidedV1) -> None:
    """Take the record out of what will be archived."""
    await heard.remove(tx, event.record_id, "voided")


@on_event(MisconductReleasedV1)
async def on_released(_: ArchiveDeps, tx: Tx, event: MisconductReleasedV1) -> None:
    """Keep the release with the misconduct record (JX-14)."""
    await hear.misconduct_released(tx, event)


@on_event(PositionApprovedV1)
async def on_position(_: ArchiveDeps, tx: Tx, event: PositionApprovedV1) -> None:
    """Collect the position for the archive (JX-11)."""
    await heard.save_position(tx, event)


@on_event(EntriesClearedV1)
async def on_cleared(deps: ArchiveDeps, tx: Tx, event: EntriesClearedV1) -> None:
    """Collect the cleared entries for the term archive (JX-13)."""
    await hear.entries_cleared(deps, tx, event)


@on_event(EntryVoidedV1)
async def on_entry_voided(_: ArchiveDeps, tx: Tx, event: EntryVoidedV1) -> None:
    """Take the record out of what will be archived."""
    await heard.remove(tx, event.record_id, "voided" if event.outcome == "void" else "excluded")


@on_event(EntryRestoredV1)
async def on_entry_restored(_: ArchiveDeps, tx: Tx, event: EntryRestoredV1) -> None:
    """Put the record back into what will be archived (CS-11)."""
    await heard.restore(tx, event.record_id)


@on_event(PublicityClosedV1)
async def on_publicity_closed(_: ArchiveDeps, tx: Tx, event: PublicityClosedV1) -> None:
    """Remember that publicity is over: the term may be sealed once no case is open."""
    await hear.publicity_closed(tx, event)


@on_event(CaseOpenedV2)
async def on_case_opened(_: ArchiveDeps, tx: Tx, event: CaseOpenedV2) -> None:
    """Hold back the sealing of the term until the case is closed."""
    await heard.open_case(tx, event.case_id, event.term_id, event.record_id)


@on_event(CaseClosedV2)
async def on_case_closed(_: ArchiveDeps, tx: Tx, event: CaseClosedV2) -> None:
    """End what the open case held back."""
    await heard.close_case(tx, event.case_id, event.term_id, event.record_id, event.outcome, event.at)


@on_event(EvaluationsCommittedV1)
async def on_batch(deps: ArchiveDeps, tx: Tx, event: EvaluationsCommittedV1) -> None:
    """Write the imported comments (JX-12)."""
    await evaluations.take_batch(deps, tx, event)


@on_event(BatchUndoneV1)
async def on_undone(_: ArchiveDeps, tx: Tx, event: BatchUndoneV1) -> None:
    """Delete the imported comments of the batch (X-12)."""
    if event.target == "archive":
        await evaluations.undo_batch(tx, event.batch_id)


@on_job(WRITE)
async def on_write(deps: ArchiveDeps, tx: Tx, key: str, _payload: dict[str, Any]) -> None:
    await steps.write(deps, tx, key)


@on_job(PLACE)
async def on_place(deps: ArchiveDeps, tx: Tx, key: str, _payload: dict[str, Any]) -> None:
    await steps.place(deps, tx, key)


@on_job(PRINT)
async def on_print(deps: ArchiveDeps, tx: Tx, key: str, _payload: dict[str, Any]) -> None:
    await steps.print_chunk(deps, tx, key)
