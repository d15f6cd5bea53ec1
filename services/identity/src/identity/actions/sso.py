"""Single sign-on with the province's education cloud (JX-01): OpenID Connect, authorization code with PKCE.

Nothing is stored at the start: the state has a MAC and is bound to the browser by a cookie. At the callback it is valid
once. The browser then gets a ticket, valid once in the same browser, and exchanges it for a session.
"""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from people import same_name
from servicekit.db import Tx
from servicekit.refusals import MEANINGS, Refusal, require

from identity.actions import login_attempts
from identity.actions.account_changes import tell_holders
from identity.actions.sessions import open_session
from identity.adapters.oidc import SsoIdentity
from identity.deps import IdentityDeps
from identity.domain import documents
from identity.domain.changed_by import PLATFORM
from identity.results import SignedIn
from identity.settings import SsoProvider
from identity.store import accounts, audit, sso
from identity.store.audit import NewAuditRow

STATE_LIFETIME = timedelta(minutes=10)
TICKET_LIFETIME = timedelta(seconds=60)
USED_STATE_KEPT = timedelta(hours=1)
_HELP = "请先用学校发放的账号登录并领取身份卡，或联系学校核对登记的姓名和身份证件号"


@dataclass(frozen=True)
class SsoStart:
    """The address to which the browser is redirected, and its id, which it keeps in a cookie."""

    url: str
    browser: str


def provider_of(deps: IdentityDeps, provider_id: str) -> SsoProvider:
    """The provider with this id in the settings."""
    known: tuple[SsoProvider, ...] = deps.settings.sso_providers
    found = next((p for p in known if p.id == provider_id), None)
    if found is None:
        raise Refusal("not_found", rule="JX-01")
    return found


def refusal_of(code: str) -> Refusal:
    """Why a single sign-on failed, from the `#error=` that the browser was sent back with; `not_found` for any other word."""
    require(code in MEANINGS, "not_found", rule="JX-01")
    return Refusal(code, rule="JX-01", help=_HELP if code == "sso_unmatched" else None)


def _redirect_uri(deps: IdentityDeps, provider: SsoProvider) -> str:
    return f"{deps.settings.public_base}/api/identity/sso/{provider.id}/callback"


async def start(deps: IdentityDeps, provider_id: str) -> SsoStart:
    """Prepare the redirect to the provider."""
    provider, browser = provider_of(deps, provider_id), secrets.token_urlsafe(24)
    state = deps.tokens.new_sso_state(provider.id, browser, deps.now() + STATE_LIFETIME)
    nonce, _, challenge = deps.tokens.sso_secrets(state)
    url = await deps.oidc.authorization_url(
        provider, _redirect_uri(deps, provider), state=state, nonce=nonce, challenge=challenge
    )
    return SsoStart(url, browser)


async def finish(
    deps: IdentityDeps, provider_id: str, browser: str, state: str, code: str, issuer: str | None, client: str
) -> str:
    """Handle the callback: exchange the code, find the account, return a ticket for the same browser."""
    provider, now = provider_of(deps, provider_id), deps.now()
    try:
        require(deps.tokens.is_valid_sso_state(state, provider.id, browser, now), "sso_state", rule="JX-01")
        require(issuer is None or issuer == provider.issuer, "sso_failed", rule="JX-01")
        used = hashlib.sha256(state.encode()).digest()
        async with deps.db.transaction(apart=True) as tx:
            require(await sso.use_state(tx, used, provider.id, now + USED_STATE_KEPT), "sso_state", rule="JX-01")
        nonce, verifier, _ = deps.tokens.sso_secrets(state)
        redirect_uri = _redirect_uri(deps, provider)
        sso_identity = await deps.oidc.exchange_code(provider, redirect_uri, code, nonce=nonce, verifier=verifier, now=now)
        ticket = secrets.token_urlsafe(32)
        async with deps.db.transaction() as tx:
            account_id = await _account_id(deps, tx, provider, sso_identity, client, now)
            await sso.give_ticket(tx, used, deps.tokens.ticket_digest(ticket, browser), account_id, now + TICKET_LIFETIME)
    except Refusal as refusal:
        detail = {"provider": provider.id, "code": refusal.code}
        await login_attempts.audit_failure(deps, NewAuditRow("sso_failed", None, client=client, detail=detail))
        raise
    return ticket


async def _account_id(
    deps: IdentityDeps, tx: Tx, provider: SsoProvider, sso_identity: SsoIdentity, client: str, now: datetime
) -> UUID:
    """The account linked to the subject; at the first sign-in the one whose holder has this name and ID number."""
    known = await sso.linked(tx, provider.id, sso_identity.subject)
    if known is not None:
        return known
    keys = documents.possible_keys(sso_identity.id_number or "")
    found = [
        (account_id, student)
        for account_id, student, name in await sso.candidates(tx, [deps.sealed_numbers.id_number_index(key) for key in keys])
        if same_name(name, sso_identity.name or "")
    ]
    matching = [account_id for account_id, student in found if student or len(found) == 1]
    require(len(matching) == 1, "sso_unmatched", rule="JX-01", help=_HELP)
    require(await sso.link(tx, provider.id, sso_identity.subject, matching[0], now), "sso_unmatched", rule="JX-01", help=_HELP)
    await audit.add(tx, now, [NewAuditRow("sso_linked", matching[0], client=client, detail={"provider": provider.id})])
    await tell_holders(tx, [matching[0]], "sso_linked", now, PLATFORM)
    return matching[0]


async def sign_in(deps: IdentityDeps, ticket: str, browser: str, client: str) -> SignedIn:
    """Exchange a ticket for a session."""
    now = deps.now()
    async with deps.db.transaction() as tx:
        found = await sso.use_ticket(tx, deps.tokens.ticket_digest(ticket, browser), now)
        account = None if found is None else await accounts.lock(tx, found[0])
        if found is None or account is None or account.disabled:
            raise Refusal("sso_state", rule="JX-01")
        await audit.add(tx, now, [NewAuditRow("signed_in", account.id, client=client, detail={"provider": found[1]})])
        return await open_session(deps, tx, account, client, now, must_change=False)
