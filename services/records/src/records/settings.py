"""The settings of records, besides those of every service."""

from servicekit.settings import StorageSettings


class RecordsSettings(StorageSettings):
    """The buckets of evidence: as uploaded, and copies without location metadata that others may see."""

    evidence_bucket: str = "zp-evidence"
    """Evidence as uploaded."""
    public_bucket: str = "zp-evidence-public"
    """Copies without location metadata, which others may see, and previews."""
