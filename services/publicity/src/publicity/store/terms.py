"""Terms, students and places, as heard from others. A term as it stands is made once: its timetable is long."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from contracts.base import Window
from contracts.identity import Enrolment
from pydantic import TypeAdapter
from scheme import Schemes
from servicekit.db import Tx

from publicity.domain.terms import Term

_WINDOWS: TypeAdapter[tuple[Window, ...]] = TypeAdapter(tuple[Window, ...])
_known: dict[UUID, Term] = {}
_MOST = 5000


def _term(row: Any, schemes: Schemes) -> Term:
    known = _known.get(row["id"])
    stands = (row["version"], row["opened_at"], row["closed_at"])
    if known is not None and (known.version, known.opened_at, known.closed_at) == stands:
        return known
    if len(_known) >= _MOST:
        _known.clear()
    term = _known[row["id"]] = Term(
        id=row["id"],
        path=row["path"],
        title=row["title"],
        school_year=row["school_year"],
        number=row["number"],
        windows=_WINDOWS.validate_python(row["windows"]),
        version=row["version"],
        scheme=schemes.get(row["scheme_id"], row["scheme_version"]),
        time_zone=row["time_zone"],
        opened_at=row["opened_at"],
        closed_at=row["closed_at"],
    )
    return term


async def save_term(tx: Tx, term: Term) -> bool:
    """Keep a newer version of a term; False where this one or a newer one is known. Marks of what is to come fall."""
    done = await tx.fetchval(
        """
        INSERT INTO terms AS t (id, path, title, school_year, number, scheme_id, scheme_version, time_zone, windows,
                                version, opens_at, closes_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
        ON CONFLICT (id) DO UPDATE SET title = $3, school_year = $4, number = $5, scheme_id = $6, scheme_version = $7,
            time_zone = $8, windows = $9, version = $10, opens_at = $11, closes_at = $12,
            opened_at = CASE WHEN $11 <= t.opened_at THEN t.opened_at END,
            closed_at = CASE WHEN $12 <= t.closed_at THEN t.closed_at END
        WHERE t.version < $10
        RETURNING true
        """,
        term.id, term.path, term.title, term.school_year, term.number, term.scheme.id, term.scheme.version, term.time_zone,
        term.windows, term.version, term.opens_at, term.closes_at,
    )  # fmt: skip
    return bool(done)


async def find_term(tx: Tx, schemes: Schemes, term_id: UUID) -> Term | None:
    """The term, or None where it was not heard of."""
    row = await tx.fetchrow("SELECT * FROM terms WHERE id = $1", term_id)
    return None if row is None else _term(row, schemes)


async def find_terms(tx: Tx, schemes: Schemes, term_ids: Collection[UUID]) -> dict[UUID, Term]:
    """These terms by id."""
    rows = await tx.fetch("SELECT * FROM terms WHERE id = ANY($1)", sorted(set(term_ids)))
    return {row["id"]: _term(row, schemes) for row in rows}


async def hold_terms(tx: Tx, schemes: Schemes, term_ids: Collection[UUID]) -> dict[UUID, Term]:
    """The terms, kept from closing until this transaction ends."""
    rows = await tx.fetch("SELECT * FROM terms WHERE id = ANY($1) ORDER BY id FOR SHARE", sorted(set(term_ids)))
    return {row["id"]: _term(row, schemes) for row in rows}


async def lock_term(tx: Tx, schemes: Schemes, term_id: UUID) -> Term | None:
    """The term, after everybody who works on its entries has ended, and before anybody else begins."""
    row = await tx.fetchrow("SELECT * FROM terms WHERE id = $1 FOR UPDATE", term_id)
    return None if row is None else _term(row, schemes)


async def mark_opened(tx: Tx, term_id: UUID, at: datetime) -> None:
    """Publicity was opened."""
    await tx.execute("UPDATE terms SET opened_at = $2 WHERE id = $1", term_id, at)


async def mark_closed(tx: Tx, term_id: UUID, at: datetime) -> None:
    """Publicity was closed."""
    await tx.execute("UPDATE terms SET closed_at = $2 WHERE id = $1", term_id, at)


async def save_students(tx: Tx, students: Iterable[Enrolment]) -> None:
    """Keep students, newest version first come or last, and the titles of their classes."""
    known = list(students)
    await tx.executemany(
        "INSERT INTO students AS s (id, path, name, grade_title, class_title, version) VALUES ($1, $2, $3, $4, $5, $6) "
        "ON CONFLICT (id) DO UPDATE SET path = $2, name = $3, grade_title = $4, class_title = $5, version = $6 "
        "WHERE s.version < $6",
        [(s.student_id, s.path, s.name, s.grade_title, s.class_title, s.version) for s in known],
    )
    await tx.executemany(
        "INSERT INTO places (path, grade_title, class_title) VALUES ($1, $2, $3) "
        "ON CONFLICT (path) DO UPDATE SET grade_title = $2, class_title = $3",
        sorted({(s.path, s.grade_title, s.class_title) for s in known}),
    )


async def move_open_work(tx: Tx, student_ids: list[UUID]) -> None:
    """Entries not yet at their end go along to the student's present class, within the term's school (BJ-04)."""
    await tx.execute(
        """
        UPDATE entries e SET path = s.path, version = e.version + 1
          FROM students s, terms t
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
        "SELECT s.path FROM students s, terms t WHERE s.id = $1 AND t.id = $2 AND s.path <@ t.path", student_id, term_id
    )
    return found


async def titles_of(tx: Tx, paths: Collection[str]) -> dict[str, tuple[str, str]]:
    """Grade and class title by class path."""
    rows = await tx.fetch("SELECT path, grade_title, class_title FROM places WHERE path::text = ANY($1)", sorted(set(paths)))
    return {row["path"]: (row["grade_title"], row["class_title"]) for row in rows}
