"""Resetting one's own lost password, also without the login name: request it, get a code from an authorised helper, set a new
password (JX-16, BJ-02).

The answer to a request does not reveal whether the account exists or the ID number matches. Every request is stored;
helpers see only those that match. A helper sees a code, never the password.
"""

import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from people import read_phone, same_name
from servicekit.auth import Actor
from servicekit.db import Tx
from servicekit.ids import new_id
from servicekit.refusals import Refusal, require

from identity.actions import login_attempts, named_accounts, roles
from identity.actions.account_changes import tell_holders
from identity.actions.grants import issuer_lost_right
from identity.actions.revocation import end_sessions, suspend_cards
from identity.deps import IdentityDeps
from identity.domain import documents, passwords
from identity.domain.account_scope import Help, cards_to_suspend, help_of, require_help
from identity.domain.changed_by import PLATFORM, ChangedBy
from identity.domain.grants import Issuer
from identity.domain.throttle import CaptchaAnswer
from identity.store import accounts, audit, one_time_passwords, password_resets, recoveries
from identity.store.audit import NewAuditRow
from identity.store.password_resets import PasswordReset

RESET_LIFETIME = timedelta(days=3)
CODE_LIFETIME = timedelta(minutes=30)
MAX_OPEN_RESETS = 3
MAX_WRONG_CODES = 5
_HELP = "请向班主任、监护人或学校管理员索取新的重置码"


@dataclass(frozen=True)
class LoginNameOf:
    """A login name, and what it is."""

    title: str
    name: str


@dataclass(frozen=True)
class Code:
    """Eight digits that the helper passes on to the account holder; shown once."""

    code: str
    until: datetime


@dataclass(frozen=True)
class PersonalData:
    """What somebody who forgot the education id knows instead of it: a document or a registered phone number, and the school
    (BJ-02)."""

    name: str
    number: str
    school: str


async def request_reset(
    deps: IdentityDeps, username: str, name: str, typed_number: str, client: str, captcha: CaptchaAnswer
) -> tuple[UUID, datetime]:
    """Request a reset. Returns its id and expiry, whether or not user name, name and ID number match."""
    keys = documents.possible_keys(typed_number)
    require(bool(keys), "id_number_invalid", field="id_number", rule="JX-16")
    indexes = [deps.sealed_numbers.id_number_index(key) for key in keys]
    await login_attempts.require_captcha(deps, captcha)
    now = deps.now()
    async with deps.db.transaction() as tx:
        candidates = (await named_accounts.reached(deps, tx, username, now)).accounts
        matching = [
            a
            for a in candidates
            if any(hmac.compare_digest(a.id_number_index or b"\0" * 32, index) for index in indexes)
            and same_name(a.name, name)
            and not a.disabled
        ]
        account = next(iter(matching or candidates), None)
        return await _asked(tx, account.id if account else None, client, now, matches=bool(matching))


async def _asked(tx: Tx, account_id: UUID | None, client: str, now: datetime, *, matches: bool) -> tuple[UUID, datetime]:
    reset = PasswordReset(new_id(), account_id if matches else None, now, now + RESET_LIFETIME, None)
    await password_resets.add_reset(tx, reset, client, MAX_OPEN_RESETS)
    await audit.add(tx, now, [NewAuditRow("reset_asked", account_id, client=client, detail={"fits": matches})])
    return reset.id, reset.until


async def request_recovery(
    deps: IdentityDeps, about: PersonalData, client: str, captcha: CaptchaAnswer
) -> tuple[UUID, datetime]:
    """Request a reset without the login name (BJ-02). Returns its id and expiry, whether or not somebody has these facts; the
    code of a helper then shows the login name and sets a new password."""
    phone, keys = read_phone(about.number), documents.possible_keys(about.number)
    require(phone is not None or bool(keys), "id_number_invalid", field="id_number", rule="BJ-02")
    await login_attempts.require_captcha(deps, captcha)
    indexes = [deps.sealed_numbers.id_number_index(key) for key in keys]
    now = deps.now()
    async with deps.db.transaction() as tx:
        found = await recoveries.holders(tx, indexes, phone)
        matching = [
            one.account_id
            for one in found
            if same_name(one.name, about.name) and any(same_name(title, about.school) for title in one.schools)
        ]
        return await _asked(tx, next(iter(matching), None), client, now, matches=bool(matching))


