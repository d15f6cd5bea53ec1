"""The keys at work: ID numbers sealed and found, one-time passwords fingerprinted, tokens signed. No key leaves here."""

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
from servicekit.seal import Sealer, blind

from identity import pictures
from identity.domain import passwords
from identity.settings import IdentitySettings

_DEVICE_DAYS = 365


class Vault:
    """Made once at start from the settings."""

    def __init__(self, settings: IdentitySettings) -> None:
        self._data = Sealer(settings.data_key.get_secret_value())
        self._travel = Sealer(settings.seal_key.get_secret_value())
        self._index = settings.index_key.get_secret_value()
        given = json.loads(settings.token_signing_key.get_secret_value())
        self._signing = OKPKey.import_key({**given, "alg": ALGORITHM})
        self._kid = str(given["kid"])
        self._seconds = settings.token_seconds

    def seal_id(self, id_number: str, person_id: UUID) -> str:
        """For the table: opens only for this person."""
        return self._data.seal(id_number, f"person:{person_id}")

    def open_id(self, sealed: str, person_id: UUID) -> str:
        """The ID number of this person."""
        return self._data.open(sealed, f"person:{person_id}")

    def open_travelled(self, sealed: str, batch_id: UUID, sheet: str, row: int) -> str:
        """An ID number from an event of import."""
        return self._travel.open(sealed, f"batch:{batch_id}:{sheet}:{row}")

    def id_index(self, id_number: str) -> bytes:
        """Equal ID numbers have equal fingerprints."""
        return blind(self._index, f"id_number:{id_number.upper()}")

    def seal_registry(self, number: str, student_id: UUID) -> str:
        """As it is kept, and travels in events: import opens it with the same key (ADR 5)."""
        return self._travel.seal(number, f"registry:{student_id}")

    def open_registry(self, sealed: str, student_id: UUID) -> str:
        """The registry number of this student."""
        return self._travel.open(sealed, f"registry:{student_id}")

    def registry_index(self, number: str) -> bytes:
        """Equal registry numbers have equal fingerprints."""
        return blind(self._index, f"registry_number:{number.upper()}")

    def target(self, what: str, name: str) -> bytes:
        """The fingerprint under which failures are counted."""
        return blind(self._index, f"failures:{what}:{name}")

    def captcha(self, captcha_id: UUID, answer: str) -> bytes:
        """The fingerprint of a picture's answer."""
        return blind(self._index, f"captcha:{captcha_id}:{pictures.read(answer)}")

    def new_state(self, provider: str, browser: str, until: datetime) -> str:
        """An arrival's state: it proves itself, for this provider and browser, until then."""
        said = f"{int(until.timestamp())}.{secrets.token_urlsafe(18)}"
        return f"{said}.{self._state_mark(provider, browser, said)}"

    def state_good(self, state: str, provider: str, browser: str, now: datetime) -> bool:
        """Is it ours, for this provider and this browser, and not too old?"""
        said, _, mark = state.rpartition(".")
        right = hmac.compare_digest(self._state_mark(provider, browser, said).encode(), mark.encode())
        return right and bool(browser) and int(said.partition(".")[0]) > now.timestamp()

    def of_state(self, state: str) -> tuple[str, str, str]:
        """Nonce, PKCE verifier and its challenge that go with a state; nobody else can make them."""
        nonce, verifier = (_url(blind(self._index, f"{what}:{state}")) for what in ("nonce", "verifier"))
        return nonce, verifier, _url(hashlib.sha256(verifier.encode()).digest())

    def ticket(self, ticket: str, browser: str) -> bytes:
        """The fingerprint of an arrival's ticket in the hands of this browser."""
        return blind(self._index, f"ticket:{browser}:{ticket}")

    def _state_mark(self, provider: str, browser: str, said: str) -> str:
        return blind(self._index, f"state:{provider}:{browser}:{said}").hex()

    def reset_code(self, reset_id: UUID, code: str) -> bytes:
        """The fingerprint of a reset's code."""
        return blind(self._index, f"reset:{reset_id}:{code}")

    def new_device(self, target: bytes, now: datetime) -> str:
        """A token for a device that signed in to what `target` names: it opens nothing, and is counted by itself."""
        said = f"{int(now.timestamp()) // 86400}.{secrets.token_urlsafe(12)}"
        return f"{said}.{self._device_mark(target, said)}"

    def device_of(self, target: bytes, token: str | None, now: datetime) -> str | None:
        """The device's own name, where the token is ours, for this target and not too old."""
        said, _, mark = (token or "").rpartition(".")
        good = hmac.compare_digest(self._device_mark(target, said).encode(), mark.encode())
        day, _, name = said.partition(".")
        if not good or not day.isdecimal() or int(day) + _DEVICE_DAYS < int(now.timestamp()) // 86400:
            return None
        return name

    def _device_mark(self, target: bytes, said: str) -> str:
        return blind(self._index, f"device:{target.hex()}:{said}").hex()

    def one_time(self, account_id: UUID, plain: str) -> bytes:
        """What is kept of a one-time password (ADR 0002)."""
        return blind(self._index, f"one_time:{account_id}:{plain}")

    def one_time_readings(self, account_id: UUID, typed: str) -> tuple[bytes, ...]:
        """The fingerprints that a typed one-time password may have."""
        return tuple(self.one_time(account_id, reading) for reading in passwords.readings(typed))

    def new_one_time(self, account_id: UUID) -> tuple[str, bytes]:
        """A fresh one-time password, as printed, and its fingerprint."""
        text = passwords.one_time()
        return text, self.one_time(account_id, passwords.readings(text)[0])

    def sign(self, account_id: UUID, actor: Actor | None, session_id: UUID, now: datetime, *, must_change: bool) -> str:
        """An access token; `pw` marks one that is good for setting a password only."""
        extra: dict[str, Any] = {"sid": str(session_id)}
        if must_change:
            extra["pw"] = True
        claims = claims_of(account_id, actor, now, self._seconds, extra=extra.items())
        header = {"alg": ALGORITHM, "typ": TYPE, "kid": self._kid}
        return jwt.encode(header, claims, self._signing, algorithms=[ALGORITHM])

    def jwks(self) -> dict[str, Any]:
        """The public half of the signing key."""
        return {"keys": [{**self._signing.as_dict(private=False), "kid": self._kid, "use": "sig", "alg": ALGORITHM}]}


def _url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def new_refresh() -> tuple[str, bytes]:
    """A refresh token and what is kept of it."""
    text = secrets.token_urlsafe(32)
    return text, refresh_digest(text)


def refresh_digest(text: str) -> bytes:
    """256 random bits need no slow hash."""
    return hashlib.sha256(text.encode()).digest()
