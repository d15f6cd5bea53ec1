"""Settings of publicity: those of every service with storage."""

from pydantic import SecretStr
from servicekit.settings import StorageSettings


class PublicitySettings(StorageSettings):
    """Where things are."""

    case_key: SecretStr
    """Seals who complained: 32 bytes, base64url. Nobody else has it (X-08)."""
    mark_key: SecretStr
    """Marks accounts by a keyed fingerprint; notify has it too, to deliver to a complainant without knowing who it is."""
    case_bucket: str = "zp-cases"
    """Files of complaints and answers."""
    public_bucket: str = "zp-evidence-public"
    """Public copies of evidence; records writes them, publicity may only read."""
