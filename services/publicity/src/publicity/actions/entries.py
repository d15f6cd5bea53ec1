"""Entries: created by approvals, changed by amendments, ended by voiding; selected and unselected by students (JX-03)."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from contracts.publicity import EntrySelectedV1, EntryUnselectedV1
from contracts.records import (
    FinalSubmissionApprovedV1,
    ParticipationChangedV1,
    RecordAmendedV1,
    RecordApprovedV1,
    RecordEscalatedV1,
    RecordSubmittedV1,
    RecordVoidedV1,
)
from servicekit import outbox
from servicekit.auth import Actor
from servicekit.bus import RetryLater
from servicekit.db import Tx
from servicekit.directory import opted_out
from servicekit.ids import new_id
from servicekit.refusals import Refusal

from publicity.actions import case_engine
from publicity.deps import Deps
from publicity.domain import entries as rules
from publicity.domain import quotas
from publicity.domain.as_written import kind_of
from publicity.domain.cases import new_case
from publicity.domain.entries import Entry, State, event_of
from publicity.domain.selecting import need_selectable, unselected, window_of
from publicity.domain.terms import Term
from publicity.results import Selecting
from publicity.store import entries, home, terms

_MOST = 1000
"""Entries of one student in one term."""


async def apply_approval(deps: Deps, tx: Tx, event: RecordApprovedV1) -> None:
    """Keep the record as an eligible entry (JX-03), or show the newer version of the record."""
    term = await _term(deps, tx, event.record.term_id)
    kind, now = kind_of(term.scheme, event.record), deps.now()
    known = await entries.lock_by_record(tx, event.record_id)
    if known is not None:
        if known.snapshot.version < event.record.version and known.state is not State.VOIDED:
            after = replace(known, snapshot=event.record, version=known.version + 1)
            if known.state is State.WITHHELD and not known.open_cases:
                after = rules.move(after, "release", now)
            await entries.save(tx, [after])
        return
    path = await terms.class_of(tx, event.record.student_id, term.id) or event.record.path
    takes_part = not await opted_out(tx, term.id, [event.record.student_id])
    still_open = takes_part and not term.over(now, path) and not term.awaits_final(path)
    entry = rules.new_entry(new_id(), event.record, kind, now, still_open=still_open, path=path)
    if entry is None:
        return
    if not await entries.add(tx, entry):
        raise RetryLater
    if entry.state is State.SELECTED:
        await outbox.add(tx, event_of(EntrySelectedV1, entry))


async def apply_submission(deps: Deps, tx: Tx, event: RecordSubmittedV1) -> None:
    """Withhold an approved record that its author hands in again, until its review has passed (SH-06)."""
    known = deps.directory.cached(event.record.term_id)
    term = known or await _term(deps, tx, event.record.term_id)
    if not kind_of(term.scheme, event.record).review.revisable:
        return
    entry = await entries.lock_by_record(tx, event.record_id)
    if entry is None or entry.snapshot.version >= event.record.version:
        return
    if entry.state not in (State.ELIGIBLE, State.SELECTED):
        return
    after = rules.move(entry, "withhold", deps.now())
    await entries.save(tx, [after])
    if entry.state is State.SELECTED:
        await outbox.add(tx, event_of(EntryUnselectedV1, after))


async def apply_escalation(deps: Deps, tx: Tx, event: RecordEscalatedV1) -> None:
    """Open the case of a record that its student refused and nobody corrected in time (SH-10). It has no entry yet."""
    term, record = await _term(deps, tx, event.record.term_id), event.record
    if await entries.id_by_record(tx, record.record_id) is not None:
        return
    path = await terms.class_of(tx, record.student_id, term.id) or record.path
    entry = rules.disputed(new_id(), record, kind_of(term.scheme, record), path)
    if not await entries.add(tx, entry):
        raise RetryLater
    engine = await case_engine.load(deps, tx, entry_ids=[entry.id])
    engine.open(new_case(new_id(), term.scheme.cases.type(event.case_type), entry, event.reason, engine.now), 0)
    await case_engine.save(tx, engine)


async def follow_participation(deps: Deps, tx: Tx, event: ParticipationChangedV1) -> None:
    """Take the entries of a student who does not take part off the board, or select the automatic ones again (SH-03)."""
    term = (await deps.directory.hold(tx, [event.term_id])).get(event.term_id)
    if term is None:
        raise RetryLater
    await entries.lock_students(tx, [event.student_id])
    if not event.participates:
        await entries.unselect_all(tx, event.term_id, event.student_id)
    elif not term.over(deps.now(), event.path):
        await entries.select_automatic(tx, event.term_id, deps.now(), term.final_grades, event.student_id)
        await entries.gather(tx, event.term_id, deps.now())


async def apply_final(deps: Deps, tx: Tx, event: FinalSubmissionApprovedV1) -> None:
    """Show what passed the final submission on the board of the last term, also material of earlier terms (CS-01, CS-08).

    What is excluded, voided, or still published in its own term is not moved.
    """
    term = await _term(deps, tx, event.term_id)
    if await entries.mark_final(tx, term.id, event.record_ids) < len(event.record_ids):
        raise RetryLater
    if not term.over(deps.now(), event.path):
        gathered = await entries.gather(tx, term.id, deps.now())
        await outbox.add(tx, *(event_of(EntrySelectedV1, entry) for entry in gathered))


async def apply_amendment(deps: Deps, tx: Tx, event: RecordAmendedV1) -> None:
    """Show the record as it was amended because of a case (JX-09).

    Ignores an amendment that came after its case was handed in, because records restores the version before it. A cleared
    entry never changes.
    """
    term = await _term(deps, tx, event.record.term_id)
    if kind_of(term.scheme, event.record).publicity.trigger == "none":
        return
    entry_id = await entries.id_by_record(tx, event.record_id)
    if entry_id is None:
        raise RetryLater
    engine = await case_engine.load(deps, tx, entry_ids=[entry_id], case_ids=[event.case_id])
    entry = engine.entries[entry_id]
    if event.record.version <= entry.snapshot.version or entry.state is State.CLEARED:
        return
    if event.restores is None:
        asked = [(one.case_id, one.turn) for one in event.asked] or [(event.case_id, 0)]
        stored = [engine.amended(case_id, event.record, turn) for case_id, turn in asked]
        if not any(stored):
            return
    engine.entries[entry.id] = replace(entry, snapshot=event.record, version=entry.version + 1)
    engine.touched_entries.add(entry.id)
    await case_engine.save(tx, engine)


async def apply_voiding(deps: Deps, tx: Tx, event: RecordVoidedV1) -> None:
    """Void the entry of a voided record. If its approval has not arrived yet, add a voided entry that stays voided."""
    term = await _term(deps, tx, event.record.term_id)
    entry_id = await entries.id_by_record(tx, event.record_id)
    if entry_id is None:
        entry = rules.new_entry(new_id(), event.record, kind_of(term.scheme, event.record), deps.now(), still_open=False)
        if entry is not None and not await entries.add(tx, rules.move(entry, "void", deps.now())):
            raise RetryLater
        return
    engine = await case_engine.load(deps, tx, entry_ids=[entry_id])
    if event.record.version < engine.entries[entry_id].snapshot.version:
        return
    engine.void(entry_id, event.reason)
    await case_engine.save(tx, engine)


async def _term(deps: Deps, tx: Tx, term_id: UUID) -> Term:
    term = (await deps.directory.hold(tx, [term_id])).get(term_id)
    if term is None:
        raise RetryLater
    return term


async def select(deps: Deps, actor: Actor, entry_ids: Sequence[UUID]) -> list[tuple[Entry, Term]]:
    """Select approved records for publicity, all or none: own ones, in their window, within the quotas (JX-03).

    Selected ones stay selected.
    """
    async with deps.db.transaction() as tx:
        await entries.lock_students(tx, actor.students)
        terms_by_id = await deps.directory.hold(tx, await entries.terms_of(tx, entry_ids))
        locked = await entries.lock(tx, entry_ids)
        _need_own(actor, entry_ids, locked)
        now = deps.now()
        selectable = [entry for entry in locked.values() if entry.state is not State.SELECTED]
        for entry in selectable:
            need_selectable(terms_by_id[entry.term_id], entry, actor.roles, now)
            if await opted_out(tx, entry.term_id, [entry.student_id]):
                term = terms_by_id[entry.term_id]
                raise term.refusal("not_participating", term.scheme.rule("participation"), entry_id=str(entry.id))
        after = [rules.move(entry, "select", now, terms_by_id[entry.term_id].scheme.rule("select")) for entry in selectable]
        if after:
            selected = await entries.selected_counts(tx, actor.students, {entry.kind for entry in after})
            quotas.need_quota(after, terms_by_id, selected)
            await entries.save(tx, after)
            await outbox.add(tx, *(event_of(EntrySelectedV1, entry) for entry in after))
        by_id = locked | {entry.id: entry for entry in after}
        return [(by_id[entry_id], terms_by_id[by_id[entry_id].term_id]) for entry_id in dict.fromkeys(entry_ids)]


async def unselect(deps: Deps, actor: Actor, entry_id: UUID) -> None:
    """Cancel a selection, before publicity opens."""
    async with deps.db.transaction() as tx:
        terms_by_id = await deps.directory.hold(tx, await entries.terms_of(tx, [entry_id]))
        locked = await entries.lock(tx, [entry_id])
        _need_own(actor, [entry_id], locked)
        entry, now = locked[entry_id], deps.now()
        after = unselected(terms_by_id[entry.term_id], entry, actor.roles, now)
        await entries.save(tx, [after])
        await outbox.add(tx, event_of(EntryUnselectedV1, after))


async def selection(deps: Deps, actor: Actor) -> Selecting | None:
    """What the card's student may select now, of the term in which selecting is open, or the present one; None: no term."""
    now = deps.now()
    async with deps.db.reading() as tx:
        current = await deps.directory.current(tx, actor.path, now)
        if not current:
            return None
        term = next((one for one in current if window_of(one, actor.roles, now, actor.path)[0]), current[0])
        found = await entries.page(
            tx, students=actor.students, path=None, term_id=term.id, state=None, student_id=None, after=None, limit=_MOST
        )
        return Selecting(term, found, await home.entry_counts(tx, actor.students), actor, now)


async def listed(deps: Deps, actor: Actor, **filters: Any) -> tuple[list[Entry], dict[UUID, Term]]:
    """One page of own entries, or of those of the staff card's organisation. `filters`: as of `store.entries.page`."""
    if actor.is_staff and not actor.can("see_records"):
        return [], {}
    students, path = (None, actor.path) if actor.is_staff else (actor.students, None)
    async with deps.db.reading() as tx:
        found = await entries.page(tx, students=students, path=path, **filters)
        return found, await deps.directory.terms(tx, {entry.term_id for entry in found})


def _need_own(actor: Actor, entry_ids: Sequence[UUID], found: dict[UUID, Entry]) -> None:
    for entry_id in entry_ids:
        entry = found.get(entry_id)
        if entry is None or entry.student_id not in actor.students:
            raise Refusal("not_found", entry_id=str(entry_id))
