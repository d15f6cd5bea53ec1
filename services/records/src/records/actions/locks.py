"""Which classes have locked results, and refusing what is over for them (BJ-07, BJ-10)."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from uuid import UUID

from contracts.archive import ScoresLockedV1, ScoresUnlockedV1
from servicekit.db import Tx

from records import store
from records.deps import RecordsDeps
from records.domain import locking
from records.domain.record import Record
from records.domain.term import Term

type LockedClasses = Mapping[tuple[UUID, str], datetime]
"""Since when results are locked, by term and class."""


async def scores_locked(_: RecordsDeps, tx: Tx, event: ScoresLockedV1) -> None:
    """Note that the results of a class are locked."""
    await store.locks.save(tx, event.term_id, event.path, event.version, True, event.at)


async def scores_unlocked(_: RecordsDeps, tx: Tx, event: ScoresUnlockedV1) -> None:
    """Note that the results of a class are no longer locked."""
    await store.locks.save(tx, event.term_id, event.path, event.version, False, event.at)


async def need_unlocked(tx: Tx, term: Term, kind: str, path: str) -> None:
    """Refuse to enter a record that the lock of the class's results ended. Most kinds need no look at the database."""
    found = term.kind(kind)
    if locking.closes(term, found):
        locking.need_unlocked(term, found, (await store.locks.locked(tx, term.id, [path])).get(path))


def is_over(term: Term, record: Record, locked: LockedClasses) -> bool:
    """Does the lock of the class end records of this kind? Then silence approves none either."""
    return (record.term_id, record.path) in locked and locking.closes(term, term.kind(record.kind))


async def of_classes(tx: Tx, terms: Mapping[UUID, Term], records: Iterable[Record]) -> LockedClasses:
    """Since when the classes of those of these records are locked whose kind the lock ends; also their approval is over."""
    ended = [one for one in records if locking.closes(terms[one.term_id], terms[one.term_id].kind(one.kind))]
    found: dict[tuple[UUID, str], datetime] = {}
    for term_id in {one.term_id for one in ended}:
        paths = {one.path for one in ended if one.term_id == term_id}
        found |= {(term_id, path): at for path, at in (await store.locks.locked(tx, term_id, paths)).items()}
    return found
