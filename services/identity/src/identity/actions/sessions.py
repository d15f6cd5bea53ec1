"""Signing in and out, refreshing, choosing a card, setting a password."""

import asyncio
import hmac
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from contracts.identity import CardRevokedV1
from servicekit import outbox
from servicekit.auth import Bearer, note_revoked
from servicekit.db import Tx
from servicekit.ids import new_id
from servicekit.refusals import Refusal, require

from identity.actions import grants, initial_passwords, login_attempts, named_accounts, roles
from identity.actions.account_changes import tell_holders
from identity.actions.revocation import end_session
from identity.adapters.tokens import new_refresh, refresh_digest
from identity.deps import IdentityDeps
from identity.domain import eid, passwords
from identity.domain.changed_by import PLATFORM
from identity.domain.initial_passwords import StudentAnswer
from identity.domain.throttle import CaptchaAnswer, source_of
from identity.results import MyAccount, SignedIn
from identity.store import accounts, audit, cards, one_time_passwords, security_notices, sessions, students
from identity.store.accounts import Account
from identity.store.audit import NewAuditRow
from identity.store.cards import Card
from identity.store.one_time_passwords import OneTimePassword

_NOBODY = UUID(int=0)
GRACE = timedelta(seconds=30)
"""A refresh token that the same device repeats within this time is answered again."""
MAX_NOTICES = 20


async def sign_in(
    deps: IdentityDeps,
    username: str,
    password: str,
    client: str,
    device: str | None = None,
    captcha: CaptchaAnswer | None = None,
    student: StudentAnswer | None = None,
) -> SignedIn:
    """Sign in with the account's password, or once with a one-time or an initial password (JX-01, CS-13). Takes as long for
    unknown user names.

    `device` is the device token of an earlier sign-in; `captcha` is needed after failures, `student` with an initial password.
    """
    attempt = await login_attempts.admit(deps, "sign_in", username, client, device, captcha)
    now = deps.now()
    async with deps.db.reading() as tx:
        found = await named_accounts.reached(deps, tx, username, now)
        candidates = found.accounts
        ids = [account.id for account in candidates] or [_NOBODY]
        macs = [mac for account_id in ids for mac in deps.tokens.one_time_digests(account_id, password)]
        given = await one_time_passwords.known(tx, macs)
        initial = await initial_passwords.find(deps, tx, found, _canonical(username), password, student)
    account = await _by_own_password(deps, candidates, password)
    own = account is not None
    if account is None and given is not None:
        account = next(a for a in candidates if a.id == given.account_id)
    elif account is None and initial is not None:
        account = initial.account
    tried = account or next(iter(candidates), None)
    try:
        if account is None or account.disabled:
            raise Refusal("bad_credentials", rule="JX-01")
        if not own and given is None and initial is not None:
            await initial_passwords.check(deps, initial, student, client)
        fresh = (
            await deps.passwords.hash(password) if own and deps.passwords.needs_rehash(account.password_hash or "") else None
        )
        async with deps.db.transaction() as tx:
            if not own and given is not None:
                account = await _use_one_time(deps, tx, account, given, now, client)
            elif not own and initial is not None:
                account = await initial_passwords.use(deps, tx, initial)
            if fresh is not None and account.password_hash is not None:
                await accounts.replace_hash(tx, account.id, account.password_hash, fresh)
            await attempt.clear(tx)
            await audit.add(tx, now, [NewAuditRow("signed_in", account.id, client=client, detail={"one_time": not own})])
            sent = attempt.device or deps.tokens.new_device_token(attempt.own[0], now)
            must_change = not own or account.must_change
            signed = await open_session(deps, tx, account, client, now, must_change=must_change, device=sent)
    except Refusal as refusal:
        await login_attempts.audit_failure(deps, NewAuditRow("sign_in_failed", tried.id if tried else None, client=client))
        refusal.details["captcha_next"] = attempt.captcha_next
        raise
    known_by = (account.username, account.education_id)
    return replace(signed, device=sent, former_login_name=username not in known_by and account.id not in found.guardians)


