"""What students have of each term, at whichever school, and their handbooks (BJ-03, BJ-12)."""

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from servicekit.db import Tx

_HELD = """
SELECT h.student_id, h.term_id, max(h.path::text) AS path, max(h.school_title) AS school_title,
       max(h.archive_id::text)::uuid AS archive_id, max(h.total) AS total, max(h.band) AS band, max(h.choice) AS choice
  FROM (SELECT a.student_id, a.term_id, a.path, a.school_title, a.id AS archive_id, NULL::text AS total, NULL::text AS band,
               v.choice
          FROM archives a LEFT JOIN verdicts v ON v.term_id = a.term_id AND v.student_id = a.student_id
         WHERE a.student_id = ANY($1) AND a.kind = 'term' AND a.state = 'ready' AND a.superseded_by IS NULL
        UNION ALL
        SELECT l.student_id, l.term_id, l.path, coalesce(o.title, ''), NULL, l.total::text, l.band, NULL
          FROM locked_scores_in_force l
          JOIN directory_terms t ON t.id = l.term_id
          LEFT JOIN directory_organisations o ON o.path = t.path
         WHERE l.student_id = ANY($1)) AS h
 GROUP BY h.student_id, h.term_id
"""


async def held(tx: Tx, students: Collection[UUID]) -> list[Any]:
    """The terms of which these students have an archive or a locked result: student, term, class then, what there is."""
    return await tx.fetch(_HELD, list(students))


async def careers(tx: Tx, students: Collection[UUID]) -> list[tuple[UUID, UUID, str, str]]:
    """The ready handbooks of these students, newest first: student, archive, stage (empty: not known), class then."""
    rows = await tx.fetch(
        "SELECT student_id, id, coalesce(stage, '') AS stage, path::text AS path FROM archives "
        "WHERE student_id = ANY($1) AND kind = 'career' AND state = 'ready' AND superseded_by IS NULL ORDER BY id DESC",
        list(students),
    )
    return [(row["student_id"], row["id"], row["stage"], row["path"]) for row in rows]


async def class_of(tx: Tx, path: str) -> Sequence[Any]:
    """The students of a class who have not left, by name."""
    return await tx.fetch(
        "SELECT * FROM directory_students WHERE path = $1::text::ltree AND status <> 'left' ORDER BY name, id", path
    )
