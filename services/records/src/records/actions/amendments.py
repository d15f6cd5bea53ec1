"""Amendments, and voiding and restoring records: by cases of publicity or by the school (JX-09, CS-10, CS-11)."""

from uuid import UUID

from contracts.publicity import AmendmentRequestedV1, EntryRestoredV1, EntrySettledV1, EntryVoidedV1
from contracts.records import Asked
from servicekit.auth import Actor
from servicekit.bus import RetryLater
from servicekit.db import Tx
from servicekit.refusals import require

from records import store
from records.actions.common import lock_record, need_found, save, term_of
from records.actions.writing import attach_evidence, load_context, need_shared_quota
from records.deps import RecordsDeps
from records.domain import amendments
from records.domain.quotas import COUNTED
from records.domain.record import Change, ChangedBy, Record, RecordContent
from records.domain.state import State
from records.domain.term import Term


async def amendment_requested(deps: RecordsDeps, tx: Tx, event: AmendmentRequestedV1) -> None:
    """Open the record for amendment, or close it again (JX-09). An event of an earlier turn changes nothing."""
    if event.missing is not None and event.record_id not in await store.records.lock(tx, [event.record_id]):
        await store.missing.save(tx, event)
        return
    record = await _locked(tx, event.record_id)
    if await store.amendments.save_turn(tx, event):
        decide = amendments.request_amendment if event.open else amendments.end_amendment
        await _save(deps, tx, record, decide(record, event.case_id, deps.now()), event.case_id)


async def entry_voided(deps: RecordsDeps, tx: Tx, event: EntryVoidedV1) -> None:
    """Void or exclude the record, as the case decided (JX-09)."""
    record = await _locked(tx, event.record_id)
    decide = amendments.exclude if event.outcome == "exclude" else amendments.void_by_case
    await _save(deps, tx, record, decide(record, event.reason, deps.now()), event.case_id)


async def entry_restored(deps: RecordsDeps, tx: Tx, event: EntryRestoredV1) -> None:
    """Let the record count again (CS-11)."""
    record = await _locked(tx, event.record_id)
    await _save(deps, tx, record, amendments.restore(record, event.reason, deps.now()), event.case_id)


async def entry_settled(deps: RecordsDeps, tx: Tx, event: EntrySettledV1) -> None:
    """Let a record count that its student had refused, as the case decided (SH-10)."""
    record = await _locked(tx, event.record_id)
    await _save(deps, tx, record, amendments.settle(record, deps.now()), event.case_id)


async def _locked(tx: Tx, record_id: UUID) -> Record:
    record = (await store.records.lock(tx, [record_id])).get(record_id)
    if record is None:
        raise RetryLater
    return record


async def _save(deps: RecordsDeps, tx: Tx, record: Record, change: Change | None, case_id: UUID) -> None:
    """Save what a case changed, and end the amendments if no case asks any more."""
    after = change.record if change else record
    if after.state is State.APPROVED:
        restored = await _end_amendments(deps, tx, after, case_id)
        change = change.followed_by(restored) if change and restored else change or restored
    if change is not None:
        await save(tx, await term_of(deps, tx, record.term_id), change)


async def _end_amendments(deps: RecordsDeps, tx: Tx, record: Record, case_id: UUID) -> Change | None:
    """Restore the content that was submitted last, if the record has another one, and release old evidence (JX-09).

    A record that was voided with open cases comes here once it is restored and no case asks any more.
    """
    is_open, version = await store.amendments.open_and_version(tx, record.id)
    if is_open:
        return None
    content = None if version is None else await store.amendments.content_at(tx, record.id, version)
    change = None
    if content is not None and version is not None:
        change = amendments.restore_submitted(record, content, version, case_id, deps.now())
    if await store.amendments.delete_contents(tx, record.id):
        evidence = (change.record if change else record).evidence
        await deps.files.release(tx, f"record:{record.id}", [file.evidence_id for file in evidence])
    return change


async def amend(
    deps: RecordsDeps, actor: Actor, record_id: UUID, seen: int, content: RecordContent[UUID]
) -> tuple[Term, Record]:
    """Change an approved record while a case asks for it. Earlier content and evidence are kept until no case asks."""
    async with deps.db.transaction() as tx:
        term, record = await lock_record(deps, tx, actor, record_id, seen)
        with term.refusal_context("record.amend", term.kind(record.kind).operation):
            checked = await attach_evidence(deps, tx, actor, record_id, content)
            asked = await store.amendments.asked(tx, record.cases)
            roles = await store.amendments.amending_roles(tx, record.cases)
            change = amendments.amend(term, record, checked, actor, deps.now(), asked, roles)
            await need_shared_quota(tx, term, change.record, record)
        await store.amendments.save_content(tx, record)
        await save(tx, term, change)
    return term, change.record


async def enter_missing(deps: RecordsDeps, actor: Actor, record_id: UUID, content: RecordContent[UUID]) -> tuple[Term, Record]:
    """Enter what a case found missing, under the id that the case names (SH-08); of others it is `not_found`."""
    async with deps.db.transaction() as tx:
        missing = need_found(await store.missing.lock(tx, record_id))
        about = missing.snapshot
        term, student = await load_context(deps, tx, actor, about.term_id, about.student_id)
        kind = term.kind(about.kind)
        with term.refusal_context("record.amend", kind.operation):
            require(actor.is_(*missing.roles), "forbidden", help="、".join(map(term.scheme.role_title, missing.roles)))
            require(missing.open, "wrong_state", detail="此项问题已提交审核，不能再补录")
            checked = await attach_evidence(deps, tx, actor, record_id, content)
            used = await store.records.used_of(tx, student.id, kind.id, term.id, term.school_year, COUNTED)
            asked = Asked(case_id=missing.case_id, turn=missing.turn)
            change = amendments.enter_missing(term, record_id, student, kind.id, checked, actor, deps.now(), asked, used)
            await need_shared_quota(tx, term, change.record)
        await save(tx, term, change)
        await store.missing.entered(tx, missing)
    return term, change.record


async def void(deps: RecordsDeps, actor: Actor, record_id: UUID, seen: int | None, reason: str) -> tuple[Term, Record]:
    """The school takes a record out of the evaluation, with a reason (JX-09)."""
    async with deps.db.transaction() as tx:
        term, record = await lock_record(deps, tx, actor, record_id, seen)
        with term.refusal_context("record.amend"):
            require(record.state is not State.DRAFT, "wrong_state", state=record.state.value)
            change = amendments.void(record, ChangedBy.of(actor), reason, deps.now())
        await save(tx, term, change)
    return term, change.record
