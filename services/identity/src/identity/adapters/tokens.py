"""Access tokens, refresh tokens, device tokens and single sign-on states, and the keyed hashes of every short secret.

The signing key and the index key do not leave this module (the index key is also in `sealed_numbers`).
"""

import base64
import hashlib
import hmac
import json
import secrets
from datetime import datetime
from typing import Any
from uuid import UUID

from joserfc import jwt
from joserfc.jwk import OKPKey
from servicekit.auth import ALGORITHM, TYPE, Actor, claims_of
from servicekit.encryption import blind_index

from identity.adapters import captcha_images
from identity.domain import passwords
from identity.settings import IdentitySettings

_DEVICE_DAYS = 365


class Tokens:
    """Made once at start from the settings."""

    def __init__(self, settings: IdentitySettings) -> None:
        self._index_key = settings.index_key.get_secret_value()
        jwk = json.loads(settings.token_signing_key.get_secret_value())
        self._signing_key = OKPKey.import_key({**jwk, "alg": ALGORITHM})
        self._kid = str(jwk["kid"])
        self._token_seconds = settings.token_seconds

    def attempt_target(self, what: str, name: str) -> bytes:
        """The keyed hash of what somebody tries to open; failures are counted under it."""
        return blind_index(self._index_key, f"failures:{what}:{name}")

    def captcha_digest(self, captcha_id: UUID, answer: str) -> bytes:
        """The keyed hash of a captcha's answer."""
        return blind_index(self._index_key, f"captcha:{captcha_id}:{captcha_images.normalised(answer)}")

    def new_sso_state(self, provider: str, browser_id: str, until: datetime) -> str:
        """An OpenID Connect state with a MAC, valid until then for this provider and browser. Nothing is stored."""
        payload = f"{int(until.timestamp())}.{secrets.token_urlsafe(18)}"
        return f"{payload}.{self._state_mac(provider, browser_id, payload)}"

    def is_valid_sso_state(self, state: str, provider: str, browser_id: str, now: datetime) -> bool:
        """Did we issue this state, for this provider and this browser, and has it not expired?"""
        payload, _, mac = state.rpartition(".")
        matches = hmac.compare_digest(self._state_mac(provider, browser_id, payload).encode(), mac.encode())
        return matches and bool(browser_id) and int(payload.partition(".")[0]) > now.timestamp()

    def sso_secrets(self, state: str) -> tuple[str, str, str]:
        """Nonce, PKCE verifier and PKCE challenge, derived from the state with the index key."""
        nonce, verifier = (_base64url(blind_index(self._index_key, f"{what}:{state}")) for what in ("nonce", "verifier"))
        return nonce, verifier, _base64url(hashlib.sha256(verifier.encode()).digest())

    def ticket_digest(self, ticket: str, browser_id: str) -> bytes:
        """The keyed hash of a single sign-on ticket; another browser's id gives another hash."""
        return blind_index(self._index_key, f"ticket:{browser_id}:{ticket}")

    def _state_mac(self, provider: str, browser_id: str, payload: str) -> str:
        return blind_index(self._index_key, f"state:{provider}:{browser_id}:{payload}").hex()

    def reset_code_digest(self, reset_id: UUID, code: str) -> bytes:
        """The keyed hash of a password reset's code."""
        return blind_index(self._index_key, f"reset:{reset_id}:{code}")

    def new_device_token(self, target: bytes, now: datetime) -> str:
        """A token for a device that signed in to `target`. It authorises nothing; the device's failures are counted apart."""
        payload = f"{int(now.timestamp()) // 86400}.{secrets.token_urlsafe(12)}"
        return f"{payload}.{self._device_mac(target, payload)}"

    def device_id(self, target: bytes, token: str | None, now: datetime) -> str | None:
        """The id inside a device token; None where the token is not ours, not for this target, or over a year old."""
        payload, _, mac = (token or "").rpartition(".")
        matches = hmac.compare_digest(self._device_mac(target, payload).encode(), mac.encode())
        day, _, device_id = payload.partition(".")
        if not matches or not day.isdecimal() or int(day) + _DEVICE_DAYS < int(now.timestamp()) // 86400:
            return None
        return device_id

    def _device_mac(self, target: bytes, payload: str) -> str:
        return blind_index(self._index_key, f"device:{target.hex()}:{payload}").hex()

    def one_time_digest(self, account_id: UUID, plain: str) -> bytes:
        """The keyed hash that is stored of a one-time password (ADR 2)."""
        return blind_index(self._index_key, f"one_time:{account_id}:{plain}")

    def one_time_digests(self, account_id: UUID, typed: str) -> tuple[bytes, ...]:
        """The keyed hashes of all forms that a typed one-time password may stand for."""
        return tuple(self.one_time_digest(account_id, form) for form in passwords.normalised_forms(typed))

    def new_one_time_password(self, account_id: UUID) -> tuple[str, bytes]:
        """A fresh one-time password, as printed, and its keyed hash."""
        text = passwords.new_one_time_password()
        return text, self.one_time_digest(account_id, passwords.normalised_forms(text)[0])

    def sign_access_token(
        self, account_id: UUID, actor: Actor | None, session_id: UUID, now: datetime, *, must_change: bool
    ) -> str:
        """An access token. The claim `pw` marks one that may be used to set a password only."""
        extra: dict[str, Any] = {"sid": str(session_id)}
        if must_change:
            extra["pw"] = True
        claims = claims_of(account_id, actor, now, self._token_seconds, extra=extra.items())
        header = {"alg": ALGORITHM, "typ": TYPE, "kid": self._kid}
        return jwt.encode(header, claims, self._signing_key, algorithms=[ALGORITHM])

    def jwks(self) -> dict[str, Any]:
        """The public half of the signing key as a JSON Web Key Set."""
        return {"keys": [{**self._signing_key.as_dict(private=False), "kid": self._kid, "use": "sig", "alg": ALGORITHM}]}


def _base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def new_refresh() -> tuple[str, bytes]:
    """A refresh token and the digest that is stored of it."""
    text = secrets.token_urlsafe(32)
    return text, refresh_digest(text)


def refresh_digest(text: str) -> bytes:
    """SHA-256 is enough: a token has 256 random bits, so guessing is hopeless even with a fast hash."""
    return hashlib.sha256(text.encode()).digest()
