"""Secrets of one platform: made once, kept in one file that only its owner can read.

Whatever holds one has no `repr`, so that none ends in a log or a failed test's output.
"""

import base64
import hashlib
import hmac
import json
import secrets
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from joserfc.jwk import OKPKey

from stack import plan
from stack.files import write_private

_DATABASE_ROLES = ("postgres", *plan.NAMES, *(plan.owner(name) for name in plan.NAMES))
_ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789"


@dataclass(frozen=True, repr=False)
class S3Key:
    """One access key of the object storage."""

    access: str
    secret: str


@dataclass(frozen=True, repr=False)
class Keyring:
    """All secrets by name. Keys of 32 bytes are base64url without padding; signing keys are private Ed25519 JWKs."""

    postgres: dict[str, str]
    nats: dict[str, str]
    s3: dict[str, S3Key]
    token_signing_key: dict[str, str]
    archive_key: dict[str, str]
    data_key: str
    index_key: str
    seal_key: str
    operator_password: str

    @property
    def token_keys(self) -> dict[str, list[dict[str, str]]]:
        """The public half of the token key, as a JWK set."""
        return {"keys": [{k: v for k, v in self.token_signing_key.items() if k != "d"}]}

    def derived(self, use: str) -> str:
        """A key of 32 bytes for one use, made of the data key; nothing leads back from it."""
        made = hmac.digest(self.data_key.encode(), f"zongping:{use}".encode(), hashlib.sha256)
        return base64.urlsafe_b64encode(made).rstrip(b"=").decode()


def make() -> Keyring:
    """Return a fresh set of secrets."""
    with_storage = [plan.ADMIN, *(s.name for s in plan.SERVICES if s.buckets)]
    return Keyring(
        postgres={name: _password() for name in _DATABASE_ROLES},
        nats={name: _password() for name in (plan.ADMIN, *plan.NAMES)},
        s3={name: S3Key(_password(20).upper(), _password(40)) for name in with_storage},
        token_signing_key=_signing_key("token"),
        archive_key=_signing_key("archive"),
        data_key=_key(),
        index_key=_key(),
        seal_key=_key(),
        operator_password=_password(16),
    )


def keep(path: Path) -> Keyring:
    """Return the secrets stored in `path`; make and store (mode 600) those that are not there yet."""
    if path.exists():
        stored = _read(json.loads(path.read_text()))
        missing = set(_DATABASE_ROLES) - stored.postgres.keys()
        if not missing:
            return stored
        keyring = replace(stored, postgres=stored.postgres | {name: _password() for name in sorted(missing)})
    else:
        keyring = make()
    write_private(path, json.dumps(_plain(keyring), indent=1))
    return keyring


def _plain(keyring: Keyring) -> dict[str, Any]:
    return {**vars(keyring), "s3": {name: vars(key) for name, key in keyring.s3.items()}}


def _read(stored: dict[str, Any]) -> Keyring:
    return Keyring(**{**stored, "s3": {name: S3Key(**key) for name, key in stored["s3"].items()}})


def _password(length: int = 32) -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(length))


def _key() -> str:
    return base64.urlsafe_b64encode(secrets.token_bytes(32)).rstrip(b"=").decode()


def _signing_key(use: str) -> dict[str, str]:
    made = OKPKey.generate_key("Ed25519", {"kid": f"{use}-{secrets.token_hex(4)}", "alg": "Ed25519", "use": "sig"})
    return {name: str(value) for name, value in made.as_dict(private=True).items()}
