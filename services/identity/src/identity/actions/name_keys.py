"""Computes the name keys of persons that an older release stored. Runs at every start of the service (L-05)."""

from people import name_key

from identity.deps import IdentityDeps
from identity.store import accounts

_BATCH_SIZE = 1000


async def add_missing_name_keys(deps: IdentityDeps) -> int:
    """Compute them in batches; row locks keep several processes apart. Returns how many there were."""
    done = 0
    while True:
        async with deps.db.transaction() as tx:
            found = await accounts.without_name_key(tx, _BATCH_SIZE)
            await accounts.set_name_keys(tx, [(person_id, name_key(name)) for person_id, name in found])
        done += len(found)
        if len(found) < _BATCH_SIZE:
            return done
