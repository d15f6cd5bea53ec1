"""Terms and their timetables. Timetables are long and seldom change: one that is known is read once per version."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from contracts.base import Window
from servicekit.db import Tx

from records.domain.rules import Term
from records.domain.writing import Student

_known: dict[UUID, Term] = {}
_MOST = 5000


def _version(term_id: UUID) -> int:
    """The version of a term that this process knows; 0: none."""
    return known.version if (known := _known.get(term_id)) else 0


def _term(row: Any) -> Term:
    """A row of `terms`; without windows where its version is known here."""
    known = _known.get(row["id"])
    if known is not None and known.version == row["version"]:
        return known
    names = Term.__dataclass_fields__
    given = {name: row[name] for name in names}
    term = Term(**(given | {"windows": tuple(Window.model_validate(window) for window in row["windows"])}))
    if len(_known) >= _MOST:
        _known.clear()
    _known[term.id] = term
    return term


async def add(tx: Tx, term: Term) -> bool:
    """False where the school has this term already."""
    made = await tx.fetchval(
        "INSERT INTO terms (id, path, title, school_year, number, scheme_id, scheme_version, time_zone, starts_on, "
        "ends_on, windows, version) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) "
        "ON CONFLICT (path, school_year, number) DO NOTHING RETURNING true",
        term.id, term.path, term.title, term.school_year, term.number, term.scheme_id, term.scheme_version,
        term.time_zone, term.starts_on, term.ends_on, term.windows, term.version,
    )  # fmt: skip
    return bool(made)


_GET = """
SELECT t.id, t.path, t.title, t.school_year, t.number, t.scheme_id, t.scheme_version, t.time_zone, t.starts_on, t.ends_on,
       CASE WHEN t.version <> $2 THEN t.windows END AS windows, t.version,
       s.id AS student_id, s.name AS student_name, s.path AS student_path, s.class_title, s.status
  FROM terms t LEFT JOIN students s ON s.id = $3
 WHERE t.id = $1
"""


async def get(tx: Tx, term_id: UUID) -> Term | None:
    """One term."""
    return (await with_student(tx, term_id, None))[0]


async def with_student(tx: Tx, term_id: UUID, student_id: UUID | None) -> tuple[Term | None, Student | None]:
    """A term and a student at once, where they are known."""
    version = _version(term_id)
    row: Any = await tx.fetchrow(_GET, term_id, version, student_id)
    if row is None:
        return None, None
    if row["windows"] is None and _version(term_id) != row["version"]:  # forgotten meanwhile
        row = await tx.fetchrow(_GET, term_id, 0, student_id)
    student = Student(row["student_id"], row["student_name"], row["student_path"], row["class_title"], row["status"])
    return _term(row), student if row["student_id"] else None


def shown(term_id: UUID) -> Term | None:
    """A term as this process knows it, perhaps with an older timetable: good for titles, not for decisions."""
    return _known.get(term_id)


async def lock(tx: Tx, term_id: UUID) -> Term | None:
    """One term, held until the transaction ends."""
    row: Any = await tx.fetchrow("SELECT * FROM terms WHERE id = $1 FOR UPDATE", term_id)
    return None if row is None else _term(row)


async def many(tx: Tx, ids: Sequence[UUID]) -> dict[UUID, Term]:
    """These terms, by id."""
    rows = await tx.fetch("SELECT * FROM terms WHERE id = ANY($1)", ids)
    return {row["id"]: _term(row) for row in rows}


async def set_windows(tx: Tx, term: Term) -> None:
    """The timetable as it is now."""
    await tx.execute("UPDATE terms SET windows = $2, version = $3 WHERE id = $1", term.id, term.windows, term.version)


async def page(tx: Tx, place: str, path: str | None, before: UUID | None, limit: int) -> list[Term]:
    """Terms of schools above or below `place` (and `path`), newest first."""
    rows = await tx.fetch(
        "SELECT * FROM terms WHERE (path @> $1::ltree OR path <@ $1::ltree) "
        "AND ($2::ltree IS NULL OR path @> $2::ltree OR path <@ $2::ltree) AND ($3::uuid IS NULL OR id < $3) "
        "ORDER BY id DESC LIMIT $4",
        place, path, before, limit,
    )  # fmt: skip
    return [_term(row) for row in rows]
