"""SQL for the counters of signed forms (NR-04). Students are locked before counters, both in order."""

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from servicekit.db import Tx

from archive.domain.form_counts import Completion, Counted, Deltas


def _counted(row: Any) -> Counted:
    return Counted(row["student_id"], row["school_year"], row["path"], row["uploaded"])


async def save_round(tx: Tx, school: str, school_year: str, ends_on: date) -> None:
    """A term of this school year verifies the data of the school's students, until this day at least."""
    await tx.execute(
        "INSERT INTO form_rounds AS r (school, school_year, ends_on) VALUES ($1, $2, $3) "
        "ON CONFLICT (school, school_year) DO UPDATE SET ends_on = greatest(r.ends_on, excluded.ends_on)",
        school, school_year, ends_on,
    )  # fmt: skip


async def students_after(tx: Tx, school: str, after: UUID | None, limit: int) -> list[UUID]:
    """Students of a school by id."""
    rows = await tx.fetch(
        "SELECT id FROM directory_students WHERE path <@ $1::ltree AND ($2::uuid IS NULL OR id > $2) ORDER BY id LIMIT $3",
        school, after, limit,
    )  # fmt: skip
    return [row["id"] for row in rows]


async def concerned(tx: Tx, ids: Collection[UUID]) -> bool:
    """Whether any of these students counts, or is at a school that has a round; most schools have none."""
    found: bool = await tx.fetchval(
        "SELECT EXISTS (SELECT FROM form_students WHERE student_id = ANY($1::uuid[])) OR EXISTS (SELECT FROM "
        "directory_students s JOIN form_rounds r ON r.school = subpath(s.path, 0, least(4, nlevel(s.path))) "
        "WHERE s.id = ANY($1::uuid[]))",
        list(ids),
    )
    return found


async def lock_students(tx: Tx, ids: Collection[UUID]) -> None:
    """Lock students by id."""
    await tx.execute("SELECT 1 FROM directory_students WHERE id = ANY($1::uuid[]) ORDER BY id FOR NO KEY UPDATE", sorted(ids))


async def wanted(tx: Tx, ids: Collection[UUID], today: date) -> list[Counted]:
    """As what these students have to count, in the rounds of their schools that are not over."""
    rows = await tx.fetch(
        """
        SELECT s.id AS student_id, r.school_year, s.path,
               EXISTS (SELECT FROM signed_forms f WHERE f.student_id = s.id AND f.school_year = r.school_year
                          AND f.replaced_at IS NULL AND f.returned_at IS NULL) AS uploaded
          FROM directory_students s JOIN form_rounds r ON r.school = subpath(s.path, 0, least(4, nlevel(s.path)))
           AND r.ends_on >= $2
         WHERE s.id = ANY($1::uuid[]) AND s.status <> 'left' AND nlevel(s.path) > 4
        """,
        list(ids), today,
    )  # fmt: skip
    return [_counted(row) for row in rows]


async def counted(tx: Tx, ids: Collection[UUID], years: Collection[str], today: date) -> list[Counted]:
    """As what these students count now: in these school years, and in all rounds that are not over."""
    rows = await tx.fetch(
        """
        SELECT f.* FROM form_students f
         WHERE f.student_id = ANY($1::uuid[])
           AND (f.school_year = ANY($2::text[])
                OR EXISTS (SELECT FROM form_rounds r
                            WHERE r.school = subpath(f.path, 0, 4) AND r.school_year = f.school_year AND r.ends_on >= $3))
        """,
        list(ids), list(years), today,
    )  # fmt: skip
    return [_counted(row) for row in rows]


