"""How far students, classes and schools are: counted from records, and kept for what lies above one school."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from servicekit import counters
from servicekit.counters import Key
from servicekit.db import Tx

from records.domain.progress import NOT_COUNTED, Child, Progress, StudentProgress, TrendPoint, counted_states

PROGRESS, DAYS = "progress", "progress_days"
"""The names of the counters: of the present state, and of each day; a period is the school year and number of the term."""
_STUDENTS = """
SELECT s.id, s.name, s.path, s.class_title,
       count(r.id) FILTER (WHERE r.state = 'draft' AND r.author_role IN ('student', 'guardian')) AS drafts,
       count(r.id) FILTER (WHERE r.state = 'submitted') AS waiting,
       count(r.id) FILTER (WHERE r.state = 'submitted' AND r.waits_since < $4) AS waiting_long,
       count(r.id) FILTER (WHERE r.state = 'returned') AS returned,
       count(r.id) FILTER (WHERE r.state IN ('approved', 'amending')) AS confirmed,
       coalesce(array_agg(DISTINCT r.dimension) FILTER (WHERE r.state = ANY($5)), '{}') AS dimensions,
       coalesce(array_agg(DISTINCT r.kind) FILTER (WHERE r.state = ANY($5)), '{}') AS kinds,
       max(r.submitted_at) AS last_submitted_at
  FROM directory_students s LEFT JOIN records r ON r.student_id = s.id AND r.term_id = $2
 WHERE s.path <@ $1::ltree AND s.status <> ALL($3)
   AND NOT EXISTS (SELECT FROM directory_opt_outs o
                    WHERE o.term_id = $2 AND o.student_id = s.id AND NOT o.participates)
 GROUP BY s.id ORDER BY class_order(s.path), s.id
"""


async def of_students(tx: Tx, path: str, term_id: UUID, long_before: datetime) -> list[StudentProgress]:
    """The students of a class or a school in a term, by class. `long_before`: what waits since then waits long."""
    rows: list[Any] = await tx.fetch(_STUDENTS, path, term_id, list(NOT_COUNTED), long_before, counted_states())
    return [
        StudentProgress(**(dict(row) | {"dimensions": frozenset(row["dimensions"]), "kinds": frozenset(row["kinds"])}))
        for row in rows
    ]


_SAVE = """
WITH gone AS (DELETE FROM class_progress WHERE term_id = $1 AND path::text <> ALL($5)), made AS (
    INSERT INTO class_progress AS p (term_id, path, school_year, number, students, complete, partial, waiting, waiting_long,
                                     returned, confirmed, dimensions, counted_at)
    SELECT $1, c.path, $2, $3, c.students, c.complete, c.partial, c.waiting, c.waiting_long, c.returned, c.confirmed,
           c.dimensions, $4
      FROM jsonb_populate_recordset(NULL::class_progress, $6) c
    ON CONFLICT (term_id, path) DO UPDATE SET students = excluded.students, complete = excluded.complete,
        partial = excluded.partial, waiting = excluded.waiting, waiting_long = excluded.waiting_long,
        returned = excluded.returned, confirmed = excluded.confirmed, dimensions = excluded.dimensions,
        counted_at = excluded.counted_at)
INSERT INTO school_progress AS s (term_id, day, path, school_year, number, students, complete)
SELECT $1, $7, $8, $2, $3, $9, $10 WHERE $9 > 0
ON CONFLICT (term_id, day) DO UPDATE SET students = excluded.students, complete = excluded.complete
"""


async def save(
    tx: Tx, term_id: UUID, school_year: str, number: int, classes: Sequence[Progress], total: Progress, day: date, now: datetime
) -> None:
    """Keep the progress of a school's classes, and how far the school was on this day."""
    rows = [
        {
            "path": one.path, "students": one.students, "complete": one.complete, "partial": one.partial,
            "waiting": one.waiting, "waiting_long": one.waiting_long, "returned": one.returned, "confirmed": one.confirmed,
            "dimensions": one.dimensions,
        }
        for one in classes
    ]  # fmt: skip
    await tx.execute(
        _SAVE, term_id, school_year, number, now, [one.path for one in classes], rows, day, total.path, total.students,
        total.complete,
    )  # fmt: skip


async def of_classes(tx: Tx, term_id: UUID, path: str) -> tuple[list[Progress], datetime | None]:
    """The kept progress of the classes of a school or grade, and when it was counted; None: not yet."""
    rows: list[Any] = await tx.fetch(
        "SELECT path, students, complete, partial, waiting, waiting_long, returned, confirmed, dimensions, counted_at "
        "FROM class_progress WHERE term_id = $1 AND path <@ $2::ltree ORDER BY class_order(path)",
        term_id,
        path,
    )
    found = [Progress(**{name: value for name, value in row.items() if name != "counted_at"}) for row in rows]
    return found, min((row["counted_at"] for row in rows), default=None)


