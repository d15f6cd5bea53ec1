"""Talking OpenID Connect to the providers in the settings: where to send a browser, and who came back.

Here: discovery, the exchange of the code, the check of the id token. Not here: state and tickets, accounts.
"""

import base64
import json
import time
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote_plus, urlencode, urlsplit

import aiohttp
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from servicekit import log
from servicekit.refusals import Refusal

from identity.settings import SsoProvider

_log = log.get(__name__)
_FRESH = 600.0
"""Seconds for which a provider's own description and keys are kept."""
_AGAIN = 10.0
"""Keys are asked for again because of an unknown one after so many seconds at the earliest."""
_LEEWAY = 60
_OLDEST = 600
_BIGGEST = 256 * 1024


@dataclass(frozen=True)
class Arrived:
    """Whom the provider vouches for. Name and ID number as it says them, where it does."""

    subject: str
    name: str | None
    id_number: str | None


class Oidc:
    """One client for all providers; remembers what they say of themselves for some minutes."""

    def __init__(self, http: aiohttp.ClientSession) -> None:
        self._http = http
        self._kept: dict[str, tuple[float, dict[str, Any]]] = {}

    async def address(self, provider: SsoProvider, back: str, *, state: str, nonce: str, challenge: str) -> str:
        """Where the browser goes: the provider's own sign-in, with PKCE (S256)."""
        about = await self._about(provider)
        asked = {
            "response_type": "code",
            "client_id": provider.client_id,
            "redirect_uri": back,
            "scope": provider.scope,
            "state": state,
            "nonce": nonce,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        url = str(about["authorization_endpoint"])
        return f"{url}{'&' if urlsplit(url).query else '?'}{urlencode(asked)}"

    async def redeem(self, provider: SsoProvider, back: str, code: str, *, nonce: str, verifier: str, now: datetime) -> Arrived:
        """Exchange the code and check the id token; refuses as `sso_failed`, and logs why (never what was sent)."""
        about = await self._about(provider)
        sent = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": back,
            "client_id": provider.client_id,
            "code_verifier": verifier,
        }
        answer = await self._json(provider, "POST", str(about["token_endpoint"]), data=sent)
        token = answer.get("id_token")
        if not isinstance(token, str):
            raise _failed(provider, "no id token")
        return self._read(provider, await self._claims(provider, about, token), nonce, now)

    async def _claims(self, provider: SsoProvider, about: dict[str, Any], token: str) -> dict[str, Any]:
        """The claims, where a key of the provider signed them with an algorithm of the settings; keys may have changed."""
        url, reason = str(about["jwks_uri"]), ""
        for age in (_FRESH, _AGAIN):
            keys = await self._keep(provider, url, age)
            try:
                decoded = jwt.decode(token, KeySet.import_key_set({"keys": keys["keys"]}), algorithms=list(provider.algorithms))
            except (JoseError, ValueError, KeyError, TypeError) as fault:
                reason = type(fault).__name__
                continue
            return dict(decoded.claims)
        raise _failed(provider, f"id token: {reason}")

    def _read(self, provider: SsoProvider, claims: dict[str, Any], nonce: str, now: datetime) -> Arrived:
        at = now.timestamp()
        audience = claims.get("aud")
        audiences = audience if isinstance(audience, list) else [audience]
        issued, expires, subject = claims.get("iat"), claims.get("exp"), claims.get("sub")
        for right, what in (
            (claims.get("iss") == provider.issuer, "issuer"),
            (provider.client_id in audiences, "audience"),
            (len(audiences) == 1 or "azp" in claims, "authorised party"),
            (claims.get("azp", provider.client_id) == provider.client_id, "authorised party"),
            (claims.get("nonce") == nonce, "nonce"),
            (isinstance(expires, int | float) and at < expires + _LEEWAY, "expiry"),
            (isinstance(issued, int | float) and -_LEEWAY <= at - issued <= _OLDEST, "issue time"),
            (isinstance(subject, str) and 0 < len(subject) <= 255, "subject"),
        ):
            if not right:
                raise _failed(provider, f"id token: {what}")

        def text(claim: str | None) -> str | None:
            said = claims.get(claim) if claim else None
            return said if isinstance(said, str) and said else None

        return Arrived(str(subject), text(provider.name_claim), text(provider.id_number_claim))

    async def _about(self, provider: SsoProvider) -> dict[str, Any]:
        about = await self._keep(provider, f"{provider.issuer.rstrip('/')}/.well-known/openid-configuration", _FRESH)
        if about.get("issuer") != provider.issuer:
            raise _failed(provider, "another issuer describes itself")
        scheme = urlsplit(provider.issuer).scheme
        for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
            if urlsplit(str(about.get(name, ""))).scheme != scheme:
                raise _failed(provider, f"{name} is missing or unprotected")
        return about

    async def _keep(self, provider: SsoProvider, url: str, age: float) -> dict[str, Any]:
        at, kept = self._kept.get(url, (-_FRESH, {}))
        if kept and time.monotonic() - at < age:
            return kept
        fresh = await self._json(provider, "GET", url)
        self._kept[url] = (time.monotonic(), fresh)
        return fresh

    async def _json(self, provider: SsoProvider, method: str, url: str, **more: Any) -> dict[str, Any]:
        headers = {"Accept": "application/json"}
        if method == "POST" and provider.client_secret is not None:
            pair = f"{quote_plus(provider.client_id)}:{quote_plus(provider.client_secret.get_secret_value())}"
            headers["Authorization"] = "Basic " + base64.b64encode(pair.encode()).decode()
        try:
            async with self._http.request(method, url, allow_redirects=False, headers=headers, **more) as answer:
                if answer.status != 200:
                    raise _failed(provider, f"{urlsplit(url).path} answered {answer.status}")
                found = json.loads(await _body(answer))
        except (aiohttp.ClientError, TimeoutError, ValueError) as fault:
            raise _failed(provider, f"{urlsplit(url).path}: {type(fault).__name__}") from None
        if not isinstance(found, dict):
            raise _failed(provider, f"{urlsplit(url).path} answered no object")
        return found


async def _body(answer: aiohttp.ClientResponse) -> bytes:
    """The whole body; ValueError where it is larger than anything of this kind."""
    body = bytearray()
    async for piece in answer.content.iter_chunked(64 * 1024):
        body += piece
        if len(body) > _BIGGEST:
            raise ValueError("too large")
    return bytes(body)


def _failed(provider: SsoProvider, reason: str) -> Refusal:
    _log.warning("sso_failed", provider=provider.id, reason=reason)
    return Refusal("sso_failed", rule="JX-01")
