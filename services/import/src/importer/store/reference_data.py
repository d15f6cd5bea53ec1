"""What rows are checked against: registry numbers, sealed terms, written comments, students; the directory has the rest."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from servicekit.db import Tx
from servicekit.mapping import from_row


@dataclass(frozen=True, slots=True)
class Organisation:
    """An organisation as templates name it, and what years of entry depend on (L-06)."""

    path: str
    level: str
    title: str
    stage: str | None
    time_zone: str
    scheme_id: str | None = None
    scheme_version: str | None = None
    years: int | None = None
    more_stages: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SealedStudent:
    """A student as stored: the registry number is encrypted."""

    id: UUID
    name: str
    registry_sealed: str
    path: str
    class_title: str


async def save_numbers(tx: Tx, numbers: Sequence[tuple[UUID, str, bytes]]) -> None:
    """Store (student, sealed registry number, fingerprint)."""
    await tx.executemany(
        "INSERT INTO registry_numbers (student_id, registry_sealed, registry_index) VALUES ($1, $2, $3) "
        "ON CONFLICT (student_id) DO UPDATE SET registry_number = NULL, registry_sealed = $2, registry_index = $3",
        list(numbers),
    )


async def unsealed(tx: Tx, limit: int) -> list[tuple[UUID, str]]:
    """Lock students whose registry numbers were stored in plain text, before ADR 5."""
    rows = await tx.fetch(
        "SELECT student_id, registry_number FROM registry_numbers WHERE registry_sealed IS NULL "
        "ORDER BY student_id LIMIT $1 FOR UPDATE",
        limit,
    )
    return [(row["student_id"], row["registry_number"]) for row in rows]


async def set_sealed(tx: Tx, term_id: UUID) -> None:
    """Record that the term's archives are sealed (X-10)."""
    await tx.execute("INSERT INTO sealed_terms (term_id) VALUES ($1) ON CONFLICT DO NOTHING", term_id)


async def is_sealed(tx: Tx, term_id: UUID) -> bool:
    """Are the term's archives sealed?"""
    return bool(await tx.fetchval("SELECT EXISTS (SELECT FROM sealed_terms WHERE term_id = $1)", term_id))


async def add_evaluation(tx: Tx, term_id: UUID, student_id: UUID, evaluation_type: str) -> None:
    """Record that this evaluation of this student is written (JX-12)."""
    await tx.execute(
        "INSERT INTO evaluations (term_id, student_id, evaluation_type) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
        term_id,
        student_id,
        evaluation_type,
    )


async def remove_evaluation(tx: Tx, term_id: UUID, student_id: UUID, evaluation_type: str) -> None:
    """Forget this evaluation of this student (JX-12)."""
    await tx.execute(
        "DELETE FROM evaluations WHERE term_id = $1 AND student_id = $2 AND evaluation_type = $3",
        term_id,
        student_id,
        evaluation_type,
    )


async def organisations(tx: Tx, paths: Sequence[str]) -> list[Organisation]:
    """The known ones of these organisations, higher levels first."""
    rows = await tx.fetch(
        "SELECT path, level, title, stage, time_zone, scheme_id, scheme_version, years, more_stages "
        "FROM directory_organisations WHERE path = ANY($1::text[]::ltree[]) ORDER BY nlevel(path)",
        paths,
    )
    return [from_row(Organisation, row, more_stages=tuple(row["more_stages"])) for row in rows]


async def organisation(tx: Tx, path: str) -> Organisation | None:
    """One organisation."""
    return next(iter(await organisations(tx, [path])), None)


async def students_by_number(tx: Tx, path: str, indexes: Sequence[bytes]) -> list[SealedStudent]:
    """Students within `path` with these registry numbers, by fingerprint, without those who left."""
    rows = await tx.fetch(
        "SELECT s.id, s.name, r.registry_sealed, s.path, s.class_title "
        "FROM directory_students s JOIN registry_numbers r ON r.student_id = s.id "
        "WHERE r.registry_index = ANY($2::bytea[]) AND s.path <@ $1::ltree AND s.status <> 'left'",
        path,
        indexes,
    )
    return [SealedStudent(**row) for row in rows]


async def class_list(
    tx: Tx, path: str, limit: int, term_id: UUID | None = None, without_evaluation: str | None = None
) -> list[SealedStudent]:
    """The students within `path`, by class in the school's order (L-07); with a term only those for whom this evaluation is not
    written yet (JX-12)."""
    rows = await tx.fetch(
        "SELECT s.id, s.name, r.registry_sealed, s.path, s.class_title "
        "FROM directory_students s JOIN registry_numbers r ON r.student_id = s.id "
        "LEFT JOIN directory_organisations o ON o.path = s.path "
        "WHERE s.path <@ $1::ltree AND s.status <> 'left' AND ($3::text IS NULL OR NOT EXISTS (SELECT FROM evaluations e "
        "WHERE e.term_id = $2 AND e.evaluation_type = $3 AND e.student_id = s.id)) "
        "ORDER BY coalesce(o.ordering, s.path), s.id LIMIT $4",
        path,
        term_id,
        without_evaluation,
        limit,
    )
    return [SealedStudent(**row) for row in rows]
