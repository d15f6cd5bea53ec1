"""Periodic deletion of expired rows."""

from datetime import timedelta

from identity.actions.sso import STATE_LIFETIME
from identity.deps import IdentityDeps
from identity.domain import throttle
from identity.store import (
    failures,
    form_prints,
    login_names,
    one_time_passwords,
    password_resets,
    qr_sign_ins,
    roster_changes,
    security_notices,
    sessions,
    sso,
)


async def sweep(deps: IdentityDeps) -> None:
    """Delete sessions and resets a week after their end, failures that no longer count, expired captchas, and after a year
    what is kept for undoing rosters."""
    now = deps.now()
    async with deps.db.transaction() as tx:
        await sessions.delete_sessions_before(tx, now - timedelta(days=7))
        await password_resets.delete_resets_before(tx, now - timedelta(days=7))
        await one_time_passwords.delete_before(tx, now - timedelta(days=90))
        await login_names.delete_before(tx, now)
        await security_notices.delete_before(tx, now - timedelta(days=180))
        await roster_changes.delete_before(tx, now - timedelta(days=366))
        await form_prints.delete_before(tx, now - timedelta(days=1))
        await sso.sweep(tx, now - STATE_LIFETIME)  # a used state has to stay stored for as long as it could be replayed
        await qr_sign_ins.delete_before(tx, now - timedelta(hours=1))
        await failures.sweep(tx, now - 2 * throttle.FORGET_AFTER, now)
