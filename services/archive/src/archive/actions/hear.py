"""What archive does with the facts of others: keep its read models, and wait for what comes out of order."""

from uuid import UUID

from contracts.publicity import EntriesClearedV1, PublicityClosedV1
from contracts.records import MisconductReleasedV1, RecordApprovedV1
from servicekit.bus import Later
from servicekit.db import Tx

from archive.deps import ArchiveDeps
from archive.domain.terms import Term
from archive.store import heard
from archive.store import terms as store


async def _term(deps: ArchiveDeps, tx: Tx, term_id: UUID) -> Term:
    term = await store.term(tx, deps.schemes, term_id)
    if term is None:
        raise Later
    return term


async def publicity_closed(tx: Tx, fact: PublicityClosedV1) -> None:
    """Note the end of publicity; the term may be sealed once nothing is in dispute (JX-13)."""
    if not await heard.close_publicity(tx, fact.term_id, fact.entries, fact.at):
        raise Later


async def entries_cleared(deps: ArchiveDeps, tx: Tx, fact: EntriesClearedV1) -> None:
    """Publicised records enter the archive (JX-03, JX-13); kinds that are never archived are left out when it is made."""
    await _term(deps, tx, fact.term_id)
    await heard.collect(tx, fact.entries, published=True, cleared_at=fact.at)


async def record_approved(deps: ArchiveDeps, tx: Tx, fact: RecordApprovedV1) -> None:
    """Kinds that enter on approval, such as scores, need no publicity; a newer version of what is in replaces it."""
    term = await _term(deps, tx, fact.record.term_id)
    if term.scheme.kind(fact.record.kind).archive == "on_approval":
        await heard.collect(tx, [fact.record], published=False)
    else:
        await heard.renew(tx, fact.record)


async def misconduct_released(tx: Tx, fact: MisconductReleasedV1) -> None:
    """The release is told beside the misconduct (JX-14)."""
    said = {"released_on": fact.released_on.isoformat(), "reason": fact.reason}
    if not await heard.release(tx, fact.record_id, said):
        raise Later
