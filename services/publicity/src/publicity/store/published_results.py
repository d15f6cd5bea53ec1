"""Published results by class, and the log of who looked at them (X-09, X-15)."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from contracts.archive import StudentResult
from pydantic import TypeAdapter
from servicekit.auth import Actor
from servicekit.db import Tx
from servicekit.ids import new_id
from servicekit.mapping import from_row

from publicity.domain.published_results import Grade, PublishedResult, ResultClass, grades_of

_GRADES: TypeAdapter[dict[str, Grade]] = TypeAdapter(dict[str, Grade])


def _result(row: Any) -> PublishedResult:
    return from_row(PublishedResult, row, grades=_GRADES.validate_python(row["grades"]))


def _plain(grades: Mapping[str, Grade]) -> dict[str, dict[str, str]]:
    return {dimension: grade.model_dump() for dimension, grade in grades.items()}


async def lock_class(tx: Tx, term_id: UUID, path: str) -> ResultClass | None:
    """A class whose results were locked once, locked."""
    row = await tx.fetchrow(
        "SELECT * FROM result_classes WHERE term_id = $1 AND path = $2::ltree FOR UPDATE", term_id, path
    )  # fmt: skip
    return from_row(ResultClass, row) if row else None


async def save_class(tx: Tx, one: ResultClass) -> bool:
    """Save a newer version of a class, or its first; False if this or a newer one is stored already."""
    found = await tx.fetchval(
        """
        INSERT INTO result_classes AS c (term_id, path, version, locked_at, settled_at) VALUES ($1, $2::ltree, $3, $4, NULL)
        ON CONFLICT (term_id, path) DO UPDATE SET version = $3, locked_at = $4, settled_at = NULL WHERE c.version < $3
        RETURNING true
        """,
        one.term_id, one.path, one.version, one.locked_at,
    )  # fmt: skip
    return found is True


async def settle(tx: Tx, one: ResultClass, at: datetime) -> None:
    """Save that the publicity of a class is over for good."""
    await tx.execute(
        "UPDATE result_classes SET settled_at = $3 WHERE term_id = $1 AND path = $2::ltree", one.term_id, one.path, at
    )


async def add(tx: Tx, one: ResultClass, results: Iterable[StudentResult]) -> None:
    """Insert the locked results of a class, or replace what an earlier lock had."""
    await tx.executemany(
        """
        INSERT INTO results AS r (id, term_id, student_id, path, lock_version, version, grades)
        VALUES ($1, $2, $3, $4::ltree, $5, $5, $6)
        ON CONFLICT (term_id, student_id) DO UPDATE SET path = excluded.path, lock_version = excluded.lock_version,
            version = excluded.version, grades = excluded.grades
        """,
        [(new_id(), one.term_id, r.student_id, one.path, one.version, _plain(grades_of(r))) for r in results],
    )


async def correct(tx: Tx, term_id: UUID, version: int, result: StudentResult) -> None:
    """Save a result as the archive corrected it."""
    await tx.execute(
        "UPDATE results SET version = $3, grades = $4 WHERE term_id = $1 AND student_id = $2 AND version < $3",
        term_id, result.student_id, version, _plain(grades_of(result)),
    )  # fmt: skip


async def terms_of(tx: Tx, result_ids: Collection[UUID]) -> set[UUID]:
    """The terms of these results."""
    rows = await tx.fetch("SELECT DISTINCT term_id FROM results WHERE id = ANY($1)", list(result_ids))
    return {row["term_id"] for row in rows}


async def lock(tx: Tx, result_ids: Collection[UUID]) -> dict[UUID, PublishedResult]:
    """Lock these results, in the order of their ids."""
    rows = await tx.fetch("SELECT * FROM results WHERE id = ANY($1) ORDER BY id FOR UPDATE", list(result_ids))
    return {row["id"]: _result(row) for row in rows}


async def save(tx: Tx, results: Iterable[PublishedResult]) -> None:
    """Save what cases change of locked results."""
    await tx.executemany(
        "UPDATE results SET grades = $2, open_cases = $3 WHERE id = $1",
        [(one.id, _plain(one.grades), one.open_cases) for one in results],
    )


async def find(tx: Tx, result_id: UUID) -> tuple[PublishedResult, ResultClass] | None:
    """A result of a class that is locked now, with its class."""
    row: Any = await tx.fetchrow(
        "SELECT r.*, c.version AS class_version, c.locked_at, c.settled_at FROM results r "
        "JOIN result_classes c ON c.term_id = r.term_id AND c.path = r.path AND c.version = r.lock_version "
        "AND c.locked_at IS NOT NULL WHERE r.id = $1",
        result_id,
    )
    if row is None:
        return None
    one = ResultClass(row["term_id"], row["path"], row["class_version"], row["locked_at"], row["settled_at"])
    return _result(row), one


async def name_of(tx: Tx, student_id: UUID) -> str:
    """The name of a student; empty where it is not known."""
    found: str | None = await tx.fetchval("SELECT name FROM directory_students WHERE id = $1", student_id)
    return found or ""


async def locked_classes(tx: Tx, term_id: UUID, path: str) -> list[ResultClass]:
    """The classes below a path that are locked now, in order."""
    rows = await tx.fetch(
        "SELECT * FROM result_classes WHERE term_id = $1 AND path <@ $2::ltree AND locked_at IS NOT NULL "
        "ORDER BY class_order(path)",
        term_id,
        path,
    )
    return [from_row(ResultClass, row) for row in rows]


@dataclass(frozen=True)
class ResultRow:
    """A published result with whose it is."""

    result: PublishedResult
    student_name: str
    grade_title: str
    class_title: str


async def log_and_read_page(
    tx: Tx,
    term_id: UUID,
    paths: Sequence[str],
    students: Collection[UUID] | None,
    after: tuple[str, UUID] | None,
    limit: int,
    by: Actor,
    at: datetime,
) -> list[ResultRow]:
    """Published results of these classes, by class and student, of `students` only where it is given. The same statement logs
    who looked at which (X-09)."""
    rows = await tx.fetch(
        """
        WITH page AS (
            SELECT r.* FROM results r
              JOIN result_classes c ON c.term_id = r.term_id AND c.path = r.path AND c.version = r.lock_version
             WHERE r.term_id = $1 AND r.path = ANY($2::text[]::ltree[]) AND ($3::uuid[] IS NULL OR r.student_id = ANY($3))
               AND ($4::ltree IS NULL OR (class_order(r.path), r.student_id) > ((SELECT class_order($4::ltree)), $5::uuid))
             ORDER BY class_order(r.path), r.student_id LIMIT $6),
        logged AS (
            INSERT INTO board_looks (at, account_id, card_id, role, term_id, path, kind, entries)
            SELECT $7, $8, $9, $10, $1, p.path, 'result', count(*) FROM page p GROUP BY p.path)
        SELECT p.*, coalesce(s.name, '') AS student_name, coalesce(t.grade_title, '') AS grade_title,
               coalesce(t.class_title, '') AS class_title
          FROM page p LEFT JOIN directory_students s ON s.id = p.student_id LEFT JOIN class_titles t ON t.path = p.path
         ORDER BY class_order(p.path), p.student_id
        """,
        term_id, list(paths), list(students) if students is not None else None, *(after or (None, None)), limit,
        at, by.account_id, by.card_id, by.role,
    )  # fmt: skip
    return [ResultRow(_result(row), row["student_name"], row["grade_title"], row["class_title"]) for row in rows]


async def hold_shares(tx: Tx, term_id: UUID) -> None:
    """Let one correction of a term after the other count the seats, until this transaction ends (X-15)."""
    await tx.execute("SELECT pg_advisory_xact_lock(hashtextextended('result_shares:' || $1::text, 0))", str(term_id))


async def seats_taken(
    tx: Tx, term_id: UUID, path: str, dimension: str, bands: Sequence[str], without: UUID
) -> tuple[int, int]:  # fmt: skip
    """How many students below a path have a locked result, and how many of them, but for one result, one of these bands."""
    row: Any = await tx.fetchrow(
        "SELECT count(*) AS students, "
        "count(*) FILTER (WHERE r.id <> $5 AND r.grades -> $3::text ->> 'band' = ANY($4::text[])) AS taken "
        "FROM results r JOIN result_classes c ON c.term_id = r.term_id AND c.path = r.path AND c.version = r.lock_version "
        "AND c.locked_at IS NOT NULL WHERE r.term_id = $1 AND r.path <@ $2::ltree",
        term_id, path, dimension, list(bands), without,
    )  # fmt: skip
    return row["students"], row["taken"]


@dataclass(frozen=True)
class ClassCases:
    """The cases about a class's results: how many are open, and how many decided for a correction."""

    open: int
    amended: int


async def cases_of(tx: Tx, term_id: UUID, path: str) -> ClassCases:
    """The cases about the results of a class."""
    row: Any = await tx.fetchrow(
        "SELECT count(*) FILTER (WHERE closed_at IS NULL) AS open, "
        "count(*) FILTER (WHERE grades_after IS NOT NULL) AS amended "
        "FROM cases WHERE term_id = $1 AND path = $2::ltree AND about = 'result'",
        term_id,
        path,
    )
    return ClassCases(row["open"], row["amended"])
