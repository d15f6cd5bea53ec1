"""Small secrets in rows and events (ID numbers): AES-GCM with a key outside the database, and a keyed blind index."""

import base64
import hashlib
import hmac
import os
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM


class Sealer:
    """Seals text under one 32-byte key (base64url). `about` binds a sealed text to its place: it opens nowhere else."""

    def __init__(self, key: str) -> None:
        self._aead = AESGCM(base64.urlsafe_b64decode(key + "=" * (-len(key) % 4)))

    def seal(self, text: str, about: str) -> str:
        """base64url of nonce and ciphertext."""
        nonce = os.urandom(12)
        return base64.urlsafe_b64encode(nonce + self._aead.encrypt(nonce, text.encode(), about.encode())).decode()

    def open(self, sealed: str, about: str) -> str:
        """The text; ValueError where it was altered, moved, or sealed under another key."""
        raw = base64.urlsafe_b64decode(sealed)
        try:
            return self._aead.decrypt(raw[:12], raw[12:], about.encode()).decode()
        except InvalidTag:
            raise ValueError("sealed text does not open") from None


def blind_index(key: str, text: str) -> bytes:
    """A keyed fingerprint: equal texts are found without being readable."""
    return hmac.new(base64.urlsafe_b64decode(key + "=" * (-len(key) % 4)), text.encode(), hashlib.sha256).digest()


def pseudonym(key: str, account_id: UUID) -> str:
    """What stands for an account where nobody may read who it is (X-08): hex, the same for the same account and key."""
    return blind_index(key, f"account:{account_id}").hex()
