"""Arriving from the province's education cloud (JX-01): OpenID Connect with code, PKCE, state and nonce.

Nothing is kept at the start: the state carries its own proof and is bound to the browser by a cookie. Back here it is
good once. The browser is given a ticket, good once for the same browser, and changes it into a session.
"""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from servicekit.db import Tx
from servicekit.refusals import Refusal, require

from identity.actions import tries
from identity.actions.sessions import SignedIn, open_session
from identity.deps import IdentityDeps
from identity.domain import id_number
from identity.oidc import Arrived
from identity.settings import SsoProvider
from identity.store import accounts, sso
from identity.store.audit import Note
from identity.store.audit import write as audit

STATE_LASTS = timedelta(minutes=10)
_TICKET_LASTS = timedelta(seconds=60)
_KEPT = timedelta(hours=1)
_HELP = "请先用学校发放的账号登录并领取身份卡，或联系学校核对登记的姓名和身份证件号"


@dataclass(frozen=True)
class Start:
    """Where the browser goes, and what it keeps meanwhile."""

    address: str
    browser: str


def provider_of(deps: IdentityDeps, provider_id: str) -> SsoProvider:
    """The provider with this name in the settings."""
    known: tuple[SsoProvider, ...] = deps.settings.sso_providers
    found = next((p for p in known if p.id == provider_id), None)
    if found is None:
        raise Refusal("not_found", rule="JX-01")
    return found


def _back(deps: IdentityDeps, provider: SsoProvider) -> str:
    return f"{deps.settings.public_base}/api/identity/sso/{provider.id}/callback"


async def start(deps: IdentityDeps, provider_id: str) -> Start:
    """Send a browser to the provider."""
    provider, browser = provider_of(deps, provider_id), secrets.token_urlsafe(24)
    state = deps.vault.new_state(provider.id, browser, deps.now() + STATE_LASTS)
    nonce, _, challenge = deps.vault.of_state(state)
    address = await deps.oidc.address(provider, _back(deps, provider), state=state, nonce=nonce, challenge=challenge)
    return Start(address, browser)


async def arrive(
    deps: IdentityDeps, provider_id: str, browser: str, state: str, code: str, issuer: str | None, client: str
) -> str:
    """A browser came back with a code: who is it? Answers with a ticket for the same browser."""
    provider, now = provider_of(deps, provider_id), deps.now()
    try:
        require(deps.vault.state_good(state, provider.id, browser, now), "sso_state", rule="JX-01")
        require(issuer is None or issuer == provider.issuer, "sso_failed", rule="JX-01")
        used = hashlib.sha256(state.encode()).digest()
        async with deps.db.transaction(apart=True) as tx:
            require(await sso.use_state(tx, used, provider.id, now + _KEPT), "sso_state", rule="JX-01")
        nonce, verifier, _ = deps.vault.of_state(state)
        back = _back(deps, provider)
        arrived = await deps.oidc.redeem(provider, back, code, nonce=nonce, verifier=verifier, now=now)
        ticket = secrets.token_urlsafe(32)
        async with deps.db.transaction() as tx:
            account_id = await _account(deps, tx, provider, arrived, client, now)
            await sso.give_ticket(tx, used, deps.vault.ticket(ticket, browser), account_id, now + _TICKET_LASTS)
    except Refusal as refusal:
        detail = {"provider": provider.id, "code": refusal.code}
        await tries.note(deps, Note("sso_failed", None, client=client, detail=detail))
        raise
    return ticket


async def _account(deps: IdentityDeps, tx: Tx, provider: SsoProvider, arrived: Arrived, client: str, now: datetime) -> UUID:
    """The subject's account; at the first arrival the one whose holder has this name and ID number."""
    known = await sso.linked(tx, provider.id, arrived.subject)
    if known is not None:
        return known
    try:
        number = id_number.read(arrived.id_number or "", "id_number")
    except Refusal:
        raise Refusal("sso_unmatched", rule="JX-01", help=_HELP) from None
    found = await sso.candidates(tx, deps.vault.id_index(number), id_number.plain(arrived.name or ""))
    here = [account_id for account_id, student in found if student or len(found) == 1]
    require(len(here) == 1, "sso_unmatched", rule="JX-01", help=_HELP)
    require(await sso.link(tx, provider.id, arrived.subject, here[0], now), "sso_unmatched", rule="JX-01", help=_HELP)
    await audit(tx, now, [Note("sso_linked", here[0], client=client, detail={"provider": provider.id})])
    return here[0]


async def sign_in(deps: IdentityDeps, ticket: str, browser: str, client: str) -> SignedIn:
    """Change a ticket into a session, as after a password of one's own."""
    now = deps.now()
    async with deps.db.transaction() as tx:
        found = await sso.use_ticket(tx, deps.vault.ticket(ticket, browser), now)
        account = None if found is None else await accounts.hold(tx, found[0])
        if found is None or account is None or account.disabled:
            raise Refusal("sso_state", rule="JX-01")
        await audit(tx, now, [Note("signed_in", account.id, client=client, detail={"provider": found[1]})])
        return await open_session(deps, tx, account, client, now, must_change=False)
