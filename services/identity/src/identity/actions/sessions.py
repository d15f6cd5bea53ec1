"""Signing in and out, refreshing, choosing a card, setting a password."""

import hmac
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from contracts.identity import CardRevokedV1
from servicekit import outbox
from servicekit.auth import Bearer, note_revoked
from servicekit.db import Tx
from servicekit.ids import new_id
from servicekit.refusals import Refusal, require

from identity.actions import tries
from identity.deps import IdentityDeps
from identity.domain import passwords
from identity.store import accounts, cards, sessions
from identity.store.accounts import Account
from identity.store.audit import Note
from identity.store.audit import write as audit
from identity.store.cards import Card
from identity.vault import new_refresh, refresh_digest

_NOBODY = UUID(int=0)


@dataclass(frozen=True)
class SignedIn:
    """What somebody signed in is given. Without a card: several to choose from, or none yet."""

    access_token: str
    expires_in: int
    refresh_token: str | None
    must_change: bool
    account: Account
    card: Card | None
    cards: list[Card]
    device: str | None = None
    """To be kept by the device and sent at its next sign-in."""


async def sign_in(
    deps: IdentityDeps,
    username: str,
    password: str,
    client: str,
    device: str | None = None,
    read: tries.Reading | None = None,
) -> SignedIn:
    """By the account's own password, or once by a one-time password (JX-01). Unknown and known names cost the same.

    `device` is the token of an earlier sign-in here; `read` is what was read in a picture, where failures ask for one.
    """
    tried = await tries.admit(deps, "sign_in", username, client, device, read)
    async with deps.db.reading() as tx:
        account = await accounts.by_username(tx, username)
    own = await deps.passwords.verify(account.password_hash if account else None, password)
    mac = _one_time(deps, account, password)
    if account is None or account.disabled or not (own or mac):
        await tries.note(deps, Note("sign_in_failed", account.id if account else None, client=client))
        raise Refusal("bad_credentials", rule="JX-01", captcha_next=tried.captcha_next)
    fresh = await deps.passwords.hash(password) if own and deps.passwords.outdated(account.password_hash or "") else None
    now = deps.now()
    async with deps.db.transaction() as tx:
        if mac is not None and not own:
            require(await accounts.use_one_time(tx, account.id, mac, now), "bad_credentials", rule="JX-01")
        if fresh is not None and account.password_hash is not None:
            await accounts.keep_hash(tx, account.id, account.password_hash, fresh)
        await tried.forgive(tx)
        await audit(tx, now, [Note("signed_in", account.id, client=client, detail={"one_time": not own})])
        signed = await open_session(deps, tx, account, client, now, must_change=not own or account.must_change)
    return replace(signed, device=tried.device or deps.vault.new_device(tried.own[0], now))


def _one_time(deps: IdentityDeps, account: Account | None, password: str) -> bytes | None:
    """The fingerprint of the one-time password typed, where the account has this one."""
    kept = account.one_time_mac if account else None
    found = None
    for reading in deps.vault.one_time_readings(account.id if account else _NOBODY, password):
        if hmac.compare_digest(reading, kept or b"\0" * 32) and kept is not None:
            found = kept
    return found


async def open_session(
    deps: IdentityDeps, tx: Tx, account: Account, client: str, now: datetime, *, must_change: bool
) -> SignedIn:
    """A new family. After a one-time password it lasts as long as its only token, and cannot be refreshed."""
    own_cards = await cards.of_account(tx, account.id)
    card = own_cards[0] if len(own_cards) == 1 and not must_change else None
    lasts = timedelta(seconds=deps.settings.token_seconds) if must_change else timedelta(days=deps.settings.session_days)
    session_id = new_id()
    await sessions.begin(tx, session_id, account.id, card.id if card else None, client, now, now + lasts)
    refresh = None
    if not must_change:
        refresh, digest = new_refresh()
        await sessions.add_refresh(tx, digest, session_id)
    return _signed(deps, account, session_id, card, own_cards, refresh, now, must_change=must_change)


def _signed(
    deps: IdentityDeps,
    account: Account,
    session_id: UUID,
    card: Card | None,
    own_cards: list[Card],
    refresh: str | None,
    now: datetime,
    *,
    must_change: bool = False,
) -> SignedIn:
    actor = card.actor() if card else None
    token = deps.vault.sign(account.id, actor, session_id, now, must_change=must_change)
    return SignedIn(token, deps.settings.token_seconds, refresh, must_change, account, card, own_cards)


async def refresh(deps: IdentityDeps, token: str, client: str) -> SignedIn:
    """A new pair for a refresh token that was never used; one that comes back ends its family."""
    now, digest = deps.now(), refresh_digest(token)
    async with deps.db.transaction() as tx:
        found = await sessions.find_refresh(tx, digest, now)
        if found is not None and found.used and found.live:
            await sessions.end(tx, found.session_id, now, "refresh_reused")
            note = Note("refresh_reused", found.account_id, subject=str(found.session_id), client=client)
            await audit(tx, now, [note])
        elif found is not None and found.live and not found.disabled:
            return await _renew(deps, tx, found, digest, now)
    raise Refusal("refresh_reused" if found is not None and found.used else "refresh_invalid")


