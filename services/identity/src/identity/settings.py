"""identity's own settings, on top of the kit's."""

from pydantic import Field, SecretStr
from servicekit.settings import Settings


class IdentitySettings(Settings):
    """Keys are 32 bytes, base64url; the signing key is a private Ed25519 JWK."""

    token_signing_key: SecretStr
    """Signs tokens."""
    data_key: SecretStr
    """Seals ID numbers in tables."""
    index_key: SecretStr
    """Fingerprints of ID numbers and one-time passwords."""
    seal_key: SecretStr
    """Opens ID numbers that travelled in facts."""
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
