"""A school administrator releases a misconduct record (JX-14)."""

from datetime import date
from uuid import UUID

from servicekit.auth import Actor

from records import store
from records.actions.common import lock_record, save
from records.deps import RecordsDeps
from records.domain import misconduct_release
from records.domain.record import Record
from records.domain.term import Term


async def release_misconduct(
    deps: RecordsDeps, actor: Actor, record_id: UUID, seen: int | None, released_on: date, reason: str
) -> tuple[Term, Record]:
    """Release a misconduct record for ever, while the student has no career archive of its stage (JX-14)."""
    async with deps.db.transaction() as tx:
        term, record = await lock_record(deps, tx, actor, record_id, seen)
        sealed = await store.people.has_career(tx, record.student_id, term.schooling.stage)
        allowed = term.scheme.archives.release
        with term.refusal_context("misconduct.release", allowed.operation if allowed else None):
            change = misconduct_release.release(term, record, actor, released_on, reason, sealed, deps.now())
        await save(tx, term, change)
    return term, change.record
