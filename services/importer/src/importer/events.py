"""Events that import hears, and what it does by the clock. They translate; they never decide."""

from typing import Any

from contracts.archive import ArchiveBatchAppliedV1, EvaluationWithdrawnV1, EvaluationWrittenV1, TermSealedV1
from contracts.identity import (
    IdentityBatchAppliedV1,
    OrganisationCreatedV1,
    StudentMovedV1,
    StudentsEnrolledV1,
    StudentStatusChangedV1,
)
from contracts.records import RecordsBatchAppliedV1, RecordsBatchRevertedV1, TermChangedV1, TermScheduledV1
from servicekit.bus import EventHandlers
from servicekit.db import Tx
from servicekit.jobs import ScheduledJobs

from importer.actions import checking, heard
from importer.actions.batches import CHECK, UNANSWERED
from importer.deps import ImportDeps

on_event = EventHandlers()
on_job = ScheduledJobs()


@on_event(OrganisationCreatedV1)
async def on_organisation(_: ImportDeps, tx: Tx, event: OrganisationCreatedV1) -> None:
    """Places that imports are made for."""
    await heard.place(tx, event)


@on_event(StudentsEnrolledV1)
async def on_enrolled(deps: ImportDeps, tx: Tx, event: StudentsEnrolledV1) -> None:
    """Students whom rows may name."""
    await heard.students(deps, tx, event.students)


@on_event(StudentMovedV1)
async def on_moved(deps: ImportDeps, tx: Tx, event: StudentMovedV1) -> None:
    """A student's class changed."""
    await heard.students(deps, tx, (event.enrolment,))


@on_event(StudentStatusChangedV1)
async def on_status(deps: ImportDeps, tx: Tx, event: StudentStatusChangedV1) -> None:
    """Who left can no longer be named."""
    await heard.students(deps, tx, (event.enrolment,))


@on_event(TermScheduledV1)
async def on_term(_: ImportDeps, tx: Tx, event: TermScheduledV1) -> None:
    """A term with its windows and its scheme."""
    await heard.term(tx, event)


@on_event(TermChangedV1)
async def on_term_changed(_: ImportDeps, tx: Tx, event: TermChangedV1) -> None:
    """Other windows."""
    await heard.term(tx, event)


@on_event(EvaluationWrittenV1)
async def on_evaluation(_: ImportDeps, tx: Tx, event: EvaluationWrittenV1) -> None:
    """One comment less to write (JX-12)."""
    await heard.evaluation(tx, event)


@on_event(EvaluationWithdrawnV1)
async def on_evaluation_withdrawn(_: ImportDeps, tx: Tx, event: EvaluationWithdrawnV1) -> None:
    """An imported evaluation went away with its batch."""
    await heard.evaluation_withdrawn(tx, event)


@on_event(TermSealedV1)
async def on_sealed(_: ImportDeps, tx: Tx, event: TermSealedV1) -> None:
    """A term into which nothing more is imported."""
    await heard.sealed(tx, event)


@on_event(RecordsBatchRevertedV1)
async def on_reverted(_: ImportDeps, tx: Tx, event: RecordsBatchRevertedV1) -> None:
    """What an undone batch left behind (X-12)."""
    await heard.reverted(tx, event)


@on_event(IdentityBatchAppliedV1)
async def on_roster_applied(deps: ImportDeps, tx: Tx, event: IdentityBatchAppliedV1) -> None:
    """A chunk of a roster took effect."""
    await heard.took(deps, tx, "identity", event)


@on_event(RecordsBatchAppliedV1)
async def on_records_applied(deps: ImportDeps, tx: Tx, event: RecordsBatchAppliedV1) -> None:
    """A chunk of records took effect (JX-06)."""
    await heard.took(deps, tx, "records", event)


@on_event(ArchiveBatchAppliedV1)
async def on_comments_applied(deps: ImportDeps, tx: Tx, event: ArchiveBatchAppliedV1) -> None:
    """A chunk of comments took effect (JX-12)."""
    await heard.took(deps, tx, "archive", event)


@on_job(CHECK)
async def check(deps: ImportDeps, tx: Tx, key: str, payload: dict[str, Any]) -> None:
    """A workbook waits to be checked."""
    await checking.claim(deps, tx, key, payload.get("tries", 0))


@on_job(UNANSWERED)
async def unanswered(_deps: ImportDeps, tx: Tx, key: str, _: dict[str, Any]) -> None:
    """A committed batch was not answered for."""
    await heard.unanswered(tx, key)
