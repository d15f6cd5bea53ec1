"""Events that import hears, and what it does by the clock. They translate; they never decide."""

from typing import Any

from contracts.archive import ArchiveBatchAppliedV1, EvaluationWithdrawnV1, EvaluationWrittenV1, TermSealedV1
from contracts.identity import IdentityBatchAppliedV1
from contracts.records import RecordsBatchAppliedV1, RecordsBatchRevertedV1
from servicekit import directory
from servicekit.bus import EventHandlers
from servicekit.db import Tx
from servicekit.jobs import ScheduledJobs

from importer.actions import checking, heard
from importer.actions.batches import CHECK, UNANSWERED
from importer.deps import ImportDeps

on_event = EventHandlers()
on_job = ScheduledJobs()


directory.register(on_event, organisations=True, students=("class_title", "status"), terms=True, on_students=heard.save_numbers)


@on_event(EvaluationWrittenV1)
async def on_evaluation(_: ImportDeps, tx: Tx, event: EvaluationWrittenV1) -> None:
    """List the student no longer as one without this evaluation (JX-12)."""
    await heard.evaluation(tx, event)


@on_event(EvaluationWithdrawnV1)
async def on_evaluation_withdrawn(_: ImportDeps, tx: Tx, event: EvaluationWithdrawnV1) -> None:
    """List the student again as one without this evaluation."""
    await heard.evaluation_withdrawn(tx, event)


@on_event(TermSealedV1)
async def on_sealed(_: ImportDeps, tx: Tx, event: TermSealedV1) -> None:
    """Import nothing more into the term."""
    await heard.sealed(tx, event)


@on_event(RecordsBatchRevertedV1)
async def on_reverted(_: ImportDeps, tx: Tx, event: RecordsBatchRevertedV1) -> None:
    """Keep what could not be undone (X-12)."""
    await heard.reverted(tx, event)


@on_event(IdentityBatchAppliedV1)
async def on_roster_applied(deps: ImportDeps, tx: Tx, event: IdentityBatchAppliedV1) -> None:
    """Count the chunk of the roster as applied."""
    await heard.took(deps, tx, "identity", event)


@on_event(RecordsBatchAppliedV1)
async def on_records_applied(deps: ImportDeps, tx: Tx, event: RecordsBatchAppliedV1) -> None:
    """Count the chunk of records as applied (JX-06)."""
    await heard.took(deps, tx, "records", event)


@on_event(ArchiveBatchAppliedV1)
async def on_comments_applied(deps: ImportDeps, tx: Tx, event: ArchiveBatchAppliedV1) -> None:
    """Count the chunk of comments as applied (JX-12)."""
    await heard.took(deps, tx, "archive", event)


@on_job(CHECK)
async def check(deps: ImportDeps, tx: Tx, key: str, payload: dict[str, Any]) -> None:
    """A workbook waits to be checked."""
    await checking.claim(deps, tx, key, payload.get("tries", 0))


@on_job(UNANSWERED)
async def unanswered(_deps: ImportDeps, tx: Tx, key: str, _: dict[str, Any]) -> None:
    """A committed batch was not answered for."""
    await heard.unanswered(tx, key)
