"""What cases of publicity do to records: amendments, voiding, restoring (JX-09, CS-10, CS-11)."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from contracts.publicity import AmendmentRequestedV1, EntryRestoredV1, EntryVoidedV1
from servicekit.auth import Actor
from servicekit.bus import Later
from servicekit.db import Tx

from records import store
from records.actions.common import keep, locked, rules_of
from records.actions.writing import Written, bind
from records.deps import RecordsDeps
from records.domain import amending
from records.domain.record import Change, Record
from records.domain.rules import Rules


async def amendment_requested(deps: RecordsDeps, tx: Tx, fact: AmendmentRequestedV1) -> None:
    """A case asks for an amendment, or asks no longer."""
    decide = amending.ask if fact.open else amending.settle
    await _heard(deps, tx, fact.record_id, lambda record, now: decide(record, fact.case_id, now))


async def entry_voided(deps: RecordsDeps, tx: Tx, fact: EntryVoidedV1) -> None:
    """A case ended against the record."""
    await _heard(deps, tx, fact.record_id, lambda record, now: amending.void_by_case(record, fact.reason, now))


async def entry_restored(deps: RecordsDeps, tx: Tx, fact: EntryRestoredV1) -> None:
    """An appeal brought it back."""
    await _heard(deps, tx, fact.record_id, lambda record, now: amending.restore(record, fact.reason, now))


async def _heard(deps: RecordsDeps, tx: Tx, record_id: UUID, decide: Callable[[Record, datetime], Change | None]) -> None:
    record = (await store.records.lock(tx, [record_id])).get(record_id)
    if record is None:
        raise Later
    change = decide(record, deps.now())
    if change is not None:
        await keep(tx, await rules_of(deps, tx, record.term_id), change)


async def amend(deps: RecordsDeps, actor: Actor, record_id: UUID, seen: int, written: Written) -> tuple[Rules, Record]:
    """Mend an approved record while a case asks for it."""
    async with deps.db.transaction() as tx:
        rules, record = await locked(deps, tx, actor, record_id, seen)
        with rules.speaking("JX-09", rules.kind(record.kind).operation):
            given = await bind(deps, tx, actor, record_id, written)
            change = amending.amend(rules, record, given, actor, deps.now())
        await keep(tx, rules, change)
    return rules, change.record
