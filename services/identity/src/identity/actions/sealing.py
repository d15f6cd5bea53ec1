"""Sealing registry numbers that were written down openly, before ADR 5. Done at start; afterwards it finds nothing."""

from identity.deps import IdentityDeps
from identity.domain.words import masked_registry
from identity.store import students

_AT_ONCE = 500


async def seal_open_numbers(deps: IdentityDeps) -> int:
    """Seal what is open, some hundreds a transaction; several processes take turns. Returns how many there were."""
    done = 0
    while True:
        async with deps.db.transaction() as tx:
            found = await students.unsealed(tx, _AT_ONCE)
            vault = deps.vault
            sealed = [(i, masked_registry(n), vault.seal_registry(n, i), vault.registry_index(n)) for i, n in found]
            await students.seal_registry(tx, sealed)
        done += len(found)
        if len(found) < _AT_ONCE:
            return done
