"""archive's own settings, on top of those of every service with storage."""

from pydantic import Field, SecretStr
from servicekit.settings import StorageSettings


class ArchiveSettings(StorageSettings):
    """The signing key is a private Ed25519 JWK."""

    archive_key: SecretStr
    """Signs archives. Its thumbprint is printed and published; it outlives any process."""
    bucket: str = "zp-archive"
    """Sealed archives."""
    public_bucket: str = "zp-evidence-public"
    """Clean copies of what records are proved by; read only."""
    pdf_workers: int = Field(default=2, ge=1, le=32)
    """Processes that set pages; each takes one core and some 150 MB while it works."""
    report_days: int = Field(default=7, ge=1, le=90)
    """Days for which the file of a report is kept."""
    chunk: int = Field(default=60, ge=1, le=200)
    """Archives printed and stored in one restartable step."""
