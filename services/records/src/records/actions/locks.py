"""Which classes have locked results, and refusing what is over for them (BJ-07, BJ-10)."""

from contracts.archive import ScoresLockedV1, ScoresUnlockedV1
from servicekit.db import Tx

from records import store
from records.deps import RecordsDeps
from records.domain import locking
from records.domain.term import Term


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
