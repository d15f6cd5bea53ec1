"""How far the archives of terms are; terms and students themselves are in the directory."""

from collections.abc import Collection
from dataclasses import replace
from typing import Any
from uuid import UUID

from pydantic import TypeAdapter
from servicekit.db import Tx
from servicekit.directory import Directory, Student, student_of
from servicekit.mapping import from_row

from archive.domain.states import Collecting
from archive.domain.terms import ArchiveTerm, BackfillOrigin, SealReadiness

_ORIGIN: TypeAdapter[BackfillOrigin] = TypeAdapter(BackfillOrigin)


def _term(row: Any, directory: Directory[ArchiveTerm]) -> ArchiveTerm:
    """A term from a row of `directory_terms` with its state."""
    return replace(
        directory.read(row),
        state=Collecting(row["state"]),
        closed_at=row["closed_at"],
        cleared_at_once=row["cleared_at_once"],
        backfill=_ORIGIN.validate_python(row["backfill"] | {"student_id": row["student_id"]}) if row["backfill"] else None,
    )


async def term(tx: Tx, directory: Directory[ArchiveTerm], term_id: UUID) -> ArchiveTerm | None:
    """One term."""
    row = await tx.fetchrow("SELECT * FROM directory_terms t JOIN term_states s ON s.term_id = t.id WHERE t.id = $1", term_id)
    return _term(row, directory) if row else None


async def lock_term(tx: Tx, directory: Directory[ArchiveTerm], term_id: UUID) -> ArchiveTerm | None:
    """One term, locked."""
    row = await tx.fetchrow(
        "SELECT * FROM directory_terms t JOIN term_states s ON s.term_id = t.id WHERE t.id = $1 FOR UPDATE", term_id
    )
    return _term(row, directory) if row else None


async def share_term(tx: Tx, directory: Directory[ArchiveTerm], term_id: UUID) -> ArchiveTerm | None:
    """One term, with a shared lock: nobody seals it while this transaction writes for it."""
    row = await tx.fetchrow(
        "SELECT * FROM directory_terms t JOIN term_states s ON s.term_id = t.id WHERE t.id = $1 FOR SHARE", term_id
    )
    return _term(row, directory) if row else None


async def terms_at(tx: Tx, directory: Directory[ArchiveTerm], path: str) -> list[ArchiveTerm]:
    """The terms of the school that a path lies in, oldest first; no backfilled ones."""
    rows = await tx.fetch(
        "SELECT * FROM directory_terms t JOIN term_states s ON s.term_id = t.id "
        "WHERE $1::ltree <@ t.path AND s.student_id IS NULL ORDER BY t.starts_on, t.id",
        path,
    )
    return [_term(row, directory) for row in rows]


async def terms_by_id(tx: Tx, directory: Directory[ArchiveTerm], ids: Collection[UUID]) -> list[ArchiveTerm]:
    """Terms of any school, oldest first."""
    rows = await tx.fetch(
        "SELECT * FROM directory_terms t JOIN term_states s ON s.term_id = t.id WHERE t.id = ANY($1) "
        "ORDER BY t.starts_on, t.id",
        list(ids),
    )
    return [_term(row, directory) for row in rows]


async def begin(tx: Tx, term_id: UUID) -> None:
    """Begin to collect for the term of a school."""
    await tx.execute("INSERT INTO term_states (term_id) VALUES ($1) ON CONFLICT DO NOTHING", term_id)


async def set_state(tx: Tx, term_id: UUID, state: Collecting) -> None:
    """Save how far a term is."""
    await tx.execute("UPDATE term_states SET state = $2 WHERE term_id = $1", term_id, state)


async def students_of(tx: Tx, path: str, term_id: UUID) -> list[Student]:
    """The students below a path who are at school and take part in the term (SH-03), by class and registry number."""
    rows = await tx.fetch(
        "SELECT * FROM directory_students s WHERE path <@ $1::ltree AND status NOT IN ('left', 'suspended') "
        "AND NOT EXISTS (SELECT FROM directory_opt_outs o "
        "WHERE o.term_id = $2 AND o.student_id = s.id AND NOT o.participates) ORDER BY class_order(path), registry_number, id",
        path,
        term_id,
    )
    return [student_of(row) for row in rows]


