"""What home screens count: own records and positions of students, and what waits for a reviewer."""

from collections.abc import Collection
from dataclasses import astuple
from typing import Any
from uuid import UUID

from servicekit.auth import Actor
from servicekit.db import Tx

from records.domain.home import Group
from records.store.scopes import scope_of

_OWN = """
SELECT term_id, kind, state, step, origin, dimension, author_role IN ('student', 'guardian') AS by_family,
       count(*) AS count, max(submitted_at) AS last_submitted_at
  FROM records
 WHERE student_id = ANY($1) AND state <> 'voided' AND state <> 'excluded'
   AND (state <> 'draft' OR author_role IN ('student', 'guardian'))
 GROUP BY term_id, kind, state, step, origin, dimension, by_family
UNION ALL
SELECT term_id, NULL, state, step, 'reported', NULL, true, count(*), max(submitted_at)
  FROM positions WHERE student_id = ANY($1) GROUP BY term_id, state, step
"""


async def own(tx: Tx, students: Collection[UUID]) -> list[Group]:
    """The records and positions of these students, over all terms."""
    return [Group(**row) for row in await tx.fetch(_OWN, list(students))]


_WAITING = """
SELECT r.term_id, r.kind, r.state, r.step, r.origin, count(*) AS count FROM records r
 WHERE ($1::uuid IS NULL OR r.student_id = $1)
   AND ($2::uuid[] IS NULL OR r.student_id = ANY($2))
   AND ($3::ltree IS NULL OR r.path = $3)
   AND ($4::ltree IS NULL OR subpath(r.path, 0, 4) = $4)
   AND ($5::ltree IS NULL OR subpath(r.path, 0, 3) = $5)
   AND ($6::ltree IS NULL OR subpath(r.path, 0, 2) = $6)
   AND ($7::ltree IS NULL OR subpath(r.path, 0, 1) = $7)
   AND ($8::bool IS NULL OR nlevel(r.path) > 0)
   AND ($9::ltree IS NULL OR r.path <@ $9)
   AND r.state = 'submitted' AND r.reviewer_role = ANY($10)
   AND NOT EXISTS (SELECT FROM directory_opt_outs o
                    WHERE o.term_id = r.term_id AND o.student_id = r.student_id AND NOT o.participates)
 GROUP BY r.term_id, r.kind, r.state, r.step, r.origin
UNION ALL
SELECT r.term_id, NULL, r.state, r.step, 'reported', count(*) FROM positions r
 WHERE ($1::uuid IS NULL OR r.student_id = $1)
   AND ($2::uuid[] IS NULL OR r.student_id = ANY($2))
   AND ($3::ltree IS NULL OR r.path = $3)
   AND ($4::ltree IS NULL OR subpath(r.path, 0, 4) = $4)
   AND ($5::ltree IS NULL OR subpath(r.path, 0, 3) = $5)
   AND ($6::ltree IS NULL OR subpath(r.path, 0, 2) = $6)
   AND ($7::ltree IS NULL OR subpath(r.path, 0, 1) = $7)
   AND ($8::bool IS NULL OR nlevel(r.path) > 0)
   AND ($9::ltree IS NULL OR r.path <@ $9)
   AND r.state = 'submitted' AND r.reviewer_role = ANY($10)
 GROUP BY r.term_id, r.state, r.step
"""


async def waiting(tx: Tx, actor: Actor) -> list[Group]:
    """The records and positions in the card's scope that wait for a review by one of its roles."""
    found = scope_of(actor, None, None)
    if found is None:
        return []
    scope, narrower = found
    values = [*astuple(scope)[:8], narrower]
    rows: list[Any] = await tx.fetch(_WAITING, *values, sorted(actor.roles))
    return [Group(**row) for row in rows]


_RETURNED = """
SELECT term_id, kind, state, step, origin, count(*) AS count FROM records
 WHERE state = 'returned' AND author_id = $1 AND author_role NOT IN ('student', 'guardian') AND term_id = ANY($2)
 GROUP BY term_id, kind, state, step, origin
"""


async def returned_to(tx: Tx, account_id: UUID, terms: Collection[UUID]) -> list[Group]:
    """The records that this member of staff entered and that were returned, in these terms."""
    return [Group(**row) for row in await tx.fetch(_RETURNED, account_id, list(terms))]
