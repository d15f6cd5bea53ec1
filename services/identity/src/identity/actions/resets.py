"""Resetting one's own lost password: request it, get a code from an authorised helper, set a new password (JX-16).

The answer to a request does not reveal whether the account exists or the ID number matches. Every request is stored;
helpers see only those that match. A helper sees a code, never the password.
"""

import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from servicekit.auth import Actor
from servicekit.ids import new_id
from servicekit.refusals import Refusal

from identity.actions import login_attempts
from identity.actions.revocation import end_sessions
from identity.deps import IdentityDeps
from identity.domain import id_number, passwords
from identity.domain.account_scope import may_manage, require_may_manage
from identity.domain.throttle import CaptchaAnswer
from identity.store import accounts, audit, password_resets
from identity.store.audit import NewAuditRow
from identity.store.password_resets import PasswordReset

RESET_LIFETIME = timedelta(days=3)
CODE_LIFETIME = timedelta(minutes=30)
MAX_OPEN_RESETS = 3
MAX_WRONG_CODES = 5
_HELP = "请向班主任、监护人或学校管理员索取新的重置码"


@dataclass(frozen=True)
class Code:
    """Eight digits that the helper passes on to the account holder; shown once."""

    code: str
    until: datetime


async def request_reset(
    deps: IdentityDeps, username: str, name: str, typed_number: str, client: str, captcha: CaptchaAnswer
) -> tuple[UUID, datetime]:
    """Request a reset. Returns its id and expiry, whether or not user name, name and ID number match."""
    index = deps.sealed_numbers.id_number_index(id_number.read(typed_number, "id_number"))
    await login_attempts.require_captcha(deps, captcha)
    now = deps.now()
    async with deps.db.transaction() as tx:
        account = await accounts.by_username(tx, username)
        kept = account.id_number_index if account and account.id_number_index else b"\0" * 32
        same = hmac.compare_digest(kept, index)
        matches = account is not None and same and account.name == id_number.plain(name) and not account.disabled
        reset = PasswordReset(new_id(), account.id if account and matches else None, now, now + RESET_LIFETIME, None)
        await password_resets.add_reset(tx, reset, client, MAX_OPEN_RESETS)
        audit_row = NewAuditRow("reset_asked", account.id if account else None, client=client, detail={"fits": matches})
        await audit.add(tx, now, [audit_row])
    return reset.id, reset.until


async def open_resets(
    deps: IdentityDeps, actor: Actor, after: UUID | None, limit: int
) -> tuple[list[PasswordReset], UUID | None]:
    """The open resets for which this actor may give a code, and the cursor of the next page."""
    async with deps.db.reading() as tx:
        found = await password_resets.open_resets(tx, actor.path, sorted(actor.students), after, deps.now(), limit + 1)
        held = await password_resets.scopes(tx, [a.account_id for a in found if a.account_id])
    page = found[:limit]
    mine = [a for a in page if a.account_id and a.account_id != actor.account_id and may_manage(actor, held[a.account_id])]
    return mine, page[-1].id if len(found) > limit else None


async def give_code(deps: IdentityDeps, actor: Actor, reset_id: UUID, client: str) -> Code:
    """Create a code, valid for half an hour, to tell the account holder in person. It replaces an older one."""
    now = deps.now()
    text = f"{secrets.randbelow(10**8):08d}"
    async with deps.db.transaction() as tx:
        reset = await password_resets.lock_open_reset(tx, reset_id, now)
        if reset is None or reset.account_id is None or reset.account_id == actor.account_id:
            raise Refusal("not_found")
        held = (await password_resets.scopes(tx, [reset.account_id]))[reset.account_id]
        require_may_manage(actor, held)
        until = now + CODE_LIFETIME
        await password_resets.set_code(tx, reset_id, deps.tokens.reset_code_digest(reset_id, text), actor.account_id, until)
        audit_row = NewAuditRow(
            "reset_code_given", actor.account_id, actor.card_id, str(reset.account_id), client, {}, held.paths
        )
        await audit.add(tx, now, [audit_row])
    return Code(text, until)


async def set_password(deps: IdentityDeps, reset_id: UUID, code: str, new: str, client: str) -> None:
    """Set the new password with the code, and end all sessions. Five wrong codes end the reset."""
    now = deps.now()
    reset = await _verify_code(deps, reset_id, code, now)
    passwords.require_strong(new, personal=(reset.name, reset.username))
    kept = await deps.passwords.hash(new)
    async with deps.db.transaction() as tx:
        again = await password_resets.lock_open_reset(tx, reset_id, now)
        account = None if again is None or again.account_id is None else await accounts.lock(tx, again.account_id)
        if again is None or account is None or account.disabled or again.code != reset.code:
            raise Refusal("reset_code_wrong", field="code", rule="JX-16", help=_HELP)
        await accounts.set_password(tx, account.id, kept, now)
        await password_resets.end_open_resets(tx, account.id, now)
        ended = await end_sessions(tx, account.id, now, "password_reset")
        detail = {"by": "self", "sessions_ended": ended}
        await audit.add(
            tx, now, [NewAuditRow("password_reset", account.id, subject=str(account.id), client=client, detail=detail)]
        )


async def _verify_code(deps: IdentityDeps, reset_id: UUID, code: str, now: datetime) -> PasswordReset:
    """The reset, if the code is right. A wrong code is counted and refused."""
    typed = deps.tokens.reset_code_digest(reset_id, "".join(code.split()))
    async with deps.db.transaction(apart=True) as tx:
        reset = await password_resets.lock_open_reset(tx, reset_id, now)
        right = hmac.compare_digest(typed, (reset.code if reset else None) or b"\0" * 32)
        if reset is not None and reset.code is not None and not right:
            await password_resets.count_wrong_code(tx, reset_id, MAX_WRONG_CODES, now)
    if reset is None or not right:
        raise Refusal("reset_code_wrong", field="code", rule="JX-16", help=_HELP)
    return reset
