"""Students by their names, compared by the one name key (L-05)."""

from collections.abc import Sequence
from uuid import UUID

from contracts.base import LEVELS, level_of
from people import name_key

from servicekit.db import Database, Tx

_BATCH_SIZE = 1000
_MOST = 500

_CONTAINING = """
SELECT id FROM directory_students
 WHERE path <@ $1::text::ltree
   AND (strpos(name_key, $2) > 0 OR (name_key IS NULL AND strpos(lower(name), lower($3)) > 0))
 LIMIT $4
"""
_BEGINNING = """
SELECT id FROM directory_students
 WHERE subpath(path, 0, nlevel($1::text::ltree)) = $1::text::ltree
   AND (name_key ^@ $2 OR (name_key IS NULL AND name ^@ $3))
 LIMIT $4
"""
"""The path is compared without its index, which would read all students of a district."""


async def students_named(tx: Tx, path: str, words: str) -> list[UUID]:
    """At most 500 students below an organisation whose name contains these words in any spelling.

    Above schools, the name has to begin with them: an index serves that among any number of students.
    """
    key = name_key(words)
    if not key:
        return []
    in_school = LEVELS.index(level_of(path)) >= LEVELS.index("school")
    rows = await tx.fetch(_CONTAINING if in_school else _BEGINNING, path, key, words, _MOST)
    return [row["id"] for row in rows]


async def set_name_keys(tx: Tx, students: Sequence[tuple[UUID, str]]) -> None:
    """Store the name keys of these students, given with their names."""
    await tx.execute(
        "UPDATE directory_students s SET name_key = n.key FROM unnest($1::uuid[], $2::text[]) AS n (id, key) WHERE s.id = n.id",
        [student_id for student_id, _ in students],
        [name_key(name) for _, name in students],
    )


async def add_missing_name_keys(db: Database) -> int:
    """Compute the name keys of students that an older release stored; returns how many there were. A chore of every service:
    row locks keep several processes apart."""
    done = 0
    while True:
        async with db.transaction() as tx:
            rows = await tx.fetch(
                "SELECT id, name FROM directory_students WHERE name_key IS NULL ORDER BY id LIMIT $1 FOR UPDATE SKIP LOCKED",
                _BATCH_SIZE,
            )
            if rows:
                await set_name_keys(tx, [(row["id"], row["name"]) for row in rows])
        done += len(rows)
        if len(rows) < _BATCH_SIZE:
            return done
