"""Times of publicity by term, what follows a student to another class, and the titles of classes."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from contracts.base import StatementLine
from contracts.identity import Enrolment
from servicekit.db import Tx

from publicity.domain.terms import Term


async def save_times(tx: Tx, term: Term) -> None:
    """Save when publicity opens and closes. It opens or closes again if its new time is later than when it last did."""
    await tx.execute(
        """
        INSERT INTO publicity_terms AS p (term_id, opens_at, closes_at) VALUES ($1, $2, $3)
        ON CONFLICT (term_id) DO UPDATE SET opens_at = $2, closes_at = $3,
            opened_at = CASE WHEN $2 <= p.opened_at THEN p.opened_at END,
            closed_at = CASE WHEN $3 <= p.closed_at THEN p.closed_at END
        """,
        term.id,
        term.opens_at,
        term.closes_at,
    )


async def opened_and_closed_at(tx: Tx, term_id: UUID) -> tuple[datetime | None, datetime | None]:
    """When publicity was opened and closed; None: not yet."""
    row: Any = await tx.fetchrow("SELECT opened_at, closed_at FROM publicity_terms WHERE term_id = $1", term_id)
    return row["opened_at"], row["closed_at"]


async def save_opened(tx: Tx, term_id: UUID, at: datetime) -> None:
    """Save that publicity opened."""
    await tx.execute("UPDATE publicity_terms SET opened_at = $2 WHERE term_id = $1", term_id, at)


async def save_closed(tx: Tx, term_id: UUID, at: datetime) -> None:
    """Save that publicity closed."""
    await tx.execute("UPDATE publicity_terms SET closed_at = $2 WHERE term_id = $1", term_id, at)


async def save_titles(tx: Tx, students: Iterable[Enrolment]) -> None:
    """Save the titles of these students' classes and of their schools."""
    await tx.executemany(
        "INSERT INTO class_titles (path, grade_title, class_title, school_title) VALUES ($1, $2, $3, $4) "
        "ON CONFLICT (path) DO UPDATE SET grade_title = $2, class_title = $3, school_title = $4",
        sorted({(s.path, s.grade_title, s.class_title, s.school_title) for s in students}),
    )


async def move_entries(tx: Tx, student_ids: list[UUID]) -> None:
    """Move entries that can still change to the present class of their student, within the term's school (BJ-04)."""
    await tx.execute(
        """
        UPDATE entries e SET path = s.path, version = e.version + 1
          FROM directory_students s, directory_terms t
         WHERE e.student_id = ANY($1) AND s.id = e.student_id AND t.id = e.term_id AND s.path <@ t.path
           AND e.path <> s.path AND e.state IN ('eligible', 'selected', 'excluded')
        """,
        student_ids,
    )


async def move_open_cases(tx: Tx, student_ids: list[UUID]) -> list[UUID]:
    """Move open cases to the class of their entry; returns their ids (BJ-04)."""
    rows = await tx.fetch(
        "UPDATE cases c SET path = e.path, version = c.version + 1 FROM entries e "
        "WHERE c.student_id = ANY($1) AND c.closed_at IS NULL AND e.id = c.entry_id AND e.path <> c.path RETURNING c.id",
        student_ids,
    )
    return [row["id"] for row in rows]


async def class_of(tx: Tx, student_id: UUID, term_id: UUID) -> str | None:
    """The present class of a student, if it is within the term's school."""
    found: str | None = await tx.fetchval(
        "SELECT s.path FROM directory_students s, directory_terms t WHERE s.id = $1 AND t.id = $2 AND s.path <@ t.path",
        student_id,
        term_id,
    )
    return found


async def titles_of(tx: Tx, paths: Collection[str]) -> dict[str, tuple[str, str]]:
    """Grade and class title, by class path."""
    rows = await tx.fetch("SELECT path, grade_title, class_title FROM class_titles WHERE path::text = ANY($1)", paths)
    return {row["path"]: (row["grade_title"], row["class_title"]) for row in rows}


async def titles_of_units(tx: Tx, path: str) -> dict[str, str]:
    """The titles of the grades and classes within a school or a part of it, by path, in its order (L-07)."""
    rows = await tx.fetch(
        "SELECT path, grade_title, class_title FROM class_titles WHERE path <@ $1::ltree ORDER BY class_order(path)", path
    )
    grades = {row["path"].rpartition(".")[0]: row["grade_title"] for row in rows}
    return grades | {row["path"]: row["class_title"] for row in rows}


async def statement_of(tx: Tx, student_id: UUID) -> list[StatementLine]:
    """How many entries of a student are on the board or cleared, and how many cases about them are open, by term (BJ-04)."""
    rows = await tx.fetch(
        """
        SELECT t.title AS term, t.path::text AS school, n.title, n.count, n.running
          FROM (SELECT term_id, CASE WHEN state = 'selected' THEN '公示中的记录' ELSE '已公示的记录' END AS title,
                       count(*) AS count, state = 'selected' AS running
                  FROM entries WHERE student_id = $1 AND state IN ('selected', 'cleared') GROUP BY term_id, state
                UNION ALL
                SELECT term_id, '未办结的质疑申诉', count(*), true FROM cases
                 WHERE student_id = $1 AND closed_at IS NULL GROUP BY term_id) n
          JOIN directory_terms t ON t.id = n.term_id
         ORDER BY t.starts_on, t.id, n.title
        """,
        student_id,
    )
    return [StatementLine(**row) for row in rows]