def _canonical(username: str) -> str:
    """A guardian's login name with the suffix in lower case (BJ-01)."""
    name = eid.guardian_name(username)
    return username if name is None else "".join(name)


async def _by_own_password(deps: IdentityDeps, candidates: Sequence[Account], password: str) -> Account | None:
    """The first account that has this password. Takes as long where there is no account."""
    hashes = [account.password_hash for account in candidates] or [None]
    verified = await asyncio.gather(*(deps.passwords.verify(stored, password) for stored in hashes))
    return next((account for account, right in zip(candidates, verified, strict=False) if right and not account.disabled), None)


async def _use_one_time(
    deps: IdentityDeps, tx: Tx, found: Account, given: OneTimePassword, now: datetime, client: str
) -> Account:
    """Sign in with a one-time password: only to an account without a password of its own, and only while its giver may help
    with the account (L-01, L-11). It proves the staff cards that its giver may grant. An account that was in use before may now
    be in other hands: what it complained about so far is not shown any more (L-17). Returns the account as it is then."""
    account = await accounts.lock(tx, found.id)
    if account is None:
        raise Refusal("bad_credentials", rule="JX-01")
    grants.require_unended(given, now)
    if account.password_hash is not None:
        raise Refusal("one_time_not_for_sign_in", rule="L-01")
    if await grants.issuer_lost_right(deps, tx, given.issuer, account, slip=True):
        code = "one_time_not_for_sign_in" if await grants.provable(deps, tx, account, given) else "one_time_void"
        raise Refusal(code, rule="L-11")
    require(await one_time_passwords.use(tx, given.id, now), "one_time_used", rule="JX-01")
    await grants.activate(tx, account, await grants.provable(deps, tx, account, given), now, client)
    if not await audit.has_signed_in(tx, account.id):
        return account
    await accounts.begin_holding(tx, account.id, now)
    return replace(account, held_since=now)


async def open_session(
    deps: IdentityDeps,
    tx: Tx,
    account: Account,
    client: str,
    now: datetime,
    *,
    must_change: bool,
    device: str | None = None,
    card_id: UUID | None = None,
) -> SignedIn:
    """Begin a session, with this card or the only one. After a one-time password it ends with its first access token and
    cannot be refreshed."""
    account_cards = await cards.of_account(tx, account.id)
    only = account_cards[0] if len(account_cards) == 1 and not must_change else None
    card = next((one for one in account_cards if one.id == card_id), only)
    lasts = timedelta(seconds=deps.settings.token_seconds) if must_change else timedelta(days=deps.settings.session_days)
    session_id = new_id()
    digest_of_device = None if device is None else refresh_digest(device).hex()
    await sessions.add(tx, session_id, account.id, card.id if card else None, client, digest_of_device, now, now + lasts)
    refresh = None
    if not must_change:
        refresh, digest = new_refresh()
        await sessions.add_refresh(tx, digest, session_id)
    signed = await _signed(deps, tx, account, session_id, card, account_cards, refresh, now, must_change=must_change)
    return replace(signed, notices=tuple(await security_notices.unseen(tx, account.id, MAX_NOTICES)))


async def _signed(
    deps: IdentityDeps,
    tx: Tx,
    account: Account,
    session_id: UUID,
    card: Card | None,
    account_cards: list[Card],
    refresh: str | None,
    now: datetime,
    *,
    must_change: bool = False,
) -> SignedIn:
    can = await roles.capabilities_of(deps, tx, account_cards)
    actor = replace(card.actor(), held_since=account.held_since, capabilities=can[card.id]) if card else None
    if actor is not None and actor.is_staff:
        own = frozenset(one.student_id for one in account_cards if one.role == "student" and one.student_id is not None)
        former = await roles.former_roles(deps, tx, actor.role, actor.path)
        actor = replace(actor, own_students=own, former_roles=former)
    token = deps.tokens.sign_access_token(account.id, actor, session_id, now, must_change=must_change)
    return SignedIn(token, deps.settings.token_seconds, refresh, must_change, account, card, account_cards, can)