async def login_names(deps: IdentityDeps, reset_id: UUID, code: str, client: str) -> list[LoginNameOf]:
    """The login names of the account, for whoever has the code (BJ-02). The code then also sets the new password. Five wrong
    codes end the reset; the holder is told."""
    now = deps.now()
    reset = await _verify_code(deps, reset_id, code, now)
    async with deps.db.transaction() as tx:
        account = None if reset.account_id is None else await accounts.get(tx, reset.account_id)
        if account is None or account.disabled:
            raise Refusal("reset_code_wrong", field="code", rule="BJ-02", help=_HELP)
        lost = await issuer_lost_right(deps, tx, reset.issuer, account, suspends=reset.suspends)
        require(not lost, "reset_code_wrong", field="code", rule="L-11", help=_HELP)
        children = await recoveries.children(tx, account.id)
        schemes = await roles.schemes_at(deps, tx, [child.path for child in children])
        await audit.add(tx, now, [NewAuditRow("login_name_shown", account.id, subject=str(account.id), client=client)])
        await tell_holders(tx, [account.id], "login_name_shown", now, PLATFORM)
    suffixes = {
        child.eid: schemes[child.path][0].accounts.education_id.guardian_suffix for child in children if schemes[child.path]
    }
    own = [LoginNameOf("用户名", account.username)]
    if account.education_id is not None:
        own.append(LoginNameOf("教育ID", account.education_id))
    named = [(child, suffixes.get(child.eid)) for child in children]
    return [*own, *(LoginNameOf(f"{child.name}的家长", f"{child.eid}{suffix}") for child, suffix in named if suffix)]


async def open_resets(
    deps: IdentityDeps, actor: Actor, after: UUID | None, limit: int
) -> tuple[list[PasswordReset], UUID | None]:
    """The open resets for which this actor may give a code, and the cursor of the next page."""
    async with deps.db.reading() as tx:
        found = await password_resets.open_resets(tx, actor.path, sorted(actor.students), after, deps.now(), limit + 1)
        held = await roles.account_scopes(deps, tx, [a.account_id for a in found if a.account_id])
    page = found[:limit]
    mine = [
        a
        for a in page
        if a.account_id
        and a.account_id != actor.account_id
        and help_of(actor, held[a.account_id]) in (Help.FULL, Help.SUSPENDING)
    ]
    return mine, page[-1].id if len(found) > limit else None


async def give_code(deps: IdentityDeps, actor: Actor, reset_id: UUID, client: str, *, suspend_elsewhere: bool) -> Code:
    """Create a code, valid for half an hour, to tell the account holder in person. It replaces an older one.

    `suspend_elsewhere`: using it suspends the active cards out of the actor's scope (L-01)."""
    now = deps.now()
    text = f"{secrets.randbelow(10**8):08d}"
    async with deps.db.transaction() as tx:
        reset = await password_resets.lock_open_reset(tx, reset_id, now)
        if reset is None or reset.account_id is None or reset.account_id == actor.account_id:
            raise Refusal("not_found")
        held = (await roles.account_scopes(deps, tx, [reset.account_id]))[reset.account_id]
        require_help(actor, held, suspend_elsewhere=suspend_elsewhere)
        until = now + CODE_LIFETIME
        digest, suspends = deps.tokens.reset_code_digest(reset_id, text), bool(cards_to_suspend(actor, held))
        await password_resets.set_code(tx, reset_id, digest, actor.account_id, Issuer.of(actor), until, suspends)
        audit_row = NewAuditRow(
            "reset_code_given", actor.account_id, actor.card_id, str(reset.account_id), client, {}, held.paths
        )
        await audit.add(tx, now, [audit_row])
        await tell_holders(tx, [reset.account_id], "reset_code_given", now, ChangedBy.of(actor, client))
    return Code(text, until)


async def set_password(deps: IdentityDeps, reset_id: UUID, code: str, new: str, client: str) -> None:
    """Set the new password with the code, and end all sessions. Five wrong codes end the reset. The code is worth nothing any
    more once its giver has lost the right to give it (L-11)."""
    now = deps.now()
    reset = await _verify_code(deps, reset_id, code, now)
    passwords.require_strong(new, personal=(reset.name, reset.username))
    kept = await deps.passwords.hash(new)
    async with deps.db.transaction() as tx:
        again = await password_resets.lock_open_reset(tx, reset_id, now)
        account = None if again is None or again.account_id is None else await accounts.lock(tx, again.account_id)
        if again is None or account is None or account.disabled or again.code != reset.code:
            raise Refusal("reset_code_wrong", field="code", rule="JX-16", help=_HELP)
        lost = await issuer_lost_right(deps, tx, again.issuer, account, suspends=again.suspends)
        require(not lost, "reset_code_wrong", field="code", rule="L-11", help=_HELP)
        if again.issuer is not None and again.suspends:
            scope = (await roles.account_scopes(deps, tx, [account.id]))[account.id]
            can = await roles.capabilities(deps, tx, again.issuer.role, again.issuer.path)
            by = ChangedBy(again.given_by, again.issuer.card_id, again.issuer.path, client)
            await suspend_cards(tx, cards_to_suspend(again.issuer.actor(can), scope), now, "password_reset", by)
        await accounts.set_password(tx, account.id, kept, now)
        await accounts.begin_holding(tx, account.id, now)
        await one_time_passwords.end_unissued(tx, account.id, now)
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
