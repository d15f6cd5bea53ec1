"""Facts in, and what the clock brings: translated, never decided here.

Amendments of records are not heard: what was amended comes as publicity cleared it, after its review (JX-09).
"""

from typing import Any

from contracts.identity import (
    OrganisationCreatedV1,
    StudentMovedV1,
    StudentsEnrolledV1,
    StudentStatusChangedV1,
)
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
    TermChangedV1,
    TermScheduledV1,
)
from servicekit.bus import Hears
from servicekit.db import Tx
from servicekit.due import Due

from archive.actions import evaluations, hear, steps
from archive.actions.sealing import PLACE, PRINT, WRITE
from archive.deps import ArchiveDeps
from archive.store import heard

hears = Hears()
due = Due()


@hears(OrganisationCreatedV1)
async def on_organisation(_: ArchiveDeps, tx: Tx, fact: OrganisationCreatedV1) -> None:
    await heard.save_organisation(tx, fact)


@hears(StudentsEnrolledV1)
async def on_enrolled(_: ArchiveDeps, tx: Tx, fact: StudentsEnrolledV1) -> None:
    await heard.save_students(tx, fact.students)


@hears(StudentMovedV1)
async def on_moved(_: ArchiveDeps, tx: Tx, fact: StudentMovedV1) -> None:
    await heard.save_students(tx, [fact.enrolment])


@hears(StudentStatusChangedV1)
async def on_status(_: ArchiveDeps, tx: Tx, fact: StudentStatusChangedV1) -> None:
    await heard.save_students(tx, [fact.enrolment])


@hears(TermScheduledV1)
async def on_scheduled(_: ArchiveDeps, tx: Tx, fact: TermScheduledV1) -> None:
    await heard.save_term(tx, fact)


@hears(TermChangedV1)
async def on_changed(_: ArchiveDeps, tx: Tx, fact: TermChangedV1) -> None:
    await heard.save_term(tx, fact)


@hears(RecordApprovedV1)
async def on_approved(deps: ArchiveDeps, tx: Tx, fact: RecordApprovedV1) -> None:
    await hear.record_approved(deps, tx, fact)


@hears(RecordVoidedV1)
async def on_record_voided(_: ArchiveDeps, tx: Tx, fact: RecordVoidedV1) -> None:
    await heard.remove(tx, fact.record_id, "voided")


@hears(MisconductReleasedV1)
async def on_released(_: ArchiveDeps, tx: Tx, fact: MisconductReleasedV1) -> None:
    await hear.misconduct_released(tx, fact)


@hears(PositionApprovedV1)
async def on_position(_: ArchiveDeps, tx: Tx, fact: PositionApprovedV1) -> None:
    await heard.save_position(tx, fact)


@hears(EntriesClearedV1)
async def on_cleared(deps: ArchiveDeps, tx: Tx, fact: EntriesClearedV1) -> None:
    await hear.entries_cleared(deps, tx, fact)


@hears(EntryVoidedV1)
async def on_entry_voided(_: ArchiveDeps, tx: Tx, fact: EntryVoidedV1) -> None:
    await heard.remove(tx, fact.record_id, "voided" if fact.outcome == "void" else "excluded")


@hears(EntryRestoredV1)
async def on_entry_restored(_: ArchiveDeps, tx: Tx, fact: EntryRestoredV1) -> None:
    await heard.restore(tx, fact.record_id)


@hears(PublicityClosedV1)
async def on_publicity_closed(_: ArchiveDeps, tx: Tx, fact: PublicityClosedV1) -> None:
    await hear.publicity_closed(tx, fact)


@hears(CaseOpenedV2)
async def on_case_opened(_: ArchiveDeps, tx: Tx, fact: CaseOpenedV2) -> None:
    await heard.open_case(tx, fact.case_id, fact.term_id, fact.record_id)


@hears(CaseClosedV2)
async def on_case_closed(_: ArchiveDeps, tx: Tx, fact: CaseClosedV2) -> None:
    await heard.close_case(tx, fact.case_id, fact.term_id, fact.record_id, fact.outcome, fact.at)


@hears(EvaluationsCommittedV1)
async def on_batch(deps: ArchiveDeps, tx: Tx, fact: EvaluationsCommittedV1) -> None:
    await evaluations.take_batch(deps, tx, fact)


@hears(BatchUndoneV1)
async def on_undone(_: ArchiveDeps, tx: Tx, fact: BatchUndoneV1) -> None:
    if fact.target == "archive":
        await evaluations.undo_batch(tx, fact.batch_id)


@due(WRITE)
async def on_write(deps: ArchiveDeps, tx: Tx, key: str, _payload: dict[str, Any]) -> None:
    await steps.write(deps, tx, key)


@due(PLACE)
async def on_place(deps: ArchiveDeps, tx: Tx, key: str, _payload: dict[str, Any]) -> None:
    await steps.place(deps, tx, key)


@due(PRINT)
async def on_print(deps: ArchiveDeps, tx: Tx, key: str, _payload: dict[str, Any]) -> None:
    await steps.print_chunk(deps, tx, key)
