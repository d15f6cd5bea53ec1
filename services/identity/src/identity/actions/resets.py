"""A lost password, by oneself: say who you are, get a code from somebody who may help, set a new one (JX-16).

Nobody learns whether an account exists or whether name and ID number fit: every request is answered alike and written
down; only one that fits is shown to those who may help. Who helps sees a code, never the password.
"""

import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from servicekit.auth import Actor
from servicekit.ids import new_id
from servicekit.refusals import Refusal

from identity.actions import tries
from identity.actions.endings import end_sessions
from identity.deps import IdentityDeps
from identity.domain import id_number, passwords
from identity.domain.accounts import may_handle, require_handle
from identity.store import accounts, accounts_held
from identity.store.accounts_held import Asked
from identity.store.audit import Note
from identity.store.audit import write as audit

ASKED_LASTS = timedelta(days=3)
CODE_LASTS = timedelta(minutes=30)
_AT_ONCE = 3
_TRIES = 5
_HELP = "请向班主任、监护人或学校管理员索取新的重置码"


@dataclass(frozen=True)
class Code:
    """Eight digits, to be told to the holder; shown once."""

    code: str
    until: datetime


async def ask(
    deps: IdentityDeps, username: str, name: str, typed_number: str, client: str, read: tries.Reading
) -> tuple[UUID, datetime]:
    """Ask for a new password. Answers with the request's id and its end, alike whether or not what was said fits."""
    index = deps.vault.id_index(id_number.read(typed_number, "id_number"))
    await tries.require_read(deps, read)
    now = deps.now()
    async with deps.db.transaction() as tx:
        account = await accounts.by_username(tx, username)
        kept = account.id_number_index if account and account.id_number_index else b"\0" * 32
        same = hmac.compare_digest(kept, index)
        fits = account is not None and same and account.name == id_number.plain(name) and not account.disabled
        asked = Asked(new_id(), account.id if account and fits else None, now, now + ASKED_LASTS, None)
        await accounts_held.ask(tx, asked, client, _AT_ONCE)
        note = Note("reset_asked", account.id if account else None, client=client, detail={"fits": fits})
        await audit(tx, now, [note])
    return asked.id, asked.until


async def waiting(deps: IdentityDeps, actor: Actor, after: UUID | None, limit: int) -> tuple[list[Asked], UUID | None]:
    """Who waits for a code that this actor may give, and where the next page begins."""
    async with deps.db.reading() as tx:
        found = await accounts_held.waiting(tx, actor.path, sorted(actor.students), after, deps.now(), limit + 1)
        held = await accounts_held.held(tx, [a.account_id for a in found if a.account_id])
    page = found[:limit]
    mine = [a for a in page if a.account_id and a.account_id != actor.account_id and may_handle(actor, held[a.account_id])]
    return mine, page[-1].id if len(found) > limit else None


async def give_code(deps: IdentityDeps, actor: Actor, reset_id: UUID, client: str) -> Code:
    """A code for the holder, who stands before you; good for half an hour. An older one ends."""
    now = deps.now()
    text = f"{secrets.randbelow(10**8):08d}"
    async with deps.db.transaction() as tx:
        asked = await accounts_held.hold_asked(tx, reset_id, now)
        if asked is None or asked.account_id is None or asked.account_id == actor.account_id:
            raise Refusal("not_found")
        held = (await accounts_held.held(tx, [asked.account_id]))[asked.account_id]
        require_handle(actor, held)
        until = now + CODE_LASTS
        await accounts_held.give_code(tx, reset_id, deps.vault.reset_code(reset_id, text), actor.account_id, until)
        note = Note("reset_code_given", actor.account_id, actor.card_id, str(asked.account_id), client, {}, held.paths)
        await audit(tx, now, [note])
    return Code(text, until)


async def finish(deps: IdentityDeps, reset_id: UUID, code: str, new: str, client: str) -> None:
    """Set the new password with the code; every session ends. Five wrong codes end the request."""
    now = deps.now()
    asked = await _judge(deps, reset_id, code, now)
    passwords.require_good(new, personal=(asked.name, asked.username))
    kept = await deps.passwords.hash(new)
    async with deps.db.transaction() as tx:
        again = await accounts_held.hold_asked(tx, reset_id, now)
        account = None if again is None or again.account_id is None else await accounts.hold(tx, again.account_id)
        if again is None or account is None or account.disabled or again.code != asked.code:
            raise Refusal("reset_code_wrong", field="code", rule="JX-16", help=_HELP)
        await accounts.set_password(tx, account.id, kept, now)
        await accounts_held.end_asked(tx, account.id, now)
        ended = await end_sessions(tx, account.id, now, "password_reset")
        detail = {"by": "self", "sessions_ended": ended}
        await audit(tx, now, [Note("password_reset", account.id, subject=str(account.id), client=client, detail=detail)])


async def _judge(deps: IdentityDeps, reset_id: UUID, code: str, now: datetime) -> Asked:
    """The request, where the code is right; counted where it is not."""
    typed = deps.vault.reset_code(reset_id, "".join(code.split()))
    async with deps.db.transaction(apart=True) as tx:
        asked = await accounts_held.hold_asked(tx, reset_id, now)
        right = hmac.compare_digest(typed, (asked.code if asked else None) or b"\0" * 32)
        if asked is not None and asked.code is not None and not right:
            await accounts_held.count_code(tx, reset_id, _TRIES, now)
    if asked is None or not right:
        raise Refusal("reset_code_wrong", field="code", rule="JX-16", help=_HELP)
    return asked
