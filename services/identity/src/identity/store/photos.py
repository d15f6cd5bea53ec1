"""SQL for the photos of profiles."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from servicekit.db import Tx
from servicekit.mapping import from_row

from identity.domain.profiles import Photo


def holder(student_id: UUID) -> str:
    """What the file of a student's photo is attached to."""
    return f"photo:{student_id}"


async def get(tx: Tx, student_id: UUID) -> Photo | None:
    """The student's photo."""
    row = await tx.fetchrow(
        "SELECT f.bucket, f.object_key, f.preview_key, f.name, f.media_type, p.by_staff FROM student_photos p "
        "JOIN files f ON f.id = p.file_id WHERE p.student_id = $1 AND f.state = 'ready'",
        student_id,
    )
    return None if row is None else from_row(Photo, row)


async def put(tx: Tx, student_id: UUID, file_id: UUID, by_staff: bool, account_id: UUID, now: datetime) -> None:
    """Store which file is the photo, and who set it."""
    await tx.execute(
        "INSERT INTO student_photos (student_id, file_id, by_staff, changed_by, changed_at) VALUES ($1, $2, $3, $4, $5) "
        "ON CONFLICT (student_id) DO UPDATE SET file_id = excluded.file_id, by_staff = excluded.by_staff, "
        "changed_by = excluded.changed_by, changed_at = excluded.changed_at",
        student_id,
        file_id,
        by_staff,
        account_id,
        now,
    )


async def remove(tx: Tx, student_ids: Sequence[UUID]) -> None:
    """Forget the photos of these students; their files are swept."""
    await tx.execute(
        "WITH gone AS (DELETE FROM student_photos WHERE student_id = ANY($1::uuid[]) RETURNING file_id) "
        "UPDATE files f SET attached_to = NULL, expires_at = now() FROM gone WHERE f.id = gone.file_id",
        list(student_ids),
    )
