"""Entries: made by approval, changed by amendment, ended by voiding; selected and unselected by students (JX-03)."""

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from contracts.publicity import EntrySelectedV1, EntryUnselectedV1
from contracts.records import RecordAmendedV1, RecordApprovedV1, RecordVoidedV1
from servicekit import outbox
from servicekit.auth import Actor
from servicekit.bus import RetryLater
from servicekit.db import Tx
from servicekit.ids import new_id
from servicekit.refusals import Refusal

from publicity.actions import dockets
from publicity.deps import Deps
from publicity.domain import entries as rules
from publicity.domain import quotas
from publicity.domain.entries import Entry, State, event_of
from publicity.domain.terms import Term
from publicity.store import entries, terms


async def take_approved(deps: Deps, tx: Tx, event: RecordApprovedV1) -> None:
    """A record is eligible (JX-03); a newer approval of the same record refreshes what is shown."""
    term = await _term(deps, tx, event.record.term_id)
    kind, now = term.scheme.kind(event.record.kind), deps.now()
    known = await entries.lock_by_record(tx, event.record_id)
    if known is not None:
        if known.snapshot.version < event.record.version and known.state is not State.VOIDED:
            await entries.save(tx, [replace(known, snapshot=event.record, version=known.version + 1)])
        return
    path = await terms.class_of(tx, event.record.student_id, term.id) or event.record.path
    entry = rules.a_new_entry(new_id(), event.record, kind, now, still_open=not term.over(now, path), path=path)
    if entry is None:
        return
    if not await entries.add(tx, entry):
        raise RetryLater
    if entry.state is State.SELECTED:
        await outbox.add(tx, event_of(EntrySelectedV1, entry))


async def take_amended(deps: Deps, tx: Tx, event: RecordAmendedV1) -> None:
    """The record was mended because a case asks for it: the entry shows the new one, the case may go on (JX-09).

    A change that came after its case was handed in is not taken: records puts it back. What is cleared never changes.
    """
    term = await _term(deps, tx, event.record.term_id)
    if term.scheme.kind(event.record.kind).publicity.trigger == "none":
        return
    found = await entries.term_of_record(tx, event.record_id)
    if found is None:
        raise RetryLater
    docket = await dockets.load(deps, tx, entry_ids=[found[0]], case_ids=[event.case_id])
    entry = docket.entries[found[0]]
    if event.record.version <= entry.snapshot.version or entry.state is State.CLEARED:
        return
    if event.restores is None:
        asked = [(one.case_id, one.turn) for one in event.asked] or [(event.case_id, 0)]
        taken = [docket.amended(case_id, event.record, turn) for case_id, turn in asked]
        if not any(taken):
            return
    docket.entries[entry.id] = replace(entry, snapshot=event.record, version=entry.version + 1)
    docket.touched_entries.add(entry.id)
    await dockets.save(tx, docket)


async def take_voided(deps: Deps, tx: Tx, event: RecordVoidedV1) -> None:
    """The record counts no longer. Heard before its approval, it leaves a voided entry that stays voided."""
    term = await _term(deps, tx, event.record.term_id)
    found = await entries.term_of_record(tx, event.record_id)
    if found is None:
        entry = rules.a_new_entry(new_id(), event.record, term.scheme.kind(event.record.kind), deps.now(), still_open=False)
        if entry is not None and not await entries.add(tx, rules.move(entry, "void", deps.now())):
            raise RetryLater
        return
    docket = await dockets.load(deps, tx, entry_ids=[found[0]])
    if event.record.version < docket.entries[found[0]].snapshot.version:
        return
    docket.void(found[0], event.reason)
    await dockets.save(tx, docket)


async def _term(deps: Deps, tx: Tx, term_id: UUID) -> Term:
    term = (await deps.directory.hold(tx, [term_id])).get(term_id)
    if term is None:
        raise RetryLater
    return term


async def select(deps: Deps, actor: Actor, entry_ids: Sequence[UUID]) -> list[tuple[Entry, Term]]:
    """Select approved records for publicity, all or none: own ones, in their window, within the quotas (JX-03).

    What is selected already stays so.
    """
    async with deps.db.transaction() as tx:
        await entries.queue_up(tx, actor.students)
        held = await deps.directory.hold(tx, await entries.terms_of(tx, entry_ids))
        locked = await entries.lock(tx, entry_ids)
        _need_own(actor, entry_ids, locked)
        now = deps.now()
        wanted = [entry for entry in locked.values() if entry.state is not State.SELECTED]
        for entry in wanted:
            term = held[entry.term_id]
            operation = term.scheme.kind(entry.kind).publicity.operation
            term.need_open(operation, actor.roles, now, entry.path, term.scheme.rule("select"))
            if term.over(now, entry.path):
                raise Refusal("window_closed", rule=term.scheme.rule("select"), detail="公示已经结束", scheme=term.scheme_name)
        after = [rules.move(entry, "select", now, held[entry.term_id].scheme.rule("select")) for entry in wanted]
        if after:
            known = await entries.used(tx, actor.students, {entry.kind for entry in after})
            quotas.need_room(after, held, known)
            await entries.save(tx, after)
            await outbox.add(tx, *(event_of(EntrySelectedV1, entry) for entry in after))
        done = {entry.id: entry for entry in (*locked.values(), *after)}
        return [(done[one], held[done[one].term_id]) for one in dict.fromkeys(entry_ids)]


async def unselect(deps: Deps, actor: Actor, entry_id: UUID) -> None:
    """Take a selection back, before publicity opens."""
    async with deps.db.transaction() as tx:
        held = await deps.directory.hold(tx, await entries.terms_of(tx, [entry_id]))
        locked = await entries.lock(tx, [entry_id])
        _need_own(actor, [entry_id], locked)
        entry, now = locked[entry_id], deps.now()
        term = held[entry.term_id]
        rules.may_unselect(entry, term.scheme)
        after = rules.move(entry, "unselect", now, term.scheme.rule("select"))
        opens = term.opens_for(entry.path)
        if opens is not None and opens <= now:
            window = {"operation": term.scheme.timing.publicity_operation, "starts": opens, "ends": term.closes_at}
            raise Refusal(
                "window_closed",
                rule=term.scheme.rule("select"),
                detail="公示已经开始，不能取消",
                window=window,
                scheme=term.scheme_name,
            )
        operation = term.scheme.operation(term.scheme.kind(entry.kind).publicity.operation)
        if not actor.is_(*operation.roles):
            raise Refusal("forbidden", rule=term.scheme.rule("select"), scheme=term.scheme_name)
        await entries.save(tx, [after])
        await outbox.add(tx, event_of(EntryUnselectedV1, after))


async def listed(
    deps: Deps,
    actor: Actor,
    *,
    term_id: UUID | None,
    state: str | None,
    student_id: UUID | None,
    after: UUID | None,
    limit: int,
) -> tuple[list[Entry], dict[UUID, Term]]:
    """Entries in scope: own ones, or those within the staff card's organisation."""
    async with deps.db.reading() as tx:
        found = await entries.page(
            tx,
            term_id=term_id,
            state=state,
            student_id=student_id,
            students=None if actor.is_staff else actor.students,
            path=actor.path if actor.is_staff else None,
            after=after,
            limit=limit,
        )
        return found, await deps.directory.terms(tx, {entry.term_id for entry in found})


def _need_own(actor: Actor, entry_ids: Sequence[UUID], found: dict[UUID, Entry]) -> None:
    for entry_id in entry_ids:
        entry = found.get(entry_id)
        if entry is None or entry.student_id not in actor.students:
            raise Refusal("not_found", entry_id=str(entry_id))
