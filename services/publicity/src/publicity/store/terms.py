"""What publicity did about terms, what follows students who move, and the titles of classes."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from contracts.identity import Enrolment
from servicekit.db import Tx

from publicity.domain.terms import Term


@dataclass(frozen=True, slots=True)
class Done:
    """When publicity of a term was opened and closed; None: not yet."""

    opened_at: datetime | None
    closed_at: datetime | None


async def done(tx: Tx, term_id: UUID) -> Done:
    """What was done about a term that is known."""
    row: Any = await tx.fetchrow("SELECT opened_at, closed_at FROM publicity_terms WHERE term_id = $1", term_id)
    return Done(row["opened_at"], row["closed_at"])


async def save_times(tx: Tx, term: Term) -> None:
    """Keep when publicity is to open and to close. What was done is to be done again where its time is in the future now."""
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


async def mark_opened(tx: Tx, term_id: UUID, at: datetime) -> None:
    """Publicity was opened."""
    await tx.execute("UPDATE publicity_terms SET opened_at = $2 WHERE term_id = $1", term_id, at)


async def mark_closed(tx: Tx, term_id: UUID, at: datetime) -> None:
    """Publicity was closed."""
    await tx.execute("UPDATE publicity_terms SET closed_at = $2 WHERE term_id = $1", term_id, at)


async def save_titles(tx: Tx, students: Iterable[Enrolment]) -> None:
    """Keep the titles of these students' classes."""
    await tx.executemany(
        "INSERT INTO places (path, grade_title, class_title) VALUES ($1, $2, $3) "
        "ON CONFLICT (path) DO UPDATE SET grade_title = $2, class_title = $3",
        sorted({(s.path, s.grade_title, s.class_title) for s in students}),
    )


async def move_open_work(tx: Tx, student_ids: list[UUID]) -> None:
    """Entries not yet at their end go along to the student's present class, within the term's school (BJ-04)."""
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
    """Open cases follow their entries; those that did."""
    rows = await tx.fetch(
        "UPDATE cases c SET path = e.path, version = c.version + 1 FROM entries e "
        "WHERE c.student_id = ANY($1) AND c.closed_at IS NULL AND e.id = c.entry_id AND e.path <> c.path RETURNING c.id",
        student_ids,
    )
    return [row["id"] for row in rows]


async def class_of(tx: Tx, student_id: UUID, term_id: UUID) -> str | None:
    """The class the student is in now, if it is within the term's school."""
    found: str | None = await tx.fetchval(
        "SELECT s.path FROM directory_students s, directory_terms t WHERE s.id = $1 AND t.id = $2 AND s.path <@ t.path",
        student_id,
        term_id,
    )
    return found


async def titles_of(tx: Tx, paths: Collection[str]) -> dict[str, tuple[str, str]]:
    """Grade and class title by class path."""
    rows = await tx.fetch("SELECT path, grade_title, class_title FROM places WHERE path::text = ANY($1)", sorted(set(paths)))
    return {row["path"]: (row["grade_title"], row["class_title"]) for row in rows}
