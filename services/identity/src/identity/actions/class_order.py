"""Publishes the positions of classes that an older release kept to itself. Runs at every start of the service (L-07)."""

from servicekit import outbox

from identity.deps import IdentityDeps
from identity.store import organisations

_BATCH_SIZE = 500


async def publish_positions(deps: IdentityDeps) -> int:
    """Publish them in batches; row locks keep several processes apart. Returns how many there were."""
    done = 0
    while True:
        async with deps.db.transaction() as tx:
            found = await organisations.unpublished_positions(tx, _BATCH_SIZE)
            await outbox.add(tx, *(one.event() for one in found))
        done += len(found)
        if len(found) < _BATCH_SIZE:
            return done
