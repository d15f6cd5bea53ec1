"""What a home screen shows of imports."""

from datetime import timedelta

from servicekit.auth import Actor
from servicekit.directory import Term

from importer.actions.context import role_for
from importer.deps import ImportDeps
from importer.domain import Batch
from importer.store import batches

_NEWS = timedelta(days=30)
"""Batches older than this wait no longer."""


async def home(deps: ImportDeps, by: Actor) -> tuple[list[Term], frozenset[str], list[Batch]]:
    """The terms under way, the operations in which this card imports, and its newest batches, one of each type and class."""
    if not by.is_staff:
        return [], frozenset(), []
    async with deps.db.reading() as tx:
        terms = await deps.directory.current(tx, by.path, deps.now())
        newest = await batches.newest_of(tx, by.account_id, by.path, deps.now() - _NEWS)
    types = (one for term in terms for one in term.scheme.imports if role_for(one.roles, by))
    return terms, frozenset(one.operation for one in types), newest
