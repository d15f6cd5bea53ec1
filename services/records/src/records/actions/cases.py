"""What cases of publicity do to records: amendments, voiding, restoring (JX-09, CS-10, CS-11)."""

from uuid import UUID

from contracts.publicity import AmendmentRequestedV1, EntryRestoredV1, EntryVoidedV1
from servicekit.auth import Actor
from servicekit.bus import RetryLater
from servicekit.db import Tx

from records import store
from records.actions.common import keep, locked, rules_of
from records.actions.writing import Written, bind
from records.deps import RecordsDeps
from records.domain import amending
from records.domain.record import Change, Record
from records.domain.rules import Rules
from records.domain.state import State


async def amendment_requested(deps: RecordsDeps, tx: Tx, event: AmendmentRequestedV1) -> None:
    """A case asks for an amendment, or asks no longer. What it says of an earlier turn than is known changes nothing."""
    record = await _locked(tx, event.record_id)
    if await store.amendments.note(tx, event):
        decide = amending.ask if event.open else amending.settle
        await _keep(deps, tx, record, decide(record, event.case_id, deps.now()), event.case_id)


async def entry_voided(deps: RecordsDeps, tx: Tx, event: EntryVoidedV1) -> None:
    """A case ended against the record."""
    record = await _locked(tx, event.record_id)
    await _keep(deps, tx, record, amending.void_by_case(record, event.reason, deps.now()), event.case_id)


async def entry_restored(deps: RecordsDeps, tx: Tx, event: EntryRestoredV1) -> None:
    """An appeal brought it back."""
    record = await _locked(tx, event.record_id)
    await _keep(deps, tx, record, amending.restore(record, event.reason, deps.now()), event.case_id)


async def _locked(tx: Tx, record_id: UUID) -> Record:
    record = (await store.records.lock(tx, [record_id])).get(record_id)
    if record is None:
        raise RetryLater
    return record


async def _keep(deps: RecordsDeps, tx: Tx, record: Record, change: Change | None, case_id: UUID) -> None:
    """Save what a case did to a record, and end its amendments where nobody asks for them any more."""
    now_is = change.record if change else record
    if now_is.state is State.APPROVED:
        late = await _end(deps, tx, now_is, case_id)
        change = change.then(late) if change and late else change or late
    if change is not None:
        await keep(tx, await rules_of(deps, tx, record.term_id), change)


async def _end(deps: RecordsDeps, tx: Tx, record: Record, case_id: UUID) -> Change | None:
    """Put back what was handed in last, if the record says something else; only now old evidence is let go of (JX-09).

    A record voided with its cases ends here as well, once it is restored and every case was heard to ask no longer.
    """
    standing = await store.amendments.standing(tx, record.id)
    if standing.open:
        return None
    counts = standing.counts
    content = None if counts is None else await store.amendments.content_at(tx, record.id, counts)
    change = amending.put_back(record, content, counts, case_id, deps.now()) if content and counts is not None else None
    if await store.amendments.forget(tx, record.id):
        evidence = (change.record if change else record).evidence
        await deps.files.release(tx, f"record:{record.id}", [file.evidence_id for file in evidence])
    return change


async def amend(deps: RecordsDeps, actor: Actor, record_id: UUID, seen: int, written: Written) -> tuple[Rules, Record]:
    """Mend an approved record while a case asks for it. What it said and proved before is kept until nobody asks."""
    async with deps.db.transaction() as tx:
        rules, record = await locked(deps, tx, actor, record_id, seen)
        with rules.speaking("record.amend", rules.kind(record.kind).operation):
            given = await bind(deps, tx, actor, record_id, written, holding=True)
            asked = await store.amendments.asked(tx, record.cases)
            change = amending.amend(rules, record, given, actor, deps.now(), asked)
        await store.amendments.remember(tx, record.id, record.version, amending.Content.of(record))
        await keep(tx, rules, change)
    return rules, change.record
