"""Terms and students as archive heard of them, and how far a term is."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from contracts.base import Window
from pydantic import TypeAdapter
from scheme import Schemes
from servicekit.db import Tx

from archive.domain.states import Collecting
from archive.domain.terms import Outside, Readiness, Student, Term

_WINDOWS: TypeAdapter[tuple[Window, ...]] = TypeAdapter(tuple[Window, ...])
_OUTSIDE: TypeAdapter[Outside] = TypeAdapter(Outside)


def a_term(row: Any, schemes: Schemes) -> Term:
    """A term from its row."""
    return Term(
        id=row["id"],
        path=row["path"],
        title=row["title"],
        school_year=row["school_year"],
        number=row["number"],
        time_zone=row["time_zone"],
        starts_on=row["starts_on"],
        ends_on=row["ends_on"],
        windows=_WINDOWS.validate_python(row["windows"]),
        scheme=schemes.get(row["scheme_id"], row["scheme_version"]),
        state=Collecting(row["state"]),
        closed_at=row["closed_at"],
        cleared_at_once=row["cleared_at_once"],
        outside=_OUTSIDE.validate_python(row["backfill"] | {"student_id": row["student_id"]}) if row["backfill"] else None,
    )


def a_student(row: Any) -> Student:
    """A student from a row."""
    return Student(
        id=row["id"],
        name=row["name"],
        sex=row["sex"],
        registry_number=row["registry_number"],
        path=row["path"],
        school_title=row["school_title"],
        grade_title=row["grade_title"],
        class_title=row["class_title"],
        left=row["status"] == "left",
    )


async def term(tx: Tx, schemes: Schemes, term_id: UUID) -> Term | None:
    """One term."""
    row = await tx.fetchrow("SELECT * FROM terms WHERE id = $1", term_id)
    return a_term(row, schemes) if row else None


async def lock_term(tx: Tx, schemes: Schemes, term_id: UUID) -> Term | None:
    """One term, and nobody else changes its state meanwhile."""
    row = await tx.fetchrow("SELECT * FROM terms WHERE id = $1 FOR UPDATE", term_id)
    return a_term(row, schemes) if row else None


async def share_term(tx: Tx, schemes: Schemes, term_id: UUID) -> Term | None:
    """One term that nobody seals while this transaction writes for it."""
    row = await tx.fetchrow("SELECT * FROM terms WHERE id = $1 FOR SHARE", term_id)
    return a_term(row, schemes) if row else None


async def terms_at(tx: Tx, schemes: Schemes, path: str) -> list[Term]:
    """The terms of the school that a path lies in, oldest first; no backfilled ones."""
    rows = await tx.fetch("SELECT * FROM terms WHERE $1::ltree <@ path AND student_id IS NULL ORDER BY starts_on, id", path)
    return [a_term(row, schemes) for row in rows]


async def terms_by_id(tx: Tx, schemes: Schemes, ids: Collection[UUID]) -> list[Term]:
    """Terms of any school, oldest first."""
    rows = await tx.fetch("SELECT * FROM terms WHERE id = ANY($1) ORDER BY starts_on, id", list(ids))
    return [a_term(row, schemes) for row in rows]


async def set_state(tx: Tx, term_id: UUID, state: Collecting) -> None:
    """Move a term on."""
    await tx.execute("UPDATE terms SET state = $2 WHERE id = $1", term_id, state)


async def student(tx: Tx, student_id: UUID) -> Student | None:
    """One student."""
    row = await tx.fetchrow("SELECT * FROM students WHERE id = $1", student_id)
    return a_student(row) if row else None


async def students_of(tx: Tx, path: str) -> list[Student]:
    """The students below a path who have not left, by class and registry number."""
    rows = await tx.fetch(
        "SELECT * FROM students WHERE path <@ $1::ltree AND status <> 'left' ORDER BY path, registry_number, id", path
    )
    return [a_student(row) for row in rows]


async def students_by_id(tx: Tx, ids: Collection[UUID]) -> dict[UUID, Student]:
    """Many students."""
    rows = await tx.fetch("SELECT * FROM students WHERE id = ANY($1)", list(ids))
    return {row["id"]: a_student(row) for row in rows}


async def region_of(tx: Tx, path: str) -> str:
    """The titles above the school, province first: 江西省南昌市东湖区."""
    found: str | None = await tx.fetchval(
        "SELECT string_agg(title, '' ORDER BY nlevel(path)) FROM organisations "
        "WHERE path @> $1::ltree AND level IN ('province', 'city', 'district')",
        path,
    )
    return found or ""


async def readiness(tx: Tx, term_id: UUID) -> Readiness:
    """Open cases, and entries that were told cleared but are not here yet: counted, so the answer is definite.

    The closing event says how many had been cleared by then; each case that ended well since then adds its record.
    """
    row: Any = await tx.fetchrow(
        """
        SELECT (SELECT count(*) FROM cases WHERE term_id = t.id AND closed_at IS NULL) AS open_cases,
               greatest(0, coalesce(t.cleared_at_once, 0)
                           - (SELECT count(*) FROM collected c WHERE c.term_id = t.id AND c.published
                                 AND (c.cleared_at IS NULL OR c.cleared_at <= t.closed_at)))
               + (SELECT count(DISTINCT k.record_id) FROM cases k
                   WHERE k.term_id = t.id AND k.outcome IN ('keep', 'amend') AND k.closed_at > t.closed_at
                     AND NOT EXISTS (SELECT 1 FROM gone g WHERE g.record_id = k.record_id)
                     AND NOT EXISTS (SELECT 1 FROM collected c WHERE c.record_id = k.record_id AND c.published)
                 ) AS on_the_way
          FROM terms t WHERE t.id = $1
        """,
        term_id,
    )
    return Readiness(row["open_cases"], row["on_the_way"])


async def late(tx: Tx, term_id: UUID) -> int:
    """Records that came, changed or went after the term was sealed: they wait for a correction."""
    found: int = await tx.fetchval("SELECT count(*) FROM collected WHERE term_id = $1 AND late", term_id)
    return found
