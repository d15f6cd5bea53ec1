"""Settings of publicity: those of every service with storage."""

from servicekit.settings import StorageSettings


class PublicitySettings(StorageSettings):
    """Where things are."""

    case_bucket: str = "zp-cases"
    public_bucket: str = "zp-evidence-public"
    """Public copies of evidence; records writes them, publicity may only read."""
