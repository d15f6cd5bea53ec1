"""What a school administrator ends: a record that is not to count, and misconduct (JX-09, JX-14)."""

from datetime import date
from uuid import UUID

from servicekit.auth import Actor
from servicekit.refusals import require

from records import store
from records.actions.common import keep, locked
from records.deps import RecordsDeps
from records.domain import amending, release
from records.domain.record import Hand, Record
from records.domain.rules import Rules
from records.domain.state import State


async def void(deps: RecordsDeps, actor: Actor, record_id: UUID, seen: int | None, reason: str) -> tuple[Rules, Record]:
    """The school takes a record out of the evaluation, with a reason."""
    async with deps.db.transaction() as tx:
        rules, record = await locked(deps, tx, actor, record_id, seen)
        with rules.speaking("record.amend"):
            require(record.state is not State.DRAFT, "wrong_state", state=record.state.value)
            change = amending.void(record, Hand.of(actor), reason, deps.now())
        await keep(tx, rules, change)
    return rules, change.record


async def release_misconduct(
    deps: RecordsDeps, actor: Actor, record_id: UUID, seen: int | None, released_on: date, reason: str
) -> tuple[Rules, Record]:
    """Release misconduct for good, while the student has no career archive (JX-14)."""
    async with deps.db.transaction() as tx:
        rules, record = await locked(deps, tx, actor, record_id, seen)
        sealed = await store.people.has_career(tx, record.student_id)
        how = rules.scheme.archives.release
        with rules.speaking("misconduct.release", how.operation if how else None):
            change = release.release(rules, record, actor, released_on, reason, sealed, deps.now())
        await keep(tx, rules, change)
    return rules, change.record