async def save(tx: Tx, gone: Sequence[Counted], now: Sequence[Counted]) -> None:
    """Store as what students count; `gone` count no more."""
    await tx.execute(
        "DELETE FROM form_students f USING unnest($1::uuid[], $2::text[]) AS n (student_id, school_year) "
        "WHERE f.student_id = n.student_id AND f.school_year = n.school_year",
        [one.student_id for one in gone], [one.school_year for one in gone],
    )  # fmt: skip
    await tx.execute(
        "INSERT INTO form_students (student_id, school_year, path, uploaded) "
        "SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[]::ltree[], $4::boolean[]) "
        "ON CONFLICT (student_id, school_year) DO UPDATE SET path = excluded.path, uploaded = excluded.uploaded",
        [one.student_id for one in now], [one.school_year for one in now], [one.path for one in now],
        [one.uploaded for one in now],
    )  # fmt: skip


async def add(tx: Tx, changes: Deltas) -> None:
    """Change the counters, in the order of paths."""
    keys = sorted(changes, key=lambda key: (key[1], key[0]))
    parents = [path.rpartition(".")[0] for _, path in keys]
    await tx.execute(
        """
        INSERT INTO form_counts AS c (school_year, path, parent, students, uploaded)
        SELECT n.school_year, n.path::ltree, n.parent::ltree, n.students, n.uploaded
          FROM unnest($1::text[], $2::text[], $3::text[], $4::integer[], $5::integer[])
            AS n (school_year, path, parent, students, uploaded)
            ON CONFLICT (path, school_year) DO UPDATE
           SET students = c.students + excluded.students, uploaded = c.uploaded + excluded.uploaded
        """,
        [year for year, _ in keys], [path for _, path in keys], parents,
        [changes[key][0] for key in keys], [changes[key][1] for key in keys],
    )  # fmt: skip


async def years(tx: Tx, path: str) -> list[str]:
    """The school years in which an organisation has rounds, oldest first."""
    rows = await tx.fetch("SELECT school_year FROM form_counts WHERE path = $1 ORDER BY school_year", path)
    return [row["school_year"] for row in rows]


async def of_organisation(tx: Tx, path: str, school_year: str) -> Completion | None:
    """One counter: a single row, whatever the size of the organisation."""
    row = await tx.fetchrow(
        "SELECT c.path, coalesce(o.title, '') AS title, c.students, c.uploaded FROM form_counts c "
        "LEFT JOIN directory_organisations o ON o.path = c.path WHERE c.path = $1 AND c.school_year = $2",
        path, school_year,
    )  # fmt: skip
    return Completion(row["path"], row["title"], row["students"], row["uploaded"]) if row else None


async def below(tx: Tx, path: str, school_year: str, after: str | None, limit: int) -> list[Completion]:
    """The counters of the organisations directly below one, by path; those without students are left out."""
    rows = await tx.fetch(
        "SELECT c.path, coalesce(o.title, '') AS title, c.students, c.uploaded FROM form_counts c "
        "LEFT JOIN directory_organisations o ON o.path = c.path WHERE c.parent = $1 AND c.school_year = $2 "
        "AND c.students > 0 AND ($3::text IS NULL OR c.path > $3::text::ltree) ORDER BY c.path LIMIT $4",
        path, school_year, after, limit,
    )  # fmt: skip
    return [Completion(row["path"], row["title"], row["students"], row["uploaded"]) for row in rows]


async def wrong(tx: Tx) -> list[tuple[str, str]]:
    """The school years and paths whose counters are not the sums of `form_students`; for tests and operators."""
    rows = await tx.fetch(
        """
        WITH sums AS (
            SELECT f.school_year, subpath(f.path, 0, n.depth) AS path, count(*) AS students,
                   count(*) FILTER (WHERE f.uploaded) AS uploaded
              FROM form_students f CROSS JOIN LATERAL generate_series(1, nlevel(f.path)) AS n (depth)
             GROUP BY 1, 2)
        SELECT coalesce(s.school_year, c.school_year) AS school_year, coalesce(s.path, c.path) AS path
          FROM sums s FULL JOIN form_counts c ON c.path = s.path AND c.school_year = s.school_year
         WHERE coalesce(s.students, 0) <> coalesce(c.students, 0) OR coalesce(s.uploaded, 0) <> coalesce(c.uploaded, 0)
        """
    )
    return [(row["school_year"], row["path"]) for row in rows]