async def _renew(deps: IdentityDeps, tx: Tx, found: sessions.Refresh, digest: bytes, now: datetime) -> SignedIn:
    account = await accounts.get(tx, found.account_id)
    if account is None:
        raise Refusal("refresh_invalid")
    own_cards = await cards.of_account(tx, account.id)
    card = next((c for c in own_cards if c.id == found.card_id), own_cards[0] if len(own_cards) == 1 else None)
    text, fresh = new_refresh()
    await sessions.use_refresh(tx, digest, now)
    await sessions.add_refresh(tx, fresh, found.session_id)
    await sessions.prolong(tx, found.session_id, now + timedelta(days=deps.settings.session_days))
    return _signed(deps, account, found.session_id, card, own_cards, text, now)


async def _live(deps: IdentityDeps, tx: Tx, bearer: Bearer) -> tuple[Account, UUID]:
    """The bearer's account and session, held, where the session has not ended."""
    session_id = bearer.session_id
    owner = None if session_id is None else await sessions.live_account(tx, session_id, deps.now())
    account = None if owner is None else await accounts.hold(tx, owner)
    if session_id is None or account is None or account.disabled or owner != bearer.account_id:
        raise Refusal("unauthenticated", detail="登录已结束，请重新登录")
    return account, session_id


async def choose_card(deps: IdentityDeps, bearer: Bearer, card_id: UUID, client: str) -> SignedIn:
    """From now on act with this card (JX-16, CS-14). The refresh token stays the one in hand."""
    now = deps.now()
    async with deps.db.transaction() as tx:
        account, session_id = await _live(deps, tx, bearer)
        own_cards = await cards.of_account(tx, account.id)
        card = next((c for c in own_cards if c.id == card_id), None)
        if card is None:
            raise Refusal("not_found", rule="JX-16")
        await sessions.choose_card(tx, session_id, card_id)
        await audit(tx, now, [Note("card_chosen", account.id, card_id, client=client)])
    return _signed(deps, account, session_id, card, own_cards, None, now)


async def sign_out(deps: IdentityDeps, bearer: Bearer, client: str) -> None:
    """The family ends; its access token runs out by itself."""
    async with deps.db.transaction() as tx:
        if bearer.session_id is not None:
            await sessions.end(tx, bearer.session_id, deps.now(), "signed_out")
        await audit(tx, deps.now(), [Note("signed_out", bearer.account_id, client=client)])


async def change_password(deps: IdentityDeps, bearer: Bearer, old: str | None, new: str, client: str) -> SignedIn:
    """The holder's own password; all other sessions end. `old` is asked of everybody who has one
    and did not come by a one-time one (from elsewhere one comes without)."""
    async with deps.db.reading() as tx:
        account = await accounts.get(tx, bearer.account_id)
    if account is None:
        raise Refusal("unauthenticated")
    passwords.require_good(new, personal=(account.name, account.username))
    if not bearer.must_change_password and account.password_hash is not None:
        await _prove(deps, account, old, new, client)
    kept = await deps.passwords.hash(new)
    now = deps.now()
    async with deps.db.transaction() as tx:
        account, session_id = await _live(deps, tx, bearer)
        await accounts.set_password(tx, account.id, kept, now)
        others = await sessions.end_all(tx, account.id, now, "password_changed", besides=session_id)
        await sessions.end(tx, session_id, now, "password_changed")
        if others:
            # what these sessions signed a moment ago is refused everywhere; what is signed now is younger
            before = now - timedelta(milliseconds=1)
            await note_revoked(tx, account.id, before)
            event = CardRevokedV1(card_id=account.id, account_id=account.id, at=before, reason="password_changed")
            await outbox.add(tx, event)
        await audit(tx, now, [Note("password_changed", account.id, client=client, detail={"sessions_ended": others})])
        return await open_session(deps, tx, account, client, now, must_change=False)


async def _prove(deps: IdentityDeps, account: Account, old: str | None, new: str, client: str) -> None:
    require(bool(old), "wrong_password", field="old")
    require(old != new, "password_unchanged", field="new")
    target = deps.vault.target("password", str(account.id))
    tried = await tries.count(deps, target, client)
    if not await deps.passwords.verify(account.password_hash, old or ""):
        await tries.note(deps, Note("password_change_failed", account.id, client=client))
        raise Refusal("wrong_password", field="old")
    async with deps.db.transaction(apart=True) as tx:
        await tried.forgive(tx)


async def me(deps: IdentityDeps, account_id: UUID) -> tuple[Account, list[Card]]:
    """The account and its cards."""
    async with deps.db.reading() as tx:
        account = await accounts.get(tx, account_id)
        own_cards = await cards.of_account(tx, account_id)
    if account is None:
        raise Refusal("not_found")
    return account, own_cards
