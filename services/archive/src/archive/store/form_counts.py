"""SQL for the counters of signed forms (NR-04)."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from servicekit import counters
from servicekit.db import Tx

from archive.domain.form_counts import STUDENTS, UPLOADED, Completion, Counted

FORMS = "forms"
"""The name of the counters."""


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


async def years(tx: Tx, path: str) -> list[str]:
    """The school years in which an organisation has rounds, oldest first."""
    return list(await counters.periods(tx, FORMS, path, STUDENTS))


async def of_organisation(tx: Tx, path: str, school_year: str) -> Completion:
    """One counter, whatever the size of the organisation."""
    counts = await counters.read(tx, FORMS, school_year, path)
    return _completion(path, counts, await _titles(tx, [path]))


async def below(tx: Tx, path: str, school_year: str, after: str | None, limit: int) -> list[Completion]:
    """The counters of the organisations directly below one, by path; those without students are left out."""
    found = await counters.below(tx, FORMS, school_year, path)
    shown = [child for child, counts in found.items() if counts.get(STUDENTS) and (after is None or child > after)][:limit]
    titles = await _titles(tx, shown)
    return [_completion(child, found[child], titles) for child in shown]


async def _titles(tx: Tx, paths: Sequence[str]) -> dict[str, str]:
    rows = await tx.fetch(
        "SELECT path::text AS path, title FROM directory_organisations WHERE path = ANY($1::text[]::ltree[])", list(paths)
    )
    return {row["path"]: row["title"] for row in rows}


def _completion(path: str, counts: Mapping[str, int], titles: Mapping[str, str]) -> Completion:
    return Completion(path, titles.get(path, ""), counts.get(STUDENTS, 0), counts.get(UPLOADED, 0))


async def wrong(tx: Tx) -> list[tuple[str, str]]:
    """The school years and paths whose counters are not the sums of `form_students`; for tests and operators."""
    rows = await tx.fetch(
        """
        WITH sums AS (
            SELECT f.school_year, subpath(f.path, 0, n.depth) AS path, count(*) AS students,
                   count(*) FILTER (WHERE f.uploaded) AS uploaded
              FROM form_students f CROSS JOIN LATERAL generate_series(1, nlevel(f.path)) AS n (depth)
             GROUP BY 1, 2),
        known AS (
            SELECT c.period AS school_year, c.path, sum(c.count) FILTER (WHERE c.item = $2) AS students,
                   sum(c.count) FILTER (WHERE c.item = $3) AS uploaded
              FROM (SELECT period, path, item, count FROM counters WHERE counter = $1
                     UNION ALL
                    SELECT w.period, subpath(w.path, 0, n.depth), w.item, w.change
                      FROM counter_changes w CROSS JOIN LATERAL generate_series(1, nlevel(w.path)) AS n (depth)
                     WHERE w.counter = $1) c
             GROUP BY 1, 2)
        SELECT coalesce(s.school_year, k.school_year) AS school_year, coalesce(s.path, k.path) AS path
          FROM sums s FULL JOIN known k ON k.path = s.path AND k.school_year = s.school_year
         WHERE coalesce(s.students, 0) <> coalesce(k.students, 0) OR coalesce(s.uploaded, 0) <> coalesce(k.uploaded, 0)
        """,
        FORMS, STUDENTS, UPLOADED,
    )  # fmt: skip
    return [(row["school_year"], row["path"]) for row in rows]
