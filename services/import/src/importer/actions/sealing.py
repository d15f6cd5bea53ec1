"""Sealing registry numbers that were written down openly, before ADR 5. Done at start; afterwards it finds nothing."""

from importer.deps import ImportDeps
from importer.store import known

_AT_ONCE = 500


async def seal_open_numbers(deps: ImportDeps) -> int:
    """Seal what is open, some hundreds a transaction; several processes take turns. Returns how many there were."""
    done = 0
    while True:
        async with deps.db.transaction() as tx:
            found = await known.unsealed(tx, _AT_ONCE)
            await known.save_numbers(tx, [(i, *deps.registry.sealed(i, number)) for i, number in found])
        done += len(found)
        if len(found) < _AT_ONCE:
            return done
