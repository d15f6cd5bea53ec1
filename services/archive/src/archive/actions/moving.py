"""What was entered in a term follows it to a newer version of its scheme (X-01)."""

from collections.abc import Awaitable, Callable
from uuid import UUID

from scheme.migration import Sort, order
from servicekit.db import Tx

from archive.deps import ArchiveDeps
from archive.domain import moving as rules
from archive.domain.terms import ArchiveTerm
from archive.store import moved_scores

_RENAMES: dict[Sort, Callable[[Tx, UUID, moved_scores.Ids], Awaitable[None]]] = {
    "parts": moved_scores.rename_parts,
    "dimensions": moved_scores.rename_dimensions,
    "bands": moved_scores.rename_bands,
    "roles": moved_scores.rename_roles,
    "evaluations": moved_scores.rename_evaluations,
}


async def follow_term(deps: ArchiveDeps, tx: Tx, term: ArchiveTerm) -> None:
    """Carry the scores, sheets, evaluations and verdicts of a term over to its version, in the transaction that moves it:
    nobody sees a part of them under the old one. What was locked or sealed keeps the words of its own version."""
    before = await moved_scores.version(tx, term.id, term.scheme.version)
    if before is None or order(before) >= order(term.scheme.version):
        return
    old = deps.schemes.get(term.scheme.id, before)
    for of, rename in _RENAMES.items():
        ids = rules.moved_ids(old, term.scheme, of)
        if ids:
            await rename(tx, term.id, ids)
    sheets = rules.moved_sheets(old, term.scheme)
    await moved_scores.move_sheets(tx, term.id, sheets.steps, sheets.reasons, rules.AUTHOR, deps.now())
