"""How far the archives of terms are; terms and students themselves are in the directory."""

from collections.abc import Collection
from dataclasses import replace
from typing import Any
from uuid import UUID

from pydantic import TypeAdapter
from servicekit.db import Tx
from servicekit.directory import Directory, Student, student_of

from archive.domain.states import Collecting
from archive.domain.terms import Outside, Readiness, Term

_OUTSIDE: TypeAdapter[Outside] = TypeAdapter(Outside)


def _term(row: Any, directory: Directory[Term]) -> Term:
    """A term from a row of `directory_terms` with its state."""
    return replace(
        directory.read(row),
        state=Collecting(row["state"]),
        closed_at=row["closed_at"],
        cleared_at_once=row["cleared_at_once"],
        outside=_OUTSIDE.validate_python(row["backfill"] | {"student_id": row["student_id"]}) if row["backfill"] else None,
    )


async def term(tx: Tx, directory: Directory[Term], term_id: UUID) -> Term | None:
    """One term."""
    row = await tx.fetchrow("SELECT * FROM directory_terms t JOIN term_states s ON s.term_id = t.id WHERE t.id = $1", term_id)
    return _term(row, directory) if row else None


async def lock_term(tx: Tx, directory: Directory[Term], term_id: UUID) -> Term | None:
    """One term, and nobody else changes its state meanwhile."""
    row = await tx.fetchrow(
        "SELECT * FROM directory_terms t JOIN term_states s ON s.term_id = t.id WHERE t.id = $1 FOR UPDATE", term_id
    )
    return _term(row, directory) if row else None


async def share_term(tx: Tx, directory: Directory[Term], term_id: UUID) -> Term | None:
    """One term that nobody seals while this transaction writes for it."""
    row = await tx.fetchrow(
        "SELECT * FROM directory_terms t JOIN term_states s ON s.term_id = t.id WHERE t.id = $1 FOR SHARE", term_id
    )
    return _term(row, directory) if row else None


async def terms_at(tx: Tx, directory: Directory[Term], path: str) -> list[Term]:
    """The terms of the school that a path lies in, oldest first; no backfilled ones."""
    rows = await tx.fetch(
        "SELECT * FROM directory_terms t JOIN term_states s ON s.term_id = t.id "
        "WHERE $1::ltree <@ t.path AND s.student_id IS NULL ORDER BY t.starts_on, t.id",
        path,
    )
    return [_term(row, directory) for row in rows]


async def terms_by_id(tx: Tx, directory: Directory[Term], ids: Collection[UUID]) -> list[Term]:
    """Terms of any school, oldest first."""
    rows = await tx.fetch(
        "SELECT * FROM directory_terms t JOIN term_states s ON s.term_id = t.id WHERE t.id = ANY($1) "
        "ORDER BY t.starts_on, t.id",
        list(ids),
    )
    return [_term(row, directory) for row in rows]


async def begin(tx: Tx, term_id: UUID) -> None:
    """The term of a school is collected from now on."""
    await tx.execute("INSERT INTO term_states (term_id) VALUES ($1) ON CONFLICT DO NOTHING", term_id)


async def set_state(tx: Tx, term_id: UUID, state: Collecting) -> None:
    """Move a term on."""
    await tx.execute("UPDATE term_states SET state = $2 WHERE term_id = $1", term_id, state)


async def students_of(tx: Tx, path: str) -> list[Student]:
    """The students below a path who have not left, by class and registry number."""
    rows = await tx.fetch(
        "SELECT * FROM directory_students WHERE path <@ $1::ltree AND status <> 'left' ORDER BY path, registry_number, id",
        path,
    )
    return [student_of(row) for row in rows]


async def region_of(tx: Tx, path: str) -> str:
    """The titles above the school, province first: 江西省南昌市东湖区."""
    found: str | None = await tx.fetchval(
        "SELECT string_agg(title, '' ORDER BY nlevel(path)) FROM directory_organisations "
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
        SELECT (SELECT count(*) FROM cases WHERE term_id = t.term_id AND closed_at IS NULL) AS open_cases,
               greatest(0, coalesce(t.cleared_at_once, 0)
                           - (SELECT count(*) FROM collected c WHERE c.term_id = t.term_id AND c.published
                                 AND (c.cleared_at IS NULL OR c.cleared_at <= t.closed_at)))
               + (SELECT count(DISTINCT k.record_id) FROM cases k
                   WHERE k.term_id = t.term_id AND k.outcome IN ('keep', 'amend') AND k.closed_at > t.closed_at
                     AND NOT EXISTS (SELECT 1 FROM gone g WHERE g.record_id = k.record_id)
                     AND NOT EXISTS (SELECT 1 FROM collected c WHERE c.record_id = k.record_id AND c.published)
                 ) AS on_the_way
          FROM term_states t WHERE t.term_id = $1
        """,
        term_id,
    )
    return Readiness(row["open_cases"], row["on_the_way"])


async def late(tx: Tx, term_id: UUID) -> int:
    """Records that came, changed or went after the term was sealed: they wait for a correction."""
    found: int = await tx.fetchval("SELECT count(*) FROM collected WHERE term_id = $1 AND late", term_id)
    return found
