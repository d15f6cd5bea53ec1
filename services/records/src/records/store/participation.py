"""Who does not take part in a term (SH-03); whether they do is also in the directory, as in every service."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from contracts.records import ParticipationChangedV1
from servicekit.db import Tx
from servicekit.directory import save_participation
from servicekit.ids import new_id

from records.domain.participation import Change
from records.domain.record import ChangedBy


async def last(tx: Tx, term_id: UUID, student_id: UUID) -> Change | None:
    """The last change about a student; None: the student was never marked."""
    row: Any = await tx.fetchrow(
        "SELECT at, student_id, version, participates, reason_code, note, by_name FROM participation_changes "
        "WHERE term_id = $1 AND student_id = $2 ORDER BY version DESC LIMIT 1",
        term_id,
        student_id,
    )
    return None if row is None else Change(**row)


async def add(tx: Tx, event: ParticipationChangedV1, reason_code: str | None, note: str | None, by: ChangedBy) -> None:
    """Log a change, and keep whether the student takes part."""
    await tx.execute(
        "INSERT INTO participation_changes (id, at, term_id, student_id, version, participates, reason_code, note, "
        "by_id, by_name, by_role) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        new_id(), event.at, event.term_id, event.student_id, event.version, event.participates, reason_code, note,
        by.id, by.name, by.role,
    )  # fmt: skip
    await save_participation(tx, event)


@dataclass(frozen=True, slots=True)
class OptOut:
    """A student who does not take part in a term."""

    student_id: UUID
    name: str
    path: str
    class_title: str
    change: Change


_PAGE = """
SELECT s.name, s.path::text, s.class_title, c.at, c.student_id, c.version, c.participates, c.reason_code, c.note, c.by_name
  FROM directory_opt_outs o JOIN directory_students s ON s.id = o.student_id
  JOIN participation_changes c ON c.term_id = o.term_id AND c.student_id = o.student_id AND c.version = o.version
 WHERE o.term_id = $1 AND NOT o.participates AND s.path <@ $2::text::ltree AND ($3::uuid IS NULL OR s.id > $3)
 ORDER BY s.id LIMIT $4
"""


async def page(tx: Tx, term_id: UUID, path: str, after: UUID | None, limit: int) -> list[OptOut]:
    """Those below an organisation who do not take part in a term, by id."""
    rows: list[Any] = await tx.fetch(_PAGE, term_id, path, after, limit)
    names = Change.__dataclass_fields__
    return [
        OptOut(row["student_id"], row["name"], row["path"], row["class_title"], Change(**{name: row[name] for name in names}))
        for row in rows
    ]
