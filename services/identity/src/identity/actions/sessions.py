"""Signing in and out, refreshing, choosing a card, setting a password."""

import hmac
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from contracts.identity import CardRevokedV1
from servicekit import outbox
from servicekit.auth import Bearer, note_revoked
from servicekit.db import Tx
from servicekit.ids import new_id
from servicekit.refusals import Refusal, require

from identity.actions import login_attempts
from identity.adapters.tokens import new_refresh, refresh_digest
from identity.deps import IdentityDeps
from identity.domain import passwords
from identity.domain.throttle import CaptchaAnswer
from identity.results import SignedIn
from identity.store import accounts, audit, cards, sessions
from identity.store.accounts import Account
from identity.store.audit import NewAuditRow
from identity.store.cards import Card

_NOBODY = UUID(int=0)


async def sign_in(
    deps: IdentityDeps,
    username: str,
    password: str,
    client: str,
    device: str | None = None,
    captcha: CaptchaAnswer | None = None,
) -> SignedIn:
    """Sign in with the account's password, or once with a one-time password (JX-01). Takes as long for unknown user names.

    `device` is the device token of an earlier sign-in; `captcha` is needed after failures.
    """
    attempt = await login_attempts.admit(deps, "sign_in", username, client, device, captcha)
    async with deps.db.reading() as tx:
        account = await accounts.by_username(tx, username)
    own = await deps.passwords.verify(account.password_hash if account else None, password)
    mac = _one_time(deps, account, password)
    if account is None or account.disabled or not (own or mac):
        await login_attempts.audit_failure(deps, NewAuditRow("sign_in_failed", account.id if account else None, client=client))
        raise Refusal("bad_credentials", rule="JX-01", captcha_next=attempt.captcha_next)
    fresh = await deps.passwords.hash(password) if own and deps.passwords.needs_rehash(account.password_hash or "") else None
    now = deps.now()
    async with deps.db.transaction() as tx:
        if mac is not None and not own:
            require(await accounts.use_one_time(tx, account.id, mac, now), "bad_credentials", rule="JX-01")
        if fresh is not None and account.password_hash is not None:
            await accounts.replace_hash(tx, account.id, account.password_hash, fresh)
        await attempt.clear(tx)
        await audit.add(tx, now, [NewAuditRow("signed_in", account.id, client=client, detail={"one_time": not own})])
        signed = await open_session(deps, tx, account, client, now, must_change=not own or account.must_change)
    return replace(signed, device=attempt.device or deps.tokens.new_device_token(attempt.own[0], now))


def _one_time(deps: IdentityDeps, account: Account | None, password: str) -> bytes | None:
    """The digest of the typed one-time password if it is the account's. Compares also for unknown accounts (timing)."""
    kept = account.one_time_mac if account else None
    found = None
    for digest in deps.tokens.one_time_digests(account.id if account else _NOBODY, password):
        if hmac.compare_digest(digest, kept or b"\0" * 32) and kept is not None:
            found = kept
    return found


async def open_session(
    deps: IdentityDeps, tx: Tx, account: Account, client: str, now: datetime, *, must_change: bool
) -> SignedIn:
    """Begin a session. After a one-time password it ends with its first access token and cannot be refreshed."""
    account_cards = await cards.of_account(tx, account.id)
    card = account_cards[0] if len(account_cards) == 1 and not must_change else None
    lasts = timedelta(seconds=deps.settings.token_seconds) if must_change else timedelta(days=deps.settings.session_days)
    session_id = new_id()
    await sessions.add(tx, session_id, account.id, card.id if card else None, client, now, now + lasts)
    refresh = None
    if not must_change:
        refresh, digest = new_refresh()
        await sessions.add_refresh(tx, digest, session_id)
    return _signed(deps, account, session_id, card, account_cards, refresh, now, must_change=must_change)


def _signed(
    deps: IdentityDeps,
    account: Account,
    session_id: UUID,
    card: Card | None,
    account_cards: list[Card],
    refresh: str | None,
    now: datetime,
    *,
    must_change: bool = False,
) -> SignedIn:
    actor = card.actor() if card else None
    token = deps.tokens.sign_access_token(account.id, actor, session_id, now, must_change=must_change)
    return SignedIn(token, deps.settings.token_seconds, refresh, must_change, account, card, account_cards)


async def refresh(deps: IdentityDeps, token: str, client: str) -> SignedIn:
    """Exchange an unused refresh token for new tokens; a used one ends its session, because it may be stolen."""
    now, digest = deps.now(), refresh_digest(token)
    async with deps.db.transaction() as tx:
        found = await sessions.find_refresh(tx, digest, now)
        if found is not None and found.used and found.live:
            await sessions.end(tx, found.session_id, now, "refresh_reused")
            audit_row = NewAuditRow("refresh_reused", found.account_id, subject=str(found.session_id), client=client)
            await audit.add(tx, now, [audit_row])
        elif found is not None and found.live and not found.disabled:
            return await _renew(deps, tx, found, digest, now)
    raise Refusal("refresh_reused" if found is not None and found.used else "refresh_invalid")


async def _renew(deps: IdentityDeps, tx: Tx, found: sessions.Refresh, digest: bytes, now: datetime) -> SignedIn:
    account = await accounts.get(tx, found.account_id)
    if account is None:
        raise Refusal("refresh_invalid")
    account_cards = await cards.of_account(tx, account.id)
    card = next((c for c in account_cards if c.id == found.card_id), account_cards[0] if len(account_cards) == 1 else None)
    text, fresh = new_refresh()
    await sessions.use_refresh(tx, digest, now)
    await sessions.add_refresh(tx, fresh, found.session_id)
    await sessions.prolong(tx, found.session_id, now + timedelta(days=deps.settings.session_days))
    return _signed(deps, account, found.session_id, card, account_cards, text, now)


async def _live(deps: IdentityDeps, tx: Tx, bearer: Bearer) -> tuple[Account, UUID]:
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
        account, session_id = await _live(deps, tx, bearer)
        account_cards = await cards.of_account(tx, account.id)
        card = next((c for c in account_cards if c.id == card_id), None)
        if card is None:
            raise Refusal("not_found", rule="JX-16")
        await sessions.switch_card(tx, session_id, card_id)
        await audit.add(tx, now, [NewAuditRow("card_chosen", account.id, card_id, client=client)])
    return _signed(deps, account, session_id, card, account_cards, None, now)


async def sign_out(deps: IdentityDeps, bearer: Bearer, client: str) -> None:
    """End the session. Its access token stays valid until it expires."""
    async with deps.db.transaction() as tx:
        if bearer.session_id is not None:
            await sessions.end(tx, bearer.session_id, deps.now(), "signed_out")
        await audit.add(tx, deps.now(), [NewAuditRow("signed_out", bearer.account_id, client=client)])


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
        account, session_id = await _live(deps, tx, bearer)
        await accounts.set_password(tx, account.id, kept, now)
        others = await sessions.end_all(tx, account.id, now, "password_changed", except_id=session_id)
        await sessions.end(tx, session_id, now, "password_changed")
        if others:
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


async def me(deps: IdentityDeps, account_id: UUID) -> tuple[Account, list[Card]]:
    """The account and its active cards."""
    async with deps.db.reading() as tx:
        account = await accounts.get(tx, account_id)
        account_cards = await cards.of_account(tx, account_id)
    if account is None:
        raise Refusal("not_found")
    return account, account_cards
