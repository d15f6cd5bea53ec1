"""Settings of import: its bucket, the key of encrypted numbers, and how much is done at once."""

from pydantic import Field, SecretStr
from servicekit.settings import StorageSettings


class ImportSettings(StorageSettings):
    """The settings of import."""

    import_bucket: str = "zp-import"
    """Workbooks until they are checked, and their coloured answers."""
    seal_key: SecretStr
    """32 bytes, base64url; identity holds the same one."""
    import_max_rows: int = Field(default=20_000, ge=1, le=100_000)
    """Rows of a workbook at most, whatever a scheme allows."""
    checks_at_once: int = 2
    """Workbooks read at the same time, per process."""
    templates_at_once: int = 2
    """Templates written at the same time, per process."""