async def titles_above(tx: Tx, path: str) -> list[str]:
    """The titles of the organisations above a school, province first."""
    rows = await tx.fetch(
        "SELECT title FROM directory_organisations "
        "WHERE path @> $1::ltree AND level IN ('province', 'city', 'district') ORDER BY nlevel(path)",
        path,
    )
    return [row["title"] for row in rows]


async def title_of(tx: Tx, path: str) -> str:
    """The title of an organisation; empty where it is not known."""
    title: str | None = await tx.fetchval("SELECT title FROM directory_organisations WHERE path = $1::ltree", path)
    return title or ""


async def title_below_school(tx: Tx, path: str) -> str:
    """How a grade or class is called, from its students: 初三（1）班; empty where it has none."""
    title: str | None = await tx.fetchval(
        "SELECT CASE WHEN path = $1::ltree THEN grade_title || class_title ELSE grade_title END "
        "FROM directory_students WHERE path <@ $1::ltree ORDER BY path, id LIMIT 1",
        path,
    )
    return title or ""


async def readiness(tx: Tx, term_id: UUID) -> SealReadiness:
    """Open cases, and cleared entries that have not arrived yet: counted, so that the answer is definite.

    The closing event says how many had been cleared by then; each case decided since then in favour of its record adds one.
    """
    row = await tx.fetchrow(
        """
        SELECT (SELECT count(*) FROM cases WHERE term_id = t.term_id AND closed_at IS NULL) AS open_cases,
               greatest(0, coalesce(t.cleared_at_once, 0)
                           - (SELECT count(*) FROM collected c WHERE c.term_id = t.term_id AND c.published
                                 AND (c.cleared_at IS NULL OR c.cleared_at <= t.closed_at))
                           - (SELECT count(*) FROM carried_over o
                               WHERE o.term_id = t.term_id AND o.cleared_at <= t.closed_at))
               + (SELECT count(DISTINCT k.record_id) FROM cases k
                   WHERE k.term_id = t.term_id AND k.outcome IN ('keep', 'amend') AND k.closed_at > t.closed_at
                     AND k.about = 'record'
                     AND NOT EXISTS (SELECT 1 FROM gone g WHERE g.record_id = k.record_id)
                     AND NOT EXISTS (SELECT 1 FROM collected c WHERE c.record_id = k.record_id AND c.published
                                        AND c.term_id = t.term_id)
                     AND NOT EXISTS (SELECT 1 FROM carried_over o WHERE o.term_id = t.term_id AND o.record_id = k.record_id)
                 ) AS on_the_way,
               (SELECT count(*) FROM score_sheets h
                 WHERE h.term_id = t.term_id AND h.locked
                   AND NOT EXISTS (
                       SELECT FROM results_settled d
                        WHERE d.term_id = h.term_id AND d.path = h.path
                          AND d.version >= (SELECT max(m.version) FROM score_sheet_moves m
                                             WHERE m.term_id = h.term_id AND m.path = h.path AND m.action = 'lock')
                          AND d.amended <= (SELECT count(DISTINCT x.case_id) FROM result_corrections x
                                             WHERE x.term_id = h.term_id AND x.path = h.path))) AS results_open
          FROM term_states t WHERE t.term_id = $1
        """,
        term_id,
    )
    return from_row(SealReadiness, row)


async def late(tx: Tx, term_id: UUID) -> int:
    """How many records were added, changed or removed after the seal and wait for a correction; of earlier terms those that an
    archive of the stage holds or should hold (CS-01)."""
    found: int = await tx.fetchval(
        """
        SELECT count(*) FROM collected c
         WHERE c.late
           AND (EXISTS (SELECT 1 FROM archives h WHERE h.id = c.archive_id AND h.term_id = $1)
                OR EXISTS (SELECT 1 FROM carried_over o WHERE o.record_id = c.record_id AND o.term_id = $1)
                OR (c.term_id = $1
                    AND NOT EXISTS (SELECT 1 FROM archives h WHERE h.id = c.archive_id AND h.term_id <> $1)
                    AND NOT EXISTS (SELECT 1 FROM carried_over o WHERE o.record_id = c.record_id AND o.term_id <> $1)))
        """,
        term_id,
    )
    return found
