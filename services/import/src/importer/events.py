"""Facts that import hears, and what it does by the clock. They translate; they never decide."""

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
from servicekit.bus import Hears
from servicekit.db import Tx
from servicekit.due import Due

from importer.actions import checking, heard
from importer.actions.batches import CHECK, UNANSWERED
from importer.deps import ImportDeps

hears = Hears()
due = Due()


@hears(OrganisationCreatedV1)
async def on_organisation(_: ImportDeps, tx: Tx, fact: OrganisationCreatedV1) -> None:
    """Places that imports are made for."""
    await heard.place(tx, fact)


@hears(StudentsEnrolledV1)
async def on_enrolled(deps: ImportDeps, tx: Tx, fact: StudentsEnrolledV1) -> None:
    """Students whom rows may name."""
    await heard.students(deps, tx, fact.students)


@hears(StudentMovedV1)
async def on_moved(deps: ImportDeps, tx: Tx, fact: StudentMovedV1) -> None:
    """A student's class changed."""
    await heard.students(deps, tx, (fact.enrolment,))


@hears(StudentStatusChangedV1)
async def on_status(deps: ImportDeps, tx: Tx, fact: StudentStatusChangedV1) -> None:
    """Who left can no longer be named."""
    await heard.students(deps, tx, (fact.enrolment,))


@hears(TermScheduledV1)
async def on_term(_: ImportDeps, tx: Tx, fact: TermScheduledV1) -> None:
    """A term with its windows and its scheme."""
    await heard.term(tx, fact)


@hears(TermChangedV1)
async def on_term_changed(_: ImportDeps, tx: Tx, fact: TermChangedV1) -> None:
    """Other windows."""
    await heard.term(tx, fact)


@hears(EvaluationWrittenV1)
async def on_evaluation(_: ImportDeps, tx: Tx, fact: EvaluationWrittenV1) -> None:
    """One comment less to write (JX-12)."""
    await heard.evaluation(tx, fact)


@hears(EvaluationWithdrawnV1)
async def on_evaluation_withdrawn(_: ImportDeps, tx: Tx, fact: EvaluationWithdrawnV1) -> None:
    """An imported evaluation went away with its batch."""
    await heard.evaluation_withdrawn(tx, fact)


@hears(TermSealedV1)
async def on_sealed(_: ImportDeps, tx: Tx, fact: TermSealedV1) -> None:
    """A term into which nothing more is imported."""
    await heard.sealed(tx, fact)


@hears(RecordsBatchRevertedV1)
async def on_reverted(_: ImportDeps, tx: Tx, fact: RecordsBatchRevertedV1) -> None:
    """What an undone batch left behind (X-12)."""
    await heard.reverted(tx, fact)


@hears(IdentityBatchAppliedV1)
async def on_roster_applied(deps: ImportDeps, tx: Tx, fact: IdentityBatchAppliedV1) -> None:
    """A chunk of a roster took effect."""
    await heard.took(deps, tx, "identity", fact)


@hears(RecordsBatchAppliedV1)
async def on_records_applied(deps: ImportDeps, tx: Tx, fact: RecordsBatchAppliedV1) -> None:
    """A chunk of records took effect (JX-06)."""
    await heard.took(deps, tx, "records", fact)


@hears(ArchiveBatchAppliedV1)
async def on_comments_applied(deps: ImportDeps, tx: Tx, fact: ArchiveBatchAppliedV1) -> None:
    """A chunk of comments took effect (JX-12)."""
    await heard.took(deps, tx, "archive", fact)


@due(CHECK)
async def check(deps: ImportDeps, tx: Tx, key: str, payload: dict[str, Any]) -> None:
    """A workbook waits to be checked."""
    await checking.claim(deps, tx, key, payload.get("tries", 0))


@due(UNANSWERED)
async def unanswered(_deps: ImportDeps, tx: Tx, key: str, _: dict[str, Any]) -> None:
    """A committed batch was not answered for."""
    await heard.unanswered(tx, key)
