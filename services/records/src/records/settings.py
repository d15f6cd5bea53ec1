"""What records is told by its environment, besides what every service is told."""

from servicekit.settings import StorageSettings


class RecordsSettings(StorageSettings):
    """Buckets: evidence as it came, and the copies without position data that others may see."""

    evidence_bucket: str = "zp-evidence"
    """Evidence as it came."""
    public_bucket: str = "zp-evidence-public"
    """Copies without position data, which others may see, and previews."""