async def of_day(tx: Tx, term_id: UUID, day: date) -> tuple[int, int]:
    """Students and complete ones of a school as they are kept for this day."""
    row: Any = await tx.fetchrow("SELECT students, complete FROM school_progress WHERE term_id = $1 AND day = $2", term_id, day)
    return (row["students"], row["complete"]) if row else (0, 0)


async def add(tx: Tx, term: tuple[str, int], day: date, before: Progress, now: Progress, of_day: tuple[int, int]) -> None:
    """Add what a school's progress changed by to the counters of all levels, and to those of the day. term: school year and
    number; before: as it was kept last; of_day: the same of this day."""
    period, old, new = _period(*term), before.items(), now.items()
    changes = {Key(period, now.path, item): new.get(item, 0) - old.get(item, 0) for item in old.keys() | new.keys()}
    await counters.add(tx, PROGRESS, changes)
    if now.students:
        on = f"{period}|{day}"
        students, complete = now.students - of_day[0], now.complete - of_day[1]
        await counters.add(tx, DAYS, {Key(on, now.path, "students"): students, Key(on, now.path, "complete"): complete})


def _period(school_year: str, number: int) -> str:
    return f"{school_year}|{number}"


async def above_schools(tx: Tx, path: str, school_year: str, number: int) -> list[Progress]:
    """The kept progress of the organisations directly below one above schools."""
    found = await counters.below(tx, PROGRESS, _period(school_year, number), path)
    return [Progress.of_items(child, items) for child, items in found.items()]


async def trend(tx: Tx, path: str, school_year: str, number: int, today: date) -> list[TrendPoint]:
    """How far the schools of an organisation were on each Monday of a term, and are today."""
    start = f"{_period(school_year, number)}|"
    of_days = await counters.spans(tx, DAYS, path, start)
    days = {date.fromisoformat(period.removeprefix(start)): items for period, items in of_days.items()}
    shown = [day for day in days if day.isoweekday() == 1 or day == today]
    return [TrendPoint(day, days[day].get("students", 0), days[day].get("complete", 0)) for day in shown]


async def counted_at(tx: Tx) -> datetime | None:
    """Of when the counters are: of the last plan, or of the oldest count that still waits; None: nothing was planned yet."""
    found: datetime | None = await tx.fetchval(
        "SELECT coalesce((SELECT min(at) FROM jobs WHERE what = 'count_progress' AND done_at IS NULL), "
        "(SELECT coalesce(done_at, at) FROM jobs WHERE what = 'plan_progress'))"
    )
    return found


async def children(tx: Tx, path: str) -> list[Child]:
    """The organisations directly below."""
    rows: list[Any] = await tx.fetch(
        "SELECT path, title, level FROM directory_organisations "
        "WHERE subpath(path, 0, nlevel(path) - 1) = $1::text::ltree AND nlevel(path) > 0 ORDER BY class_order(path)",
        path,
    )
    return [Child(**row) for row in rows]


async def title(tx: Tx, path: str) -> str | None:
    """The title of an organisation; None: not known."""
    found: str | None = await tx.fetchval("SELECT title FROM directory_organisations WHERE path = $1::text::ltree", path)
    return found


async def newest_term(tx: Tx, path: str, today: date) -> tuple[str, int] | None:
    """School year and number of the term that began last at the schools below; None: none has begun."""
    counted = [period for period, students in (await counters.periods(tx, PROGRESS, path, "students")).items() if students]
    if counted:
        school_year, _, number = max(counted).partition("|")
        return school_year, int(number)
    row: Any = await tx.fetchrow(
        "SELECT school_year, number FROM directory_terms WHERE path <@ $1::text::ltree AND starts_on <= $2 AND complete "
        "ORDER BY starts_on DESC LIMIT 1",
        path,
        today,
    )
    return None if row is None else (row["school_year"], row["number"])


_TO_COUNT = """
SELECT t.id FROM directory_terms t
 WHERE t.complete AND t.starts_on <= $1 AND t.ends_on >= $2
   AND (t.id IN (SELECT r.term_id FROM record_history h JOIN records r ON r.id = h.record_id WHERE h.id > $3)
        OR NOT EXISTS (SELECT FROM class_progress p WHERE p.term_id = t.id AND p.counted_at > $4))
"""


async def to_count(tx: Tx, today: date, ended_since: date, history_after: UUID, counted_since: datetime) -> list[UUID]:
    """The terms under way with newer lines in the history of their records, or not counted for long."""
    return [row["id"] for row in await tx.fetch(_TO_COUNT, today, ended_since, history_after, counted_since)]
