"""The event handlers that build archive's read models, and wait for events that arrive out of order.

Amendments of records are not consumed: the amended content comes with `entries.cleared`, after its review (JX-09).
"""

from uuid import UUID

from contracts import identity, publicity, records
from contracts.archive import ArchiveStatementV1, ArchiveStudentsUsedV1
from servicekit import outbox
from servicekit.bus import RetryLater
from servicekit.db import Tx

from archive.actions import form_counts, moving
from archive.deps import ArchiveDeps
from archive.domain.material import kind_of
from archive.domain.terms import ArchiveTerm
from archive.store import projections as store
from archive.store import terms


async def _term(deps: ArchiveDeps, tx: Tx, term_id: UUID) -> ArchiveTerm:
    term = await terms.term(tx, deps.directory, term_id)
    if term is None:
        raise RetryLater
    return term


async def begin_term(deps: ArchiveDeps, tx: Tx, term: ArchiveTerm) -> None:
    """Begin to collect what the archives of the term will contain, and to count signed forms (NR-04); carry over what was
    entered under an older version of its scheme (X-01)."""
    await terms.begin(tx, term.id)
    await moving.follow_term(deps, tx, term)
    await form_counts.begin_round(deps, tx, term)


async def record_approved(deps: ArchiveDeps, tx: Tx, event: records.RecordApprovedV1) -> None:
    """Collect the record for the term archive, where its kind skips publicity.

    Such as scores; other kinds come with `entries_cleared`. The bus delivers all approvals, because a subject stands for a
    type of event. For a kind that waits for publicity no statement is sent: the scheme of a cached term says so, and it
    never changes.
    """
    cached = deps.directory.cached(event.record.term_id)
    if cached is not None and not _skips_publicity(cached, event):
        return
    if _skips_publicity(await _term(deps, tx, event.record.term_id), event):
        await store.collect(tx, [event.record], published=False)


def _skips_publicity(term: ArchiveTerm, event: records.RecordApprovedV1) -> bool:
    return kind_of(term.scheme, event.record).archive == "on_approval"


async def record_voided(_: ArchiveDeps, tx: Tx, event: records.RecordVoidedV1) -> None:
    """Take the record out of what will be archived."""
    await store.remove(tx, event.record_id, "voided")


async def misconduct_released(_: ArchiveDeps, tx: Tx, event: records.MisconductReleasedV1) -> None:
    """Keep the release with the misconduct record (JX-14)."""
    release = {"released_on": event.released_on.isoformat(), "reason": event.reason}
    if not await store.save_release(tx, event.record_id, release):
        raise RetryLater


async def position_approved(_: ArchiveDeps, tx: Tx, event: records.PositionApprovedV1) -> None:
    """Collect the position for the archive (JX-11)."""
    await store.save_position(tx, event)


async def entries_cleared(deps: ArchiveDeps, tx: Tx, event: publicity.EntriesClearedV1) -> None:
    """Collect the cleared entries for the term archive (JX-13).

    Kinds that are never archived are left out when the archive is made. Records of earlier terms passed the final submission of
    the stage, and count in the archive of the stage (CS-01).
    """
    await _term(deps, tx, event.term_id)
    await store.collect(tx, event.entries, published=True, cleared_at=event.at)
    earlier = [record.record_id for record in event.entries if record.term_id != event.term_id]
    await store.carry_over(tx, event.term_id, earlier, event.at)


async def entry_voided(_: ArchiveDeps, tx: Tx, event: publicity.EntryVoidedV1) -> None:
    """Take the record out of what will be archived."""
    await store.remove(tx, event.record_id, "voided" if event.outcome == "void" else "excluded")


async def entry_restored(_: ArchiveDeps, tx: Tx, event: publicity.EntryRestoredV1) -> None:
    """Put the record back into what will be archived (CS-11)."""
    await store.restore(tx, event.record_id)


async def publicity_closed(_: ArchiveDeps, tx: Tx, event: publicity.PublicityClosedV1) -> None:
    """Remember that publicity is over: the term may be sealed once no case is open."""
    if not await store.close_publicity(tx, event.term_id, event.entries, event.at):
        raise RetryLater


async def case_opened(_: ArchiveDeps, tx: Tx, event: publicity.CaseOpenedV2) -> None:
    """Hold back the sealing of the term until the case is closed."""
    await store.open_case(tx, event.case_id, event.term_id, event.record_id, event.about)


async def case_closed(_: ArchiveDeps, tx: Tx, event: publicity.CaseClosedV2) -> None:
    """End what the open case held back."""
    await store.close_case(tx, event.case_id, event.term_id, event.record_id, event.outcome, event.at, event.about)


async def students_used(_: ArchiveDeps, tx: Tx, event: identity.StudentsRemovalAskedV1) -> None:
    """Answer of which of these students there are comments, archives or material for them: they stay when their roster is
    undone (L-10)."""
    used = tuple(await store.used(tx, event.students))
    await outbox.add(tx, ArchiveStudentsUsedV1(batch_id=event.batch_id, part=event.part, students=used))


async def state_student(_: ArchiveDeps, tx: Tx, event: identity.EnrolmentStatementAskedV1) -> None:
    """Answer how many evaluations, results and sealed archives there are of a student whose enrolment is to change (BJ-04)."""
    lines = tuple(await store.statement_of(tx, event.student_id))
    await outbox.add(tx, ArchiveStatementV1(application_id=event.application_id, attempt=event.attempt, lines=lines))