async def refresh(
    deps: IdentityDeps, token: str, client: str, device: str | None, expected_account: UUID | None = None
) -> SignedIn:
    """Exchange a refresh token for new tokens (L-19). Refused with `signed_in_as_other`, without any effect, where the session
    is not of `expected_account` (None: of anybody).

    A used one is answered again within `GRACE`, for two tabs and lost answers, if the same device sends it: with the device
    token of its sign-in, or, where none is sent, from the address that used it first. Otherwise it is taken for stolen: the
    session ends, its tokens are revoked in all services within a minute, and the holder is told.
    """
    now, digest = deps.now(), refresh_digest(token)
    async with deps.db.transaction() as tx:
        found = await sessions.find_refresh(tx, digest, now)
        if found is None or not found.live or found.disabled:
            pass
        elif expected_account is not None and found.account_id != expected_account:
            raise Refusal("signed_in_as_other", rule="L-19")
        elif found.used_at is None or _is_repeated(found, now, client, device):
            return await _renew(deps, tx, found, digest, now, client)
        else:
            await end_session(tx, found.session_id, found.account_id, now, "refresh_reused")
            audit_row = NewAuditRow("refresh_reused", found.account_id, subject=str(found.session_id), client=client)
            await audit.add(tx, now, [audit_row])
            await tell_holders(tx, [found.account_id], "refresh_token_reused", now, PLATFORM)
    raise Refusal("refresh_reused" if found is not None and found.used_at is not None else "refresh_invalid")


def _is_repeated(found: sessions.Refresh, now: datetime, client: str, device: str | None) -> bool:
    if found.used_at is None or now - found.used_at > GRACE:
        return False
    if device is not None and found.device is not None:
        return hmac.compare_digest(refresh_digest(device).hex(), found.device)
    return found.used_from == source_of(client)


async def _renew(deps: IdentityDeps, tx: Tx, found: sessions.Refresh, digest: bytes, now: datetime, client: str) -> SignedIn:
    account = await accounts.get(tx, found.account_id)
    if account is None:
        raise Refusal("refresh_invalid")
    account_cards = await cards.of_account(tx, account.id)
    card = next((c for c in account_cards if c.id == found.card_id), account_cards[0] if len(account_cards) == 1 else None)
    text, fresh = new_refresh()
    await sessions.use_refresh(tx, digest, now, source_of(client))
    await sessions.add_refresh(tx, fresh, found.session_id)
    await sessions.prolong(tx, found.session_id, now + timedelta(days=deps.settings.session_days))
    return await _signed(deps, tx, account, found.session_id, card, account_cards, text, now)


async def live(deps: IdentityDeps, tx: Tx, bearer: Bearer) -> tuple[Account, UUID]:
    """Lock the bearer's session and account; refuses if the session has ended."""
    session_id = bearer.session_id
    owner = None if session_id is None else await sessions.live_account(tx, session_id, deps.now())
    account = None if owner is None else await accounts.lock(tx, owner)
    if session_id is None or account is None or account.disabled or owner != bearer.account_id:
        raise Refusal("unauthenticated", detail="登录已结束，请重新登录")
    return account, session_id


async def switch_card(deps: IdentityDeps, bearer: Bearer, card_id: UUID, client: str) -> SignedIn:
    """Switch the session to this card (JX-16, CS-14). The refresh token stays valid."""
    now = deps.now()
    async with deps.db.transaction() as tx:
        account, session_id = await live(deps, tx, bearer)
        account_cards = await cards.of_account(tx, account.id)
        card = next((c for c in account_cards if c.id == card_id), None)
        if card is None:
            raise Refusal("not_found", rule="JX-16")
        await sessions.switch_card(tx, session_id, card_id)
        await audit.add(tx, now, [NewAuditRow("card_chosen", account.id, card_id, client=client, paths=(card.path,))])
        return await _signed(deps, tx, account, session_id, card, account_cards, None, now)


