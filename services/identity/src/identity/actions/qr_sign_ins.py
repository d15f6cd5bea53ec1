"""Signing a computer in with a phone that is signed in (CS-03).

A computer shows a code for a minute. Two secrets belong to it: the `code` in the picture, which says which computer is
meant and opens nothing, and the `secret`, which only the browser has that asked for it. Whoever photographs the code can at
most allow *that* computer with an own account; without a phone's word nobody gets anything. The phone shows which device from
which address will be signed in, so that its holder does not allow a stranger's computer.
"""

import secrets
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from servicekit.auth import Bearer
from servicekit.ids import new_id
from servicekit.refusals import Refusal, require

from identity.actions import sessions
from identity.actions.account_changes import tell_holders
from identity.adapters.tokens import refresh_digest
from identity.deps import IdentityDeps
from identity.domain.changed_by import PLATFORM
from identity.domain.devices import describe_device
from identity.domain.throttle import source_of
from identity.results import SignedIn
from identity.store import accounts, audit, cards, qr_sign_ins
from identity.store.audit import NewAuditRow
from identity.store.qr_sign_ins import QrSignIn
from identity.store.sessions import live_account

LIFETIME = timedelta(seconds=60)
COLLECT_WITHIN = timedelta(seconds=60)
MAX_OPEN = 500
"""Codes that one address shows at once: a whole school may share one."""


@dataclass(frozen=True)
class NewCode:
    """A code for a browser to show. `secret` is for that browser only."""

    id: UUID
    code: str
    secret: str
    address: str
    seconds: int


@dataclass(frozen=True)
class AskedSignIn:
    """What a phone is asked to allow. `client`: the address of the computer."""

    device: str
    client: str
    same_network: bool
    until: datetime


async def begin(deps: IdentityDeps, client: str, user_agent: str) -> NewCode:
    """A code for this browser. Refused with `too_many_requests` while its address shows very many."""
    now, source = deps.now(), source_of(client)
    # 128 bits in the picture, so that it stays coarse enough for old cameras; 256 for the browser.
    code, secret = secrets.token_urlsafe(16), secrets.token_urlsafe(32)
    made = NewCode(new_id(), code, secret, f"{deps.settings.public_base}/qr-sign-in#{code}", int(LIFETIME.total_seconds()))
    async with deps.db.transaction() as tx:
        if await qr_sign_ins.count_open(tx, source, now) >= MAX_OPEN:
            raise Refusal("too_many_requests", rule="CS-03", retry_after=int(LIFETIME.total_seconds()))
        device = describe_device(user_agent)
        await qr_sign_ins.add(tx, made.id, refresh_digest(code), refresh_digest(secret), source, device, now, now + LIFETIME)
    return made


async def asked(deps: IdentityDeps, code: str, client: str) -> AskedSignIn:
    """What the code asks of the phone that read it; `qr_ended` where it does not wait any more."""
    async with deps.db.transaction() as tx:
        found = await qr_sign_ins.waiting(tx, refresh_digest(code), deps.now())
    if found is None:
        raise Refusal("qr_ended", rule="CS-03")
    return AskedSignIn(found.device, found.client, found.client == source_of(client), found.until)


async def decide(deps: IdentityDeps, bearer: Bearer, code: str, card_id: UUID | None, client: str, *, allow: bool) -> None:
    """The phone's word. `card_id`: the card with which the computer begins; it must be one of the account's active cards."""
    now = deps.now()
    async with deps.db.transaction() as tx:
        account, session_id = await sessions.live(deps, tx, bearer)
        found = await qr_sign_ins.waiting(tx, refresh_digest(code), now)
        if found is None:
            raise Refusal("qr_ended", rule="CS-03")
        detail = {"device": found.device, "from": found.client}
        if not allow:
            await qr_sign_ins.end(tx, found.id, "refused")
            await audit.add(tx, now, [NewAuditRow("qr_refused", account.id, client=client, detail=detail)])
            return
        held = {card.id for card in await cards.of_account(tx, account.id)}
        require(card_id in held if card_id is not None else not held, "not_found", field="card_id", rule="JX-16")
        await qr_sign_ins.allow(tx, found.id, account.id, card_id, session_id, now + COLLECT_WITHIN)
        await audit.add(tx, now, [NewAuditRow("qr_allowed", account.id, card_id, client=client, detail=detail)])


async def state(deps: IdentityDeps, id: UUID, secret: str) -> str:
    """What became of the browser's code: `waiting`, `allowed`, `refused`, or `ended`."""
    async with deps.db.transaction() as tx:
        found = await qr_sign_ins.of_browser(tx, id, refresh_digest(secret))
    return _state(found, deps.now())


def _state(found: QrSignIn | None, now: datetime) -> str:
    if found is None or found.state == "used" or found.until <= now:
        return "ended"
    return found.state


async def collect(deps: IdentityDeps, id: UUID, secret: str, client: str) -> SignedIn:
    """The session of the browser whose code was allowed; once, and only while the phone that allowed it is signed in."""
    now = deps.now()
    async with deps.db.transaction() as tx:
        found = await qr_sign_ins.of_browser(tx, id, refresh_digest(secret))
        if found is None or _state(found, now) != "allowed" or found.account_id is None or found.session_id is None:
            raise Refusal("qr_ended", rule="CS-03")
        still = await live_account(tx, found.session_id, now)
        account = await accounts.lock(tx, found.account_id) if still == found.account_id else None
        held = {card.id for card in await cards.of_account(tx, found.account_id)}
        if account is None or account.disabled or (found.card_id is not None and found.card_id not in held):
            raise Refusal("qr_ended", rule="CS-03")
        await qr_sign_ins.end(tx, found.id, "used")
        detail = {"qr": True, "device": found.device}
        await audit.add(tx, now, [NewAuditRow("signed_in", account.id, client=client, detail=detail)])
        signed = await sessions.open_session(deps, tx, account, client, now, must_change=False, card_id=found.card_id)
        await tell_holders(tx, [account.id], "signed_in_by_qr", now, PLATFORM)
    # The browser that has just begun does not tell of itself; the holder's other sessions and the messages do.
    return replace(signed, device=None)
