"""The settings of records, besides those of every service."""

from pydantic import Field
from servicekit.settings import StorageSettings


class RecordsSettings(StorageSettings):
    """The buckets of evidence: clean copies (and signed uploads), and the same copies for other services; how often progress is
    counted."""

    evidence_bucket: str = "zp-evidence"
    """Evidence as uploaded."""
    public_bucket: str = "zp-evidence-public"
    """Clean copies and previews that other services may read."""
    progress_seconds: int = Field(default=300, ge=1)
    """How often the progress of the classes of a term is counted in which something happened (NR-04)."""
