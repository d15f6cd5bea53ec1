"""Lists of the records that students share with their class or school (CS-04), each in the order of an index."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from servicekit.db import Tx

from records.domain.record import Record
from records.domain.sharing import Circle
from records.store.records import record_of

_IN_CLASS = """
SELECT r.* FROM records r
 WHERE r.path = $1::ltree AND r.visibility <> 'private' AND r.state <> 'voided' AND r.state <> 'excluded'
   AND r.author_role IN ('student', 'guardian') AND ($2::uuid IS NULL OR r.term_id = $2) AND ($3::uuid IS NULL OR r.id < $3)
 ORDER BY r.id DESC LIMIT $4
"""
_IN_SCHOOL = """
SELECT r.* FROM records r
 WHERE subpath(r.path, 0, 4) = $1::ltree AND r.visibility = 'school' AND r.state <> 'voided' AND r.state <> 'excluded'
   AND r.author_role IN ('student', 'guardian') AND ($2::uuid IS NULL OR r.term_id = $2) AND ($3::uuid IS NULL OR r.id < $3)
 ORDER BY r.id DESC LIMIT $4
"""

_OWN = """
SELECT r.* FROM records r
 WHERE r.student_id = ANY($1) AND r.state <> 'voided' AND r.state <> 'excluded' AND r.author_role IN ('student', 'guardian')
   AND ($2::uuid IS NULL OR r.term_id = $2) AND ($3::uuid IS NULL OR r.id < $3)
 ORDER BY r.id DESC LIMIT $4
"""


async def own(tx: Tx, students: Collection[UUID], term_id: UUID | None, before: UUID | None, limit: int) -> list[Record]:
    """What the families of these students wrote, in any state but void, newest first."""
    rows: list[Any] = await tx.fetch(_OWN, sorted(students), term_id, before, limit)
    return [record_of(row) for row in rows]


async def page(tx: Tx, circle: Circle, org_path: str, term_id: UUID | None, before: UUID | None, limit: int) -> list[Record]:
    """The records shared with a class (all that its students share) or with a school, newest first."""
    rows: list[Any] = await tx.fetch(_IN_CLASS if circle == "class" else _IN_SCHOOL, org_path, term_id, before, limit)
    return [record_of(row) for row in rows]
