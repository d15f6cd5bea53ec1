"""What archive does with the events of others: keep its read models, and wait for what comes out of order."""

from uuid import UUID

from contracts.publicity import EntriesClearedV1, PublicityClosedV1
from contracts.records import MisconductReleasedV1, RecordApprovedV1
from servicekit.bus import RetryLater
from servicekit.db import Tx

from archive.deps import ArchiveDeps
from archive.domain.terms import Term
from archive.store import heard
from archive.store import terms as store


async def _term(deps: ArchiveDeps, tx: Tx, term_id: UUID) -> Term:
    term = await store.term(tx, deps.directory, term_id)
    if term is None:
        raise RetryLater
    return term


async def begin_term(_: ArchiveDeps, tx: Tx, term: Term) -> None:
    """Begin to collect what the archives of the term will contain."""
    await store.begin(tx, term.id)


async def publicity_closed(tx: Tx, event: PublicityClosedV1) -> None:
    """Note the end of publicity; the term may be sealed once nothing is in dispute (JX-13)."""
    if not await heard.close_publicity(tx, event.term_id, event.entries, event.at):
        raise RetryLater


async def entries_cleared(deps: ArchiveDeps, tx: Tx, event: EntriesClearedV1) -> None:
    """Publicised records enter the archive (JX-03, JX-13); kinds that are never archived are left out when it is made."""
    await _term(deps, tx, event.term_id)
    await heard.collect(tx, event.entries, published=True, cleared_at=event.at)


async def record_approved(deps: ArchiveDeps, tx: Tx, event: RecordApprovedV1) -> None:
    """Collect a record of a kind that skips publicity, such as scores. Other kinds come with `entries_cleared`.

    The bus delivers all approvals, because a subject stands for a type of event. For a kind that waits for publicity no
    statement is sent: the scheme of a cached term says so, and it never changes.
    """
    cached = deps.directory.cached(event.record.term_id)
    if cached is not None and not _skips_publicity(cached, event):
        return
    if _skips_publicity(await _term(deps, tx, event.record.term_id), event):
        await heard.collect(tx, [event.record], published=False)


def _skips_publicity(term: Term, event: RecordApprovedV1) -> bool:
    return term.scheme.kind(event.record.kind).archive == "on_approval"


async def misconduct_released(tx: Tx, event: MisconductReleasedV1) -> None:
    """The release is told beside the misconduct (JX-14)."""
    said = {"released_on": event.released_on.isoformat(), "reason": event.reason}
    if not await heard.release(tx, event.record_id, said):
        raise RetryLater
