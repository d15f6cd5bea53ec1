"""SQL that counts students and accounts: of classes now, of schools from `school_counts`, which a chore keeps up to date, and
of all levels above from counters."""

from collections.abc import Mapping
from dataclasses import fields
from datetime import datetime
from typing import Any

from servicekit import counters
from servicekit.db import Tx
from servicekit.mapping import from_row

from identity.domain.counts import Counts, OrganisationBelow, Region, SchoolClass, StudentAccount

_CLASSES = """
SELECT o.path, o.title, subpath(o.path, 0, 5) AS grade_path, g.title AS grade_title, coalesce(n.students, 0) AS students,
       coalesce(n.students_in_use, 0) AS students_in_use, coalesce(n.with_guardian, 0) AS with_guardian,
       coalesce(n.guardians_in_use, 0) AS guardians_in_use,
       array(SELECT p.name FROM active_cards k JOIN persons p ON p.id = k.person_id
              WHERE k.path = o.path AND k.student_id IS NULL AND k.role = 'class_teacher' ORDER BY k.id) AS class_teachers
  FROM organisations o
  LEFT JOIN organisations g ON g.path = subpath(o.path, 0, 5)
  LEFT JOIN (
      SELECT s.path, count(*) AS students,
             count(*) FILTER (WHERE c.password_hash IS NOT NULL OR l.linked) AS students_in_use,
             count(r.student_id) AS with_guardian, count(k.student_id) AS guardians_in_use
        FROM students s
        JOIN credentials c ON c.account_id = s.account_id
        LEFT JOIN LATERAL (SELECT true AS linked FROM sso_links
                            WHERE c.password_hash IS NULL AND account_id = s.account_id LIMIT 1) l ON true
        LEFT JOIN (SELECT DISTINCT g.student_id FROM guardians g JOIN students t ON t.id = g.student_id
                    WHERE t.path <@ $1::ltree AND g.removed_at IS NULL) r ON r.student_id = s.id
        LEFT JOIN (SELECT DISTINCT a.student_id FROM active_cards a JOIN students t ON t.id = a.student_id
                    WHERE t.path <@ $1::ltree AND a.role = 'guardian') k ON k.student_id = s.id
       WHERE s.path <@ $1::ltree AND s.status <> 'left'
       GROUP BY s.path) n ON n.path = o.path
 WHERE o.path <@ $1::ltree AND o.level = 'class'
 ORDER BY o.ordering, o.path
"""
_ACCOUNTS = """
SELECT s.id AS student_id, p.name,
       (c.password_hash IS NOT NULL OR EXISTS (SELECT FROM sso_links l WHERE l.account_id = s.account_id)) AS in_use,
       (SELECT count(*) FROM guardians g WHERE g.student_id = s.id AND g.removed_at IS NULL) AS guardians,
       (SELECT count(*) FROM active_cards k WHERE k.student_id = s.id AND k.role = 'guardian') AS guardians_in_use
  FROM students s
  JOIN persons p ON p.id = s.person_id
  JOIN credentials c ON c.account_id = s.account_id
 WHERE s.path = $1::ltree AND s.status <> 'left'
 ORDER BY s.id
"""
_BELOW = """
SELECT o.path, o.level, o.title, (SELECT min(counted_at) FROM school_counts) AS counted_at,
       (SELECT count(*) FROM active_cards k
         WHERE k.path = o.path AND k.student_id IS NULL AND k.role = 'administrator') AS administrators
  FROM organisations o
 WHERE subpath(o.path, 0, nlevel(o.path) - 1) = $1::ltree AND nlevel(o.path) > 0
 ORDER BY o.ordering, o.path
"""
_REGION = """
SELECT count(*) AS organisations,
       count(*) FILTER (WHERE EXISTS (SELECT FROM active_cards k WHERE k.path = o.path AND k.student_id IS NULL
                                                                    AND k.role = 'administrator')) AS administered
  FROM organisations o WHERE subpath(o.path, 0, nlevel(o.path) - 1) = $1::ltree AND nlevel(o.path) > 0
"""
SCHOOLS, ACCOUNTS = "schools", "accounts"
"""The names of the counters; triggers of the tables of schools and of their counts add to them."""


def _counts(row: Any) -> Counts:
    return Counts(row["students"], row["students_in_use"], row["with_guardian"], row["guardians_in_use"])


async def classes(tx: Tx, path: str) -> list[SchoolClass]:
    """The classes of a school or grade, or one class, counted now."""
    return [
        from_row(SchoolClass, row, counts=_counts(row), class_teachers=tuple(row["class_teachers"]))
        for row in await tx.fetch(_CLASSES, path)
    ]


async def accounts(tx: Tx, path: str) -> list[StudentAccount]:
    """The students of a class without those who left, with their guardians counted now."""
    return [from_row(StudentAccount, row) for row in await tx.fetch(_ACCOUNTS, path)]


def _of_items(items: Mapping[str, int]) -> Counts:
    return Counts(*(items.get(one.name, 0) for one in fields(Counts)))


async def below(tx: Tx, path: str) -> list[OrganisationBelow]:
    """The organisations directly below one above schools, with the counters of what is in them: O(those directly below)."""
    schools, accounts = await counters.below(tx, SCHOOLS, "", path), await counters.below(tx, ACCOUNTS, "", path)
    found = []
    for row in await tx.fetch(_BELOW, path):
        items = accounts.get(row["path"], {})
        found.append(
            OrganisationBelow(
                row["path"], row["level"], row["title"], schools.get(row["path"], {}).get("schools", 0),
                items.get("classes", 0), _of_items(items), row["administrators"],
                row["counted_at"] if items.get("counted") else None,
            )
        )  # fmt: skip
    return found


async def region(tx: Tx, path: str) -> Region:
    """A district, city or province with the counters of its accounts."""
    row: Any = await tx.fetchrow(_REGION, path)
    return Region(row["organisations"], row["administered"], _of_items(await counters.read(tx, ACCOUNTS, "", path)))


async def outdated_schools(tx: Tx, before: datetime, limit: int) -> list[str]:
    """Schools that were not counted since then, first those that never were."""
    rows = await tx.fetch(
        "SELECT o.path FROM organisations o LEFT JOIN school_counts n ON n.path = o.path WHERE o.level = 'school' "
        "AND (n.counted_at IS NULL OR n.counted_at < $1) ORDER BY n.counted_at NULLS FIRST, o.path LIMIT $2",
        before,
        limit,
    )
    return [row["path"] for row in rows]


async def save_school(tx: Tx, path: str, number_of_classes: int, counts: Counts, now: datetime) -> None:
    """Store a school's counts."""
    await tx.execute(
        "INSERT INTO school_counts (path, classes, students, students_in_use, with_guardian, guardians_in_use, counted_at) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (path) DO UPDATE SET classes = excluded.classes, "
        "students = excluded.students, students_in_use = excluded.students_in_use, with_guardian = excluded.with_guardian, "
        "guardians_in_use = excluded.guardians_in_use, counted_at = excluded.counted_at",
        path,
        number_of_classes,
        counts.students,
        counts.students_in_use,
        counts.with_guardian,
        counts.guardians_in_use,
        now,
    )
