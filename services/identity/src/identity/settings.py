"""identity's own settings, in addition to servicekit's."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr
from servicekit.settings import StorageSettings

type Algorithm = Literal["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "Ed25519", "EdDSA"]
"""Asymmetric signatures only: whoever knows a shared secret could sign tokens for anybody."""


class SsoProvider(BaseModel):
    """One OpenID Connect provider, such as the province's education cloud (JX-01)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str = Field(pattern=r"^[a-z0-9_-]{1,32}$")
    """Part of the redirect URI: `<public url>/api/identity/sso/<id>/callback`."""
    title: str
    issuer: str = Field(pattern=r"^(https://|http://(127\.0\.0\.1|localhost)[:/])")
    client_id: str
    client_secret: SecretStr | None = None
    scope: str = "openid profile"
    algorithms: tuple[Algorithm, ...] = Field(default=("RS256",), min_length=1)
    name_claim: str = "name"
    id_number_claim: str | None = "id_number"
    """The claim with the verified ID number, by which the account is found at the first sign-in; null: there is none."""


class IdentitySettings(StorageSettings):
    """Keys are 32 bytes, base64url; the signing key is a private Ed25519 JWK."""

    token_signing_key: SecretStr
    """Signs access tokens."""
    data_key: SecretStr
    """Encrypts ID numbers in tables."""
    index_key: SecretStr
    """For keyed hashes (HMAC) of ID numbers, one-time passwords and other short secrets."""
    seal_key: SecretStr
    """Decrypts ID numbers in events; shared with the import service."""
    operator_password: SecretStr
    """The operator's one-time password in an empty database."""
    token_seconds: int = 600
    """Lifetime of an access token."""
    session_days: int = 14
    """An unused session ends after so many days."""
    one_time_days: int = 30
    """Lifetime of an unused one-time password."""
    password_workers: int = Field(default=2, ge=1, le=16)
    """Threads that hash passwords; each takes one core and 19 MiB while it works."""
    captcha_after_source: int = Field(default=500, ge=1)
    """After so many failures an hour from one address, every sign-in from there needs a captcha. A whole school may share one
    address, so the number is high."""
    photo_bucket: str = "zp-photos"
    """Photos of students' profiles."""
    enrolment_bucket: str = "zp-enrolments"
    """What proves applications for changes of enrolment."""
    sso_providers: tuple[SsoProvider, ...] = ()
    """OpenID Connect providers, as a JSON list."""
    sso_return: str | None = None
    """The page to which the browser is sent after single sign-on, with `#ticket=` or `#error=`; default: the start page."""
