"""Opening an account anew for its holder, closing and reopening it (JX-16, NR-05)."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from servicekit.auth import Actor
from servicekit.db import Tx
from servicekit.refusals import Refusal, require

from identity.actions.endings import end_sessions
from identity.deps import IdentityDeps
from identity.domain.accounts import Held, require_handle
from identity.store import accounts, accounts_held, students
from identity.store.accounts import Account
from identity.store.audit import Note
from identity.store.audit import write as audit


@dataclass(frozen=True)
class Opened:
    """A one-time password for somebody who lost theirs. It is nowhere else: neither kept nor logged."""

    account: Account
    one_time: str


async def reset(deps: IdentityDeps, actor: Actor, account_id: UUID, reason: str, client: str) -> Opened:
    """The password ends, and every session; a one-time password is answered once (JX-16, CS-13, NR-05)."""
    async with deps.db.transaction() as tx:
        account, held = await _theirs(tx, actor, account_id)
        return await _reset(deps, tx, actor, account, held, reason, client)


async def reset_student(deps: IdentityDeps, actor: Actor, student_id: UUID, reason: str, client: str) -> Opened:
    """As `reset`, of a student's own account: also by a guardian (JX-16, CS-13)."""
    async with deps.db.transaction() as tx:
        found = await students.by_ids(tx, [student_id])
        if not found:
            raise Refusal("not_found")
        actor.need(found[0].path, student_id)
        account, held = await _theirs(tx, actor, found[0].account_id)
        return await _reset(deps, tx, actor, account, held, reason, client)


async def _reset(deps: IdentityDeps, tx: Tx, actor: Actor, account: Account, held: Held, reason: str, client: str) -> Opened:
    require(not account.disabled, "account_disabled", rule="JX-16")
    now = deps.now()
    text, mac = deps.vault.new_one_time(account.id)
    await accounts_held.replace_password(tx, account.id, mac, now + timedelta(days=deps.settings.one_time_days))
    await accounts_held.end_asked(tx, account.id, now)
    ended = await end_sessions(tx, account.id, now, "password_reset")
    detail = {"reason": reason, "sessions_ended": ended}
    await audit(tx, now, [_note("password_reset", actor, account.id, held, client, detail)])
    return Opened(account, text)


async def disable(deps: IdentityDeps, actor: Actor, account_id: UUID, reason: str, client: str) -> None:
    """Nobody signs in to it; what was signed counts no longer, everywhere within a minute."""
    async with deps.db.transaction() as tx:
        account, held = await _theirs(tx, actor, account_id)
        now = deps.now()
        require(await accounts_held.set_disabled(tx, account.id, now), "already_applied", rule="NR-05")
        await accounts_held.end_asked(tx, account.id, now)
        ended = await end_sessions(tx, account.id, now, "account_disabled")
        detail = {"reason": reason, "sessions_ended": ended}
        await audit(tx, now, [_note("account_disabled", actor, account.id, held, client, detail)])


async def enable(deps: IdentityDeps, actor: Actor, account_id: UUID, reason: str, client: str) -> None:
    """It may be signed in to again, with the password it had."""
    async with deps.db.transaction() as tx:
        account, held = await _theirs(tx, actor, account_id)
        require(await accounts_held.set_disabled(tx, account.id, None), "already_applied", rule="NR-05")
        await audit(tx, deps.now(), [_note("account_enabled", actor, account.id, held, client, {"reason": reason})])


async def _theirs(tx: Tx, actor: Actor, account_id: UUID) -> tuple[Account, Held]:
    """The account, held, where it is the actor's to open and close; never one's own."""
    account = await accounts.hold(tx, account_id)
    if account is None:
        raise Refusal("not_found")
    held = (await accounts_held.held(tx, [account_id]))[account_id]
    if account_id == actor.account_id:
        raise Refusal("own_account", rule="NR-05")
    require_handle(actor, held)
    return account, held


def _note(what: str, actor: Actor, account_id: UUID, held: Held, client: str, detail: dict[str, object]) -> Note:
    return Note(what, actor.account_id, actor.card_id, str(account_id), client, detail, held.paths)
