"""Steps that use cases share: find the term, lock a record that the card may see, save changes."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from scheme import Scheme
from servicekit import jobs, outbox
from servicekit.auth import Actor
from servicekit.db import Tx
from servicekit.directory import find_student
from servicekit.refusals import Refusal, require

from records import store
from records.deps import RecordsDeps
from records.domain.access import need_visible, readable, seen_kinds
from records.domain.moving import as_written
from records.domain.record import Change, Record, need_version
from records.domain.reviewing import own_deadline
from records.domain.term import Term

SILENCE = "silence"
"""The job that runs when nobody reviewed a record so long after it was submitted; its key is the record's id."""
WINDOW_ENDS = "window_ends"
"""The job that does at the end of a window what the scheme says about all records on which nobody acted; its key is the
term's id. One for a term, not one for each record: at that moment a school has a hundred thousand (SH-07)."""


def need_found[T](found: T | None) -> T:
    """The value, or `not_found`."""
    if found is None:
        raise Refusal("not_found")
    return found


async def term_of(deps: RecordsDeps, tx: Tx, term_id: UUID) -> Term:
    """The term, or `not_found`."""
    return need_found(await deps.directory.term(tx, term_id))


async def terms_to_show(deps: RecordsDeps, tx: Tx, records: Iterable[Record]) -> dict[UUID, Term]:
    """The terms of records, for titles only: their timetable may be an older one, their scheme never changes."""
    ids = {record.term_id for record in records}
    known = {term_id: term for term_id in ids if (term := deps.directory.cached(term_id))}
    missing = ids - known.keys()
    return known | (await deps.directory.terms(tx, missing) if missing else {})


async def lock_record(deps: RecordsDeps, tx: Tx, actor: Actor, record_id: UUID, seen: int | None) -> tuple[Term, Record]:
    """A record that this card may see, locked, with its term. `seen`: the version that the caller saw."""
    found = (await store.records.lock(tx, [record_id])).get(record_id)
    record = need_visible(found, actor, seen_kinds(deps.schemes, actor))
    term, record = as_written(await term_of(deps, tx, record.term_id), record)
    with term.refusal_context("X-13", term.kind(record.kind).operation):
        try:
            need_version(readable(term, record, actor), seen)
        except Refusal as stale:
            stale.details["changed"] = await _last_change(tx, record_id)
            raise
    return term, record


async def _last_change(tx: Tx, record_id: UUID) -> dict[str, Any]:
    """Who changed a record last, and when."""
    last = (await store.records.history(tx, record_id))[-1]
    return {"at": last.at, "by_name": last.by.name, "by_role": last.by.role, "action": last.action}


async def find_record(deps: RecordsDeps, tx: Tx, actor: Actor, record_id: UUID) -> Record:
    """A record that this card may see, not locked; also of a student who came from another school."""
    record, student = await store.records.get(tx, record_id), None
    if record is not None and actor.is_staff and not actor.covers(record.path):
        student = await find_student(tx, record.student_id)
    return need_visible(record, actor, seen_kinds(deps.schemes, actor), student.path if student else None)


async def save(tx: Tx, term: Term, *changes: Change) -> None:
    """Save changes of records of one term."""
    await save_many(tx, [(term, change) for change in changes])


async def save_many(tx: Tx, decided: list[tuple[Term, Change]]) -> None:
    """Save changes with their history, events and deadlines; new records are inserted."""
    if not decided:
        return
    changes = [change for _, change in decided]
    deadlines = [
        (str(record.id), at)
        for term, record in (as_written(term, change.record) for term, change in decided)
        if (at := own_deadline(term, record))
    ]
    events = outbox.OutboxRows.of(event for change in changes for event in change.events)
    silences = jobs.JobRows.of(SILENCE, deadlines)
    history = [line for change in changes for line in change.history]
    await store.records.save(tx, [change.record for change in changes], history, events, silences)
    await events.wake(tx)
    await silences.wake(tx)


def need_term_at(term: Term, org_path: str) -> None:
    """Refuse a term of another school with `not_found`."""
    inside = f"{org_path}.".startswith(f"{term.path}.") or f"{term.path}.".startswith(f"{org_path}.")
    require(inside or not org_path, "not_found")


async def scheme_at(deps: RecordsDeps, tx: Tx, path: str) -> tuple[Scheme, ZoneInfo] | None:
    """The scheme of the nearest organisation that names one, and the time zone there; None: nobody names one.

    Raises `UnknownError` where this process does not have that scheme.
    """
    found = await store.people.scheme_at(tx, path)
    if found is None:
        return None
    scheme_id, version, zone = found
    return deps.schemes.get(scheme_id, version) if version else deps.schemes.latest(scheme_id), ZoneInfo(zone)
