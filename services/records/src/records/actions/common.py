"""The steps that use cases share: finding the rules, locking what the actor may see, keeping what was decided."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from uuid import UUID

from servicekit import jobs, outbox
from servicekit.auth import Actor
from servicekit.db import Tx
from servicekit.directory import find_students
from servicekit.refusals import Refusal, require

from records import store
from records.deps import RecordsDeps
from records.domain.record import Change, Line, Record, need_version
from records.domain.reviewing import deadline
from records.domain.rules import Rules
from records.domain.sight import need_sight

SILENCE = "silence"
"""The job that acts when nobody reviewed a record in time; its key is the record's id."""


def there[T](found: T | None) -> T:
    """What was found, or `not_found`."""
    if found is None:
        raise Refusal("not_found")
    return found


async def rules_of(deps: RecordsDeps, tx: Tx, term_id: UUID) -> Rules:
    """The rules of one term."""
    return there(await deps.directory.term(tx, term_id))


async def rules_for(deps: RecordsDeps, tx: Tx, records: Iterable[Record]) -> dict[UUID, Rules]:
    """The rules of many records, by term."""
    return await deps.directory.terms(tx, {record.term_id for record in records})


async def rules_shown(deps: RecordsDeps, tx: Tx, records: Iterable[Record]) -> dict[UUID, Rules]:
    """Rules to show records by: their scheme is what counts, and a term's never changes."""
    ids = {record.term_id for record in records}
    known = {term_id: rules for term_id in ids if (rules := deps.directory.cached(term_id))}
    missing = ids - known.keys()
    return known | (await deps.directory.terms(tx, missing) if missing else {})


async def locked(deps: RecordsDeps, tx: Tx, actor: Actor, record_id: UUID, seen: int | None = None) -> tuple[Rules, Record]:
    """A record this card may see, held until the transaction ends, with its rules; `seen`: the version decided on."""
    record = need_sight((await store.records.lock(tx, [record_id])).get(record_id), actor)
    rules = await rules_of(deps, tx, record.term_id)
    with rules.speaking("X-13", rules.kind(record.kind).operation):
        need_version(record, seen)
    return rules, record


async def looked_at(tx: Tx, actor: Actor, record_id: UUID | None) -> Record:
    """A record that this card may see, to read only: also those that a student brought along from another school."""
    record = await store.records.get(tx, record_id) if record_id else None
    home = None
    if record is not None and actor.is_staff and not actor.covers(record.path):
        home = (await find_students(tx, [record.student_id])).get(record.student_id)
    return need_sight(record, actor, home.path if home else None)


async def keep(tx: Tx, rules: Rules, *changes: Change) -> None:
    """Save what was decided about records of one term, with its history, events and deadlines."""
    await keep_many(tx, [(rules, change) for change in changes])


async def keep_new(tx: Tx, rules: Rules, *changes: Change) -> None:
    """Save new records of one term, with their history, events and deadlines."""
    await _write(tx, store.records.add, [(rules, change) for change in changes])


async def keep_many(tx: Tx, decided: list[tuple[Rules, Change]]) -> None:
    """Save what was decided about many records, with its history, events and deadlines."""
    await _write(tx, store.records.save, decided)


type _Writer = Callable[[Tx, Sequence[Record], Sequence[Line], outbox.OutboxRows, jobs.JobRows], Awaitable[None]]


async def _write(tx: Tx, write: _Writer, decided: list[tuple[Rules, Change]]) -> None:
    if not decided:
        return
    deadlines = [(str(change.record.id), at) for rules, change in decided if (at := deadline(rules, change.record))]
    events = outbox.OutboxRows.of(event for _, change in decided for event in change.events)
    silences = jobs.JobRows.of(SILENCE, deadlines)
    await write(
        tx,
        [change.record for _, change in decided],
        [line for _, change in decided for line in change.lines],
        events,
        silences,
    )
    await events.wake(tx)
    await silences.wake(tx)


def need_term_at(rules: Rules, place: str) -> None:
    """A term of another school does not exist here."""
    inside = f"{place}.".startswith(f"{rules.path}.") or f"{rules.path}.".startswith(f"{place}.")
    require(inside or not place, "not_found")
