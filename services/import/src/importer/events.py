"""The events that import consumes, and its scheduled jobs. They translate; they never decide."""

from typing import Any

from contracts.archive import (
    ArchiveBatchAppliedV1,
    ArchiveBatchCheckedV1,
    ArchiveBatchRevertedV1,
    EvaluationWithdrawnV1,
    EvaluationWrittenV1,
    TermSealedV1,
)
from contracts.base import BatchApplied, BatchChecked, BatchReverted
from contracts.identity import IdentityBatchAppliedV1, IdentityBatchCheckedV1, IdentityBatchRevertedV1
from contracts.records import RecordsBatchAppliedV1, RecordsBatchCheckedV1, RecordsBatchRevertedV1
from servicekit import directory
from servicekit.bus import EventHandlers
from servicekit.db import Tx
from servicekit.jobs import ScheduledJobs

from importer.actions import asking, checking, projections
from importer.actions.asking import CHECK, NOT_CHECKED, UNANSWERED
from importer.deps import ImportDeps
from importer.store import reference_data

on_event = EventHandlers()
on_job = ScheduledJobs()


directory.register(
    on_event, organisations=True, students=("class_title", "status"), terms=True, on_students=projections.save_numbers
)


@on_event(EvaluationWrittenV1)
async def on_evaluation(_: ImportDeps, tx: Tx, event: EvaluationWrittenV1) -> None:
    """List the student no longer as one without this evaluation (JX-12)."""
    await reference_data.add_evaluation(tx, event.term_id, event.student_id, event.evaluation_type)


@on_event(EvaluationWithdrawnV1)
async def on_evaluation_withdrawn(_: ImportDeps, tx: Tx, event: EvaluationWithdrawnV1) -> None:
    """List the student again as one without this evaluation."""
    await reference_data.remove_evaluation(tx, event.term_id, event.student_id, event.evaluation_type)


@on_event(TermSealedV1)
async def on_sealed(_: ImportDeps, tx: Tx, event: TermSealedV1) -> None:
    """Import nothing more into the term."""
    await reference_data.set_sealed(tx, event.term_id)


async def on_import_undone(_: ImportDeps, tx: Tx, event: BatchReverted) -> None:
    """Record what was removed and restored, and list the rows that stay (X-12)."""
    await projections.import_undone(tx, event)


async def on_batch_applied(deps: ImportDeps, tx: Tx, event: BatchApplied) -> None:
    """Count the chunk of the import as applied."""
    await projections.chunk_applied(deps, tx, event)


async def on_batch_checked(deps: ImportDeps, tx: Tx, event: BatchChecked) -> None:
    """Store an answer to a check; the last one ends the dry run, or commits the batch (L-10)."""
    await projections.batch_checked(deps, tx, event)


for _applied in (IdentityBatchAppliedV1, RecordsBatchAppliedV1, ArchiveBatchAppliedV1):
    on_event(_applied)(on_batch_applied)
for _checked in (IdentityBatchCheckedV1, RecordsBatchCheckedV1, ArchiveBatchCheckedV1):
    on_event(_checked)(on_batch_checked)
for _reverted in (IdentityBatchRevertedV1, RecordsBatchRevertedV1, ArchiveBatchRevertedV1):
    on_event(_reverted)(on_import_undone)


@on_job(CHECK)
async def check(deps: ImportDeps, tx: Tx, key: str, payload: dict[str, Any]) -> None:
    """Check a workbook."""
    await checking.claim(deps, tx, key, payload.get("tries", 0))


@on_job(NOT_CHECKED)
async def not_checked(deps: ImportDeps, tx: Tx, key: str, payload: dict[str, Any]) -> None:
    """Give up a check that the receiving service does not answer."""
    await asking.not_checked(deps, tx, key, payload["attempt"])


@on_job(UNANSWERED)
async def unanswered(_deps: ImportDeps, tx: Tx, key: str, _: dict[str, Any]) -> None:
    """Give up a committed batch for which no answer came."""
    await projections.unanswered(tx, key)
