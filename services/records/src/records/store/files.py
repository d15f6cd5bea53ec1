"""Reading an uploaded file; the kit's `Files` writes them."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from servicekit.db import Tx


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A checked file and the record that it proves (None: none yet)."""

    owner_id: UUID
    bucket: str
    object_key: str
    name: str
    media_type: str
    preview_key: str | None
    proof_key: str | None
    cleaned: bool
    record_id: UUID | None


async def get(tx: Tx, file_id: UUID) -> StoredFile | None:
    """A checked file."""
    row: Any = await tx.fetchrow(
        "SELECT owner_id, bucket, object_key, name, media_type, preview_key, proof_key, "
        "cleaned_at IS NOT NULL AS cleaned, "
        "CASE WHEN attached_to LIKE 'record:%' THEN split_part(attached_to, ':', 2)::uuid END AS record_id "
        "FROM files WHERE id = $1 AND state = 'ready'",
        file_id,
    )
    return None if row is None else StoredFile(**row)
