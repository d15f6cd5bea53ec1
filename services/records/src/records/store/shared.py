"""What students share with their class or school (CS-04): lists in the order of an index, and one record."""

from typing import Any, Literal
from uuid import UUID

from servicekit.db import Tx

from records.domain.record import Record
from records.store.records import record_of

type Circle = Literal["class", "school"]

_IN_CLASS = """
SELECT r.* FROM records r
 WHERE r.path = $1::ltree AND r.visibility <> 'private' AND r.state <> 'voided'
   AND r.author_role IN ('student', 'guardian') AND ($2::uuid IS NULL OR r.term_id = $2) AND ($3::uuid IS NULL OR r.id < $3)
 ORDER BY r.id DESC LIMIT $4
"""
_IN_SCHOOL = """
SELECT r.* FROM records r
 WHERE subpath(r.path, 0, 4) = $1::ltree AND r.visibility = 'school' AND r.state <> 'voided'
   AND r.author_role IN ('student', 'guardian') AND ($2::uuid IS NULL OR r.term_id = $2) AND ($3::uuid IS NULL OR r.id < $3)
 ORDER BY r.id DESC LIMIT $4
"""


async def page(tx: Tx, circle: Circle, place: str, term_id: UUID | None, before: UUID | None, limit: int) -> list[Record]:
    """What is shared with a class (all that its students share), or with a school; newest first."""
    rows: list[Any] = await tx.fetch(_IN_CLASS if circle == "class" else _IN_SCHOOL, place, term_id, before, limit)
    return [record_of(row) for row in rows]


async def set_visibility(tx: Tx, record_id: UUID, visibility: str) -> None:
    """Who else may see it from now on. What it says stays as it is, and so does its version."""
    await tx.execute("UPDATE records SET visibility = $2 WHERE id = $1", record_id, visibility)
