"""Settings of publicity."""

from pydantic import Field, SecretStr
from servicekit.settings import StorageSettings


class PublicitySettings(StorageSettings):
    """Settings of every service with storage, and keys and buckets of publicity."""

    case_key: SecretStr
    """Encrypts who complained: 32 bytes, base64url. No other service has it (X-08)."""
    mark_key: SecretStr
    """Key of the pseudonyms; notify has it too, to deliver to a complainant without knowing who it is."""
    complaint_seconds: int = Field(default=3600, ge=0)
    """What complainants do is stored and passed on with times rounded to so many seconds, so that nobody can be found by the
    exact time (L-17). 0: exactly and at once, for tests and demonstrations."""
    case_bucket: str = "zp-cases"
    """Files of cases."""
    public_bucket: str = "zp-evidence-public"
    """Public copies of evidence; records writes them, publicity may only read."""
