"""Encrypts the registry numbers that releases before ADR 5 stored in clear. Runs at every start of the service."""

from servicekit.directory import masked_number

from identity.deps import IdentityDeps
from identity.store import students

_BATCH_SIZE = 500


async def seal_plaintext_numbers(deps: IdentityDeps) -> int:
    """Encrypt them in batches; row locks keep several processes apart. Returns how many there were."""
    done = 0
    while True:
        async with deps.db.transaction() as tx:
            found = await students.with_plaintext_registry_number(tx, _BATCH_SIZE)
            numbers = deps.sealed_numbers
            sealed = [
                (i, masked_number(n), numbers.seal_registry_number(n, i), numbers.registry_number_index(n)) for i, n in found
            ]
            await students.seal_registry_number(tx, sealed)
        done += len(found)
        if len(found) < _BATCH_SIZE:
            return done
