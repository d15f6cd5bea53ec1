"""Registry numbers, sealed terms and written comments, and how students are found; the directory has the rest."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from servicekit.db import Tx


@dataclass(frozen=True, slots=True)
class Place:
    """An organisation."""

    path: str
    level: str
    title: str


@dataclass(frozen=True, slots=True)
class SealedStudent:
    """A student as kept: the registry number sealed."""

    id: UUID
    name: str
    registry_sealed: str
    path: str
    class_title: str


async def save_numbers(tx: Tx, numbers: Sequence[tuple[UUID, str, bytes]]) -> None:
    """Keep (student, sealed registry number, fingerprint)."""
    await tx.executemany(
        "INSERT INTO registry_numbers (student_id, registry_sealed, registry_index) VALUES ($1, $2, $3) "
        "ON CONFLICT (student_id) DO UPDATE SET registry_number = NULL, registry_sealed = $2, registry_index = $3",
        list(numbers),
    )


async def unsealed(tx: Tx, limit: int) -> list[tuple[UUID, str]]:
    """Students whose registry numbers were written down openly, before ADR 5; held until the transaction ends."""
    rows = await tx.fetch(
        "SELECT student_id, registry_number FROM registry_numbers WHERE registry_sealed IS NULL "
        "ORDER BY student_id LIMIT $1 FOR UPDATE",
        limit,
    )
    return [(row["student_id"], row["registry_number"]) for row in rows]


async def note_sealed(tx: Tx, term_id: UUID) -> None:
    """The term's archives are sealed (X-10)."""
    await tx.execute("INSERT INTO sealed_terms (term_id) VALUES ($1) ON CONFLICT DO NOTHING", term_id)


async def is_sealed(tx: Tx, term_id: UUID) -> bool:
    """Are the term's archives sealed?"""
    return bool(await tx.fetchval("SELECT EXISTS (SELECT FROM sealed_terms WHERE term_id = $1)", term_id))


async def note_evaluation(tx: Tx, term_id: UUID, student_id: UUID, evaluation_type: str) -> None:
    """This evaluation of this student is written (JX-12)."""
    await tx.execute(
        "INSERT INTO evaluations (term_id, student_id, evaluation_type) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
        term_id,
        student_id,
        evaluation_type,
    )


async def forget_evaluation(tx: Tx, term_id: UUID, student_id: UUID, evaluation_type: str) -> None:
    """This evaluation of this student is no longer there (JX-12)."""
    await tx.execute(
        "DELETE FROM evaluations WHERE term_id = $1 AND student_id = $2 AND evaluation_type = $3",
        term_id,
        student_id,
        evaluation_type,
    )


async def places(tx: Tx, paths: Sequence[str]) -> dict[str, Place]:
    """The organisations at these paths that are known."""
    rows = await tx.fetch("SELECT path, level, title FROM directory_organisations WHERE path = ANY($1::text[]::ltree[])", paths)
    return {row["path"]: Place(row["path"], row["level"], row["title"]) for row in rows}


async def students_by_number(tx: Tx, path: str, indexes: Sequence[bytes]) -> list[SealedStudent]:
    """Students within `path` with these registry numbers, by fingerprint; who left is not among them."""
    rows = await tx.fetch(
        "SELECT s.id, s.name, r.registry_sealed, s.path, s.class_title "
        "FROM directory_students s JOIN registry_numbers r ON r.student_id = s.id "
        "WHERE r.registry_index = ANY($2::bytea[]) AND s.path <@ $1::ltree AND s.status <> 'left'",
        path,
        indexes,
    )
    return [_student(row) for row in rows]


async def class_list(tx: Tx, path: str, most: int) -> list[SealedStudent]:
    """The students within `path`, by class."""
    rows = await tx.fetch(
        "SELECT s.id, s.name, r.registry_sealed, s.path, s.class_title "
        "FROM directory_students s JOIN registry_numbers r ON r.student_id = s.id "
        "WHERE s.path <@ $1::ltree AND s.status <> 'left' ORDER BY s.path, s.id LIMIT $2",
        path,
        most,
    )
    return [_student(row) for row in rows]


async def pending(tx: Tx, path: str, term_id: UUID, evaluation_type: str, most: int) -> list[SealedStudent]:
    """The students within `path` for whom this evaluation is not written yet (JX-12)."""
    rows = await tx.fetch(
        "SELECT s.id, s.name, r.registry_sealed, s.path, s.class_title "
        "FROM directory_students s JOIN registry_numbers r ON r.student_id = s.id "
        "WHERE s.path <@ $1::ltree AND s.status <> 'left' AND NOT EXISTS (SELECT FROM evaluations e "
        "WHERE e.term_id = $2 AND e.evaluation_type = $3 AND e.student_id = s.id) "
        "ORDER BY s.path, s.id LIMIT $4",
        path, term_id, evaluation_type, most,
    )  # fmt: skip
    return [_student(row) for row in rows]


def _student(row: Any) -> SealedStudent:
    return SealedStudent(row["id"], row["name"], row["registry_sealed"], row["path"], row["class_title"])
