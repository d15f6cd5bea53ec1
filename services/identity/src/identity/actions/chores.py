"""Slow upkeep."""

from datetime import timedelta

from identity.deps import IdentityDeps
from identity.domain import throttle
from identity.store import sessions


async def sweep(deps: IdentityDeps) -> None:
    """Forget sessions a week after their end, and failures that count no longer."""
    now = deps.now()
    async with deps.db.transaction() as tx:
        await sessions.sweep_sessions(tx, now - timedelta(days=7))
        await sessions.sweep_failures(tx, now - 2 * throttle.FORGET)
