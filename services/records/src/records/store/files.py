"""Reading one uploaded file from the kit's table; all its writes are the kit's."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from servicekit.db import Tx


@dataclass(frozen=True, slots=True)
class Kept:
    """A checked file and the record it proves (None: none yet)."""

    owner_id: UUID
    bucket: str
    key: str
    name: str
    media_type: str
    preview_key: str | None
    record_id: UUID | None


async def get(tx: Tx, file_id: UUID) -> Kept | None:
    """A checked file."""
    row: Any = await tx.fetchrow(
        "SELECT owner_id, bucket, object_key, name, media_type, preview_key, attached_to FROM files "
        "WHERE id = $1 AND state = 'ready'",
        file_id,
    )
    if row is None:
        return None
    kind, _, at = (row["attached_to"] or "").partition(":")
    record_id = UUID(at) if kind == "record" else None
    return Kept(
        row["owner_id"], row["bucket"], row["object_key"], row["name"], row["media_type"], row["preview_key"], record_id
    )  # fmt: skip
