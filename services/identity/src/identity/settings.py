"""identity's own settings, on top of the kit's."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr
from servicekit.settings import Settings

type Algorithm = Literal["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "Ed25519", "EdDSA"]
"""Signatures with a public key only: with a shared secret anybody who knows it could be anybody."""


class SsoProvider(BaseModel):
    """One OpenID Connect provider, such as the province's education cloud (JX-01)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str = Field(pattern=r"^[a-z0-9_-]{1,32}$")
    """Part of the address to which it sends browsers back: `<public url>/api/identity/sso/<id>/callback`."""
    title: str
    issuer: str = Field(pattern=r"^(https://|http://(127\.0\.0\.1|localhost)[:/])")
    client_id: str
    client_secret: SecretStr | None = None
    scope: str = "openid profile"
    algorithms: tuple[Algorithm, ...] = Field(default=("RS256",), min_length=1)
    name_claim: str = "name"
    id_number_claim: str | None = "id_number"
    """The claim with the verified ID number, which finds the account at the first arrival; null: it vouches for none."""


class IdentitySettings(Settings):
    """Keys are 32 bytes, base64url; the signing key is a private Ed25519 JWK."""

    token_signing_key: SecretStr
    """Signs tokens."""
    data_key: SecretStr
    """Seals ID numbers in tables."""
    index_key: SecretStr
    """Fingerprints of ID numbers and one-time passwords."""
    seal_key: SecretStr
    """Opens ID numbers that travelled in events."""
    operator_password: SecretStr
    """Good for the operator's first sign-in on an empty database."""
    token_seconds: int = 600
    """How long an access token is good."""
    session_days: int = 14
    """How long a session lives that is not used."""
    one_time_days: int = 30
    """How long a one-time password waits for its first sign-in."""
    password_workers: int = Field(default=2, ge=1, le=16)
    """Threads that hash passwords; each takes one core and 19 MiB while it works."""
    captcha_after_source: int = Field(default=500, ge=1)
    """So many failures an hour from one address (a school may stand behind one), and everybody there reads a picture."""
    sso_providers: tuple[SsoProvider, ...] = ()
    """Where people may arrive from, as a JSON list."""
    sso_return: str | None = None
    """The page to which an arrival goes on, with `#ticket=` or `#error=`; the platform's start page where none is given."""
