"""Slow upkeep."""

from datetime import timedelta

from identity.actions.sso import STATE_LASTS
from identity.deps import IdentityDeps
from identity.domain import throttle
from identity.store import accounts_held, failures, sessions, sso


async def sweep(deps: IdentityDeps) -> None:
    """Forget sessions a week after their end, failures that count no longer, and pictures out of date."""
    now = deps.now()
    async with deps.db.transaction() as tx:
        await sessions.sweep_sessions(tx, now - timedelta(days=7))
        await accounts_held.sweep_asked(tx, now - timedelta(days=7))
        await sso.sweep(tx, now - STATE_LASTS)  # a used state is remembered for as long as it could come back
        await failures.sweep(tx, now - 2 * throttle.FORGET, now)
