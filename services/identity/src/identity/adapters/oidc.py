"""An OpenID Connect client for the providers in the settings.

Here: discovery, the exchange of the code, the check of the id token. In `actions.sso`: state, tickets, accounts.
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
_CACHE_SECONDS = 600.0
"""A provider's metadata and keys are cached for so many seconds."""
_MIN_KEY_AGE_SECONDS = 10.0
"""An id token with an unknown key makes us fetch the keys again, if the cached ones are at least so old."""
_CLOCK_SKEW_SECONDS = 60
_MAX_TOKEN_AGE_SECONDS = 600
_MAX_BODY_BYTES = 256 * 1024


@dataclass(frozen=True)
class SsoIdentity:
    """The person whom the provider signed in; name and ID number where it states them."""

    subject: str
    name: str | None
    id_number: str | None


class Oidc:
    """One client for all providers; caches their metadata and keys."""

    def __init__(self, http: aiohttp.ClientSession) -> None:
        self._http = http
        self._cache: dict[str, tuple[float, dict[str, Any]]] = {}

    async def authorization_url(
        self, provider: SsoProvider, redirect_uri: str, *, state: str, nonce: str, challenge: str
    ) -> str:
        """The address of the provider's sign-in page for this browser, with PKCE (S256)."""
        metadata = await self._metadata(provider)
        params = {
            "response_type": "code",
            "client_id": provider.client_id,
            "redirect_uri": redirect_uri,
            "scope": provider.scope,
            "state": state,
            "nonce": nonce,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        url = str(metadata["authorization_endpoint"])
        return f"{url}{'&' if urlsplit(url).query else '?'}{urlencode(params)}"

    async def exchange_code(
        self, provider: SsoProvider, redirect_uri: str, code: str, *, nonce: str, verifier: str, now: datetime
    ) -> SsoIdentity:
        """Exchange the code and check the id token. Refuses with `sso_failed`; the log has the reason but no secret."""
        metadata = await self._metadata(provider)
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect_uri,
            "client_id": provider.client_id,
            "code_verifier": verifier,
        }
        response = await self._json(provider, "POST", str(metadata["token_endpoint"]), data=form)
        token = response.get("id_token")
        if not isinstance(token, str):
            raise _failed(provider, "no id token")
        return self._identity(provider, await self._claims(provider, metadata, token), nonce, now)

    async def _claims(self, provider: SsoProvider, metadata: dict[str, Any], token: str) -> dict[str, Any]:
        """The claims of a token that the provider signed with an allowed algorithm; tries once more with fresh keys."""
        url, reason = str(metadata["jwks_uri"]), ""
        for age in (_CACHE_SECONDS, _MIN_KEY_AGE_SECONDS):
            keys = await self._cached(provider, url, age)
            try:
                decoded = jwt.decode(token, KeySet.import_key_set({"keys": keys["keys"]}), algorithms=list(provider.algorithms))
            except (JoseError, ValueError, KeyError, TypeError) as error:
                reason = type(error).__name__
                continue
            return dict(decoded.claims)
        raise _failed(provider, f"id token: {reason}")

    def _identity(self, provider: SsoProvider, claims: dict[str, Any], nonce: str, now: datetime) -> SsoIdentity:
        at = now.timestamp()
        audience = claims.get("aud")
        audiences = audience if isinstance(audience, list) else [audience]
        issued, expires, subject = claims.get("iat"), claims.get("exp"), claims.get("sub")
        for valid, name in (
            (claims.get("iss") == provider.issuer, "issuer"),
            (provider.client_id in audiences, "audience"),
            (len(audiences) == 1 or "azp" in claims, "authorised party"),
            (claims.get("azp", provider.client_id) == provider.client_id, "authorised party"),
            (claims.get("nonce") == nonce, "nonce"),
            (isinstance(expires, int | float) and at < expires + _CLOCK_SKEW_SECONDS, "expiry"),
            (isinstance(issued, int | float) and -_CLOCK_SKEW_SECONDS <= at - issued <= _MAX_TOKEN_AGE_SECONDS, "issue time"),
            (isinstance(subject, str) and 0 < len(subject) <= 255, "subject"),
        ):
            if not valid:
                raise _failed(provider, f"id token: {name}")

        def text(claim: str | None) -> str | None:
            value = claims.get(claim) if claim else None
            return value if isinstance(value, str) and value else None

        return SsoIdentity(str(subject), text(provider.name_claim), text(provider.id_number_claim))

    async def _metadata(self, provider: SsoProvider) -> dict[str, Any]:
        metadata = await self._cached(
            provider, f"{provider.issuer.rstrip('/')}/.well-known/openid-configuration", _CACHE_SECONDS
        )
        if metadata.get("issuer") != provider.issuer:
            raise _failed(provider, "another issuer describes itself")
        scheme = urlsplit(provider.issuer).scheme
        for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
            if urlsplit(str(metadata.get(name, ""))).scheme != scheme:
                raise _failed(provider, f"{name} is missing or unprotected")
        return metadata

    async def _cached(self, provider: SsoProvider, url: str, age: float) -> dict[str, Any]:
        at, cached = self._cache.get(url, (-_CACHE_SECONDS, {}))
        if cached and time.monotonic() - at < age:
            return cached
        fresh = await self._json(provider, "GET", url)
        self._cache[url] = (time.monotonic(), fresh)
        return fresh

    async def _json(self, provider: SsoProvider, method: str, url: str, **more: Any) -> dict[str, Any]:
        headers = {"Accept": "application/json"}
        if method == "POST" and provider.client_secret is not None:
            pair = f"{quote_plus(provider.client_id)}:{quote_plus(provider.client_secret.get_secret_value())}"
            headers["Authorization"] = "Basic " + base64.b64encode(pair.encode()).decode()
        try:
            async with self._http.request(method, url, allow_redirects=False, headers=headers, **more) as response:
                if response.status != 200:
                    raise _failed(provider, f"{urlsplit(url).path} answered {response.status}")
                document = json.loads(await _body(response))
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            raise _failed(provider, f"{urlsplit(url).path}: {type(error).__name__}") from None
        if not isinstance(document, dict):
            raise _failed(provider, f"{urlsplit(url).path} answered no object")
        return document


async def _body(response: aiohttp.ClientResponse) -> bytes:
    """The whole body; ValueError if it is larger than `_MAX_BODY_BYTES`."""
    body = bytearray()
    async for chunk in response.content.iter_chunked(64 * 1024):
        body += chunk
        if len(body) > _MAX_BODY_BYTES:
            raise ValueError("too large")
    return bytes(body)


def _failed(provider: SsoProvider, reason: str) -> Refusal:
    _log.warning("sso_failed", provider=provider.id, reason=reason)
    return Refusal("sso_failed", rule="JX-01")
