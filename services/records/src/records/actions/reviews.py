"""Reviewing records, one or up to 200 at a time (JX-04), and the deadline of reviews (SH-07)."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal
from uuid import UUID

from servicekit.auth import Actor
from servicekit.db import Tx
from servicekit.refusals import Refusal

from records import store
from records.actions import locks
from records.actions.common import lock_record, save, save_many, term_of
from records.actions.participation import need_participating, opted_out
from records.deps import RecordsDeps
from records.domain import locking, reviewing
from records.domain.access import need_visible, readable, seen_kinds
from records.domain.moving import as_written
from records.domain.participation import need_participating as need_not_out
from records.domain.record import Change, Record, need_version
from records.domain.term import Term

type Verdict = Literal["approve", "return"]
type Reason = tuple[str | None, str | None]
"""The code of a reason of the scheme's list, and a note."""


async def review(
    deps: RecordsDeps, actor: Actor, record_id: UUID, seen: int | None, verdict: Verdict, reason: Reason = (None, None)
) -> tuple[Term, Record]:
    """Approve or return the current review step."""
    async with deps.db.transaction() as tx:
        term, record = await lock_record(deps, tx, actor, record_id, seen)
        await need_participating(tx, term, record.student_id)
        locked = await locks.of_classes(tx, {term.id: term}, [record])
        change = _decide(deps, term, record, actor, verdict, reason, locked)
        await save(tx, term, change)
    return term, change.record


async def review_many(
    deps: RecordsDeps, actor: Actor, ids: Sequence[UUID], seen: Mapping[UUID, int], verdict: Verdict, reason: Reason
) -> dict[UUID, Record | Refusal]:
    """Approve or return many records in one transaction, each on its own: the reviewed record, or why it is refused.

    `seen`: the versions that the reviewer saw, as far as the caller names them.
    """
    decided: list[tuple[Term, Change]] = []
    results: dict[UUID, Record | Refusal] = {}
    kinds = seen_kinds(deps.schemes, actor)
    async with deps.db.transaction() as tx:
        found = await store.records.lock(tx, ids)
        terms = await deps.directory.terms(tx, {record.term_id for record in found.values()})
        out = await opted_out(tx, terms, list(found.values()))
        locked = await locks.of_classes(tx, terms, found.values())
        for record_id in dict.fromkeys(ids):
            try:
                record = need_visible(found.get(record_id), actor, kinds)
                term, record = as_written(terms[record.term_id], record)
                need_not_out(term, record.student_id, {student for term_id, student in out if term_id == term.id})
                change = _decide(deps, term, record, actor, verdict, reason, locked, seen.get(record_id))
                decided.append((term, change))
                results[record_id] = change.record
            except Refusal as refusal:
                results[record_id] = refusal
        await save_many(tx, decided)
    return results


async def silence(deps: RecordsDeps, tx: Tx, record_id: str, _: dict[str, Any]) -> None:
    """Nobody reviewed a record in time (SH-07)."""
    record = (await store.records.lock(tx, [UUID(record_id)])).get(UUID(record_id))
    if record is None:
        return
    term, record = as_written(await term_of(deps, tx, record.term_id), record)
    if await opted_out(tx, {term.id: term}, [record]) or await locks.of_classes(tx, {term.id: term}, [record]):
        return
    change = reviewing.after_silence(term, record, deps.now())
    if change is not None:
        await save(tx, term, change)


def _decide(
    deps: RecordsDeps, term: Term, record: Record, actor: Actor, verdict: Verdict, reason: Reason,
    locked: locks.LockedClasses, seen: int | None = None,
) -> Change:  # fmt: skip
    with term.refusal_context("record.review", term.review_operation(record.kind, record.step)):
        need_version(readable(term, record, actor), seen)
        if verdict == "approve":  # what counts already stays as it was locked; a return changes nothing of it
            locking.need_unlocked(term, term.kind(record.kind), locked.get((record.term_id, record.path)))
            return reviewing.approve(term, record, actor, deps.now())
        return reviewing.send_back(term, record, actor, deps.now(), *reason)
