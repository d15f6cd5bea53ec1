"""The secrets of one platform: generated once, stored in one file with mode 600.

Classes with secrets have no `repr`, so that none gets into a log or a test's output.
"""

import base64
import hashlib
import hmac
import json
import secrets
from dataclasses import dataclass, replace
from pathlib import Path

from joserfc.jwk import OKPKey

from stack import plan
from stack.files import write_private

_DATABASE_ROLES = ("postgres", *plan.NAMES, *(plan.owner(name) for name in plan.NAMES))
_STORAGE_USERS = (plan.ADMIN, *(service.name for service in plan.SERVICES if service.buckets))
_ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789"


@dataclass(frozen=True, repr=False)
class S3Key:
    """An access key of the object storage."""

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
        """A key of 32 bytes for one use, derived from the data key (HMAC)."""
        derived_key = hmac.digest(self.data_key.encode(), f"zongping:{use}".encode(), hashlib.sha256)
        return base64.urlsafe_b64encode(derived_key).rstrip(b"=").decode()


def make() -> Keyring:
    """Generate new secrets."""
    return Keyring(
        postgres={name: _password() for name in _DATABASE_ROLES},
        nats={name: _password() for name in (plan.ADMIN, *plan.NAMES)},
        s3={name: _s3_key() for name in _STORAGE_USERS},
        token_signing_key=_signing_key("token"),
        archive_key=_signing_key("archive"),
        data_key=_key(),
        index_key=_key(),
        seal_key=_key(),
        operator_password=_password(16),
    )


def load_or_create(path: Path) -> Keyring:
    """Load the secrets from `path`; generate and store (mode 600) the missing ones."""
    if path.exists():
        content = json.loads(path.read_text())
        stored = Keyring(**{**content, "s3": {name: S3Key(**key) for name, key in content["s3"].items()}})
        roles, users = set(_DATABASE_ROLES) - stored.postgres.keys(), set(_STORAGE_USERS) - stored.s3.keys()
        if not roles and not users:
            return stored
        keyring = replace(
            stored,
            postgres=stored.postgres | {name: _password() for name in sorted(roles)},
            s3=stored.s3 | {name: _s3_key() for name in sorted(users)},
        )
    else:
        keyring = make()
    write_private(path, json.dumps(keyring, default=vars, indent=1))
    return keyring


def _password(length: int = 32) -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(length))


def _s3_key() -> S3Key:
    return S3Key(_password(20).upper(), _password(40))


def _key() -> str:
    return base64.urlsafe_b64encode(secrets.token_bytes(32)).rstrip(b"=").decode()


def _signing_key(use: str) -> dict[str, str]:
    derived_key = OKPKey.generate_key("Ed25519", {"kid": f"{use}-{secrets.token_hex(4)}", "alg": "Ed25519", "use": "sig"})
    return {name: str(value) for name, value in derived_key.as_dict(private=True).items()}