async def sign_out(deps: IdentityDeps, bearer: Bearer | None, token: str | None, client: str) -> None:
    """End the session of the access token and that of the refresh token: in a browser in which somebody signed in in another
    tab, both. Their access tokens are refused in all services within a minute (L-19)."""
    now = deps.now()
    async with deps.db.transaction() as tx:
        found = None if token is None else await sessions.find_refresh(tx, refresh_digest(token), now)
        ended = {} if found is None or not found.live else {found.session_id: found.account_id}
        if bearer is not None and bearer.session_id is not None:
            ended[bearer.session_id] = bearer.account_id
        for session_id, account_id in sorted(ended.items()):
            await end_session(tx, session_id, account_id, now, "signed_out")
            await audit.add(tx, now, [NewAuditRow("signed_out", account_id, client=client)])


async def change_password(deps: IdentityDeps, bearer: Bearer, old: str | None, new: str, client: str) -> SignedIn:
    """Set the holder's password and end all other sessions. `old` is required if the account has a password, unless the
    session was begun with a one-time password."""
    async with deps.db.reading() as tx:
        account = await accounts.get(tx, bearer.account_id)
    if account is None:
        raise Refusal("unauthenticated")
    passwords.require_strong(new, personal=(account.name, account.username))
    if not bearer.must_change_password and account.password_hash is not None:
        await _prove(deps, account, old, new, client)
    kept = await deps.passwords.hash(new)
    now = deps.now()
    async with deps.db.transaction() as tx:
        account, session_id = await live(deps, tx, bearer)
        await accounts.set_password(tx, account.id, kept, now)
        await one_time_passwords.end_unissued(tx, account.id, now)
        others = await sessions.end_all(tx, account.id, now, "password_changed", except_id=session_id)
        await sessions.end(tx, session_id, now, "password_changed")
        if others or not bearer.must_change_password:
            # one millisecond earlier, so that the tokens of the new session below are not revoked with the others
            before = now - timedelta(milliseconds=1)
            await note_revoked(tx, account.id, before)
            event = CardRevokedV1(card_id=account.id, account_id=account.id, at=before, reason="password_changed")
            await outbox.add(tx, event)
        await audit.add(
            tx, now, [NewAuditRow("password_changed", account.id, client=client, detail={"sessions_ended": others})]
        )
        return await open_session(deps, tx, account, client, now, must_change=False)


async def _prove(deps: IdentityDeps, account: Account, old: str | None, new: str, client: str) -> None:
    require(bool(old), "wrong_password", field="old")
    require(old != new, "password_unchanged", field="new")
    target = deps.tokens.attempt_target("password", str(account.id))
    attempt = await login_attempts.count(deps, target, client)
    if not await deps.passwords.verify(account.password_hash, old or ""):
        await login_attempts.audit_failure(deps, NewAuditRow("password_change_failed", account.id, client=client))
        raise Refusal("wrong_password", field="old")
    async with deps.db.transaction(apart=True) as tx:
        await attempt.clear(tx)


async def me(deps: IdentityDeps, account_id: UUID) -> MyAccount:
    """The account, its active, offered and suspended cards, and the notices that its holder has not seen."""
    async with deps.db.reading() as tx:
        account = await accounts.get(tx, account_id)
        account_cards = await cards.of_account(tx, account_id)
        pending = await cards.pending(tx, account_id)
        registered_at = await students.registered_at(tx, account_id)
        notices = tuple(await security_notices.unseen(tx, account_id, MAX_NOTICES))
    if account is None:
        raise Refusal("not_found")
    return MyAccount(account, account_cards, pending, registered_at, notices)


async def see_notices(deps: IdentityDeps, account_id: UUID, up_to: UUID) -> None:
    """The holder has seen this notice and the older ones."""
    async with deps.db.transaction() as tx:
        await security_notices.mark_seen(tx, account_id, up_to, deps.now())
