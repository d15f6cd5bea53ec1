"""Resetting the password of somebody else's account, disabling and enabling it (JX-16, NR-05, L-01)."""

from datetime import timedelta
from uuid import UUID

from servicekit.auth import Actor
from servicekit.db import Tx
from servicekit.refusals import Refusal, require

from identity.actions import roles
from identity.actions.account_changes import tell_holders
from identity.actions.revocation import end_sessions, suspend_cards
from identity.deps import IdentityDeps
from identity.domain.account_scope import AccountScope, cards_to_suspend, require_help
from identity.domain.changed_by import ChangedBy
from identity.domain.grants import Issuer
from identity.results import IssuedPassword
from identity.store import accounts, audit, one_time_passwords, password_resets, students
from identity.store.accounts import Account
from identity.store.audit import NewAuditRow


async def reset(
    deps: IdentityDeps, actor: Actor, account_id: UUID, reason: str, client: str, *, suspend_elsewhere: bool
) -> IssuedPassword:
    """Replace the password by a one-time password and end all sessions (JX-16, CS-13, NR-05).

    `suspend_elsewhere`: where active cards lie out of the actor's scope, suspend those instead of refusing (L-01).
    """
    async with deps.db.transaction() as tx:
        account, scope = await _lock_managed(deps, tx, actor, account_id, suspend_elsewhere=suspend_elsewhere)
        return await _reset(deps, tx, actor, account, scope, reason, client)


async def reset_student(deps: IdentityDeps, actor: Actor, student_id: UUID, reason: str, client: str) -> IssuedPassword:
    """Like `reset`, for a student's own account; a guardian may do it too (JX-16, CS-13)."""
    async with deps.db.transaction() as tx:
        found = await students.by_ids(tx, [student_id])
        if not found:
            raise Refusal("not_found")
        actor.need(found[0].path, student_id)
        account, scope = await _lock_managed(deps, tx, actor, found[0].account_id)
        return await _reset(deps, tx, actor, account, scope, reason, client)


async def _reset(
    deps: IdentityDeps, tx: Tx, actor: Actor, account: Account, scope: AccountScope, reason: str, client: str
) -> IssuedPassword:
    require(not account.disabled, "account_disabled", rule="JX-16")
    now, by = deps.now(), ChangedBy.of(actor, client)
    suspended = cards_to_suspend(actor, scope)
    await suspend_cards(tx, suspended, now, "password_reset", by)
    text, mac = deps.tokens.new_one_time_password(account.id)
    await password_resets.delete_password(tx, account.id)
    await one_time_passwords.end_unissued(tx, account.id, now)
    until = now + timedelta(days=deps.settings.one_time_days)
    await one_time_passwords.issue(tx, [(account.id, mac)], Issuer.of(actor), now, until)
    await password_resets.end_open_resets(tx, account.id, now)
    ended = await end_sessions(tx, account.id, now, "password_reset")
    detail = {"reason": reason, "sessions_ended": ended, "cards_suspended": len(suspended)}
    await audit.add(tx, now, [_audit_row("password_reset", actor, account.id, scope, client, detail)])
    await tell_holders(tx, [account.id], "password_reset", now, by)
    return IssuedPassword(account, text, len(suspended))


async def disable(deps: IdentityDeps, actor: Actor, account_id: UUID, reason: str, client: str) -> None:
    """Refuse sign-ins, end all sessions, and revoke all access tokens, in all services within a minute."""
    async with deps.db.transaction() as tx:
        account, scope = await _lock_managed(deps, tx, actor, account_id)
        now = deps.now()
        require(await password_resets.set_disabled(tx, account.id, now), "already_applied", rule="NR-05")
        await password_resets.end_open_resets(tx, account.id, now)
        ended = await end_sessions(tx, account.id, now, "account_disabled")
        detail = {"reason": reason, "sessions_ended": ended}
        await audit.add(tx, now, [_audit_row("account_disabled", actor, account.id, scope, client, detail)])
        await tell_holders(tx, [account.id], "disabled", now, ChangedBy.of(actor, client))


async def enable(deps: IdentityDeps, actor: Actor, account_id: UUID, reason: str, client: str) -> None:
    """Allow sign-ins again, with the password it had."""
    async with deps.db.transaction() as tx:
        account, scope = await _lock_managed(deps, tx, actor, account_id)
        now = deps.now()
        require(await password_resets.set_disabled(tx, account.id, None), "already_applied", rule="NR-05")
        await audit.add(tx, now, [_audit_row("account_enabled", actor, account.id, scope, client, {"reason": reason})])
        await tell_holders(tx, [account.id], "enabled", now, ChangedBy.of(actor, client))


async def _lock_managed(
    deps: IdentityDeps, tx: Tx, actor: Actor, account_id: UUID, *, suspend_elsewhere: bool = False
) -> tuple[Account, AccountScope]:
    """Lock the account; refuse an actor who may not help with it (L-01), and one's own account."""
    account = await accounts.lock(tx, account_id)
    if account is None:
        raise Refusal("not_found")
    scope = (await roles.account_scopes(deps, tx, [account_id]))[account_id]
    if account_id == actor.account_id:
        raise Refusal("own_account", rule="NR-05")
    require_help(actor, scope, suspend_elsewhere=suspend_elsewhere)
    return account, scope


def _audit_row(
    what: str, actor: Actor, account_id: UUID, scope: AccountScope, client: str, detail: dict[str, object]
) -> NewAuditRow:
    return NewAuditRow(what, actor.account_id, actor.card_id, str(account_id), client, detail, scope.paths)
