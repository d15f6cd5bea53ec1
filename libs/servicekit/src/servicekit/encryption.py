"""Encryption of small secrets in rows and events (ID numbers): AES-GCM, keyed hashes for searching, and pseudonyms."""

import base64
import hmac
import os
from datetime import datetime
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM


class Sealer:
    """Encrypts texts with one 32-byte key (base64url). `about` is the context: decrypting needs the same one."""

    def __init__(self, key: str) -> None:
        self._aead = AESGCM(_decoded(key))

    def seal(self, text: str, about: str) -> str:
        """Encrypt: base64url of nonce and ciphertext."""
        nonce = os.urandom(12)
        return base64.urlsafe_b64encode(nonce + self._aead.encrypt(nonce, text.encode(), about.encode())).decode()

    def seal_bytes(self, data: bytes, about: str) -> bytes:
        """Encrypt bytes, such as a PDF: nonce and ciphertext."""
        nonce = os.urandom(12)
        return nonce + self._aead.encrypt(nonce, data, about.encode())

    def open_bytes(self, sealed: bytes, about: str) -> bytes:
        """Decrypt bytes; ValueError if they were altered, or sealed with another key or context."""
        try:
            return self._aead.decrypt(sealed[:12], sealed[12:], about.encode())
        except InvalidTag:
            raise ValueError("sealed bytes do not open") from None

    def open(self, sealed: str, about: str) -> str:
        """Decrypt; ValueError if the text was altered, or sealed with another key or context."""
        raw = base64.urlsafe_b64decode(sealed)
        try:
            return self._aead.decrypt(raw[:12], raw[12:], about.encode()).decode()
        except InvalidTag:
            raise ValueError("sealed text does not open") from None


def blind_index(key: str, text: str) -> bytes:
    """A keyed hash (HMAC-SHA256), by which equal texts can be found."""
    return hmac.digest(_decoded(key), text.encode(), "sha256")


def pseudonym(key: str, account_id: UUID, held_since: datetime | None = None) -> str:
    """The pseudonym of an account where its identity is hidden (X-08): hex, always the same for an account, key and
    `Actor.held_since`. So whoever gets into an account with another person's help finds nothing of the time before (L-17)."""
    holder = f"account:{account_id}" if held_since is None else f"account:{account_id}:{int(held_since.timestamp())}"
    return blind_index(key, holder).hex()


def _decoded(key: str) -> bytes:
    return base64.urlsafe_b64decode(key + "=" * (-len(key) % 4))
