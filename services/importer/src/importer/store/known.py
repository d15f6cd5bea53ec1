"""Places, students, terms and written comments, as heard from others; an older version changes nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from contracts.base import Window
from contracts.identity import Enrolment, OrganisationCreatedV1
from contracts.records import TermEvent
from pydantic import TypeAdapter
from servicekit.db import Tx

_WINDOWS: TypeAdapter[tuple[Window, ...]] = TypeAdapter(tuple[Window, ...])


@dataclass(frozen=True, slots=True)
class Place:
    """An organisation."""

    path: str
    level: str
    title: str


@dataclass(frozen=True, slots=True)
class Term:
    """A school's term and its timetable."""

    id: UUID
    path: str
    title: str
    school_year: str
    number: int
    scheme_id: str
    scheme_version: str
    windows: tuple[Window, ...]


@dataclass(frozen=True, slots=True)
class SealedStudent:
    """A student as kept: the registry number sealed."""

    id: UUID
    name: str
    registry_sealed: str
    path: str
    class_title: str


@dataclass(frozen=True, slots=True)
class Kept:
    """What is to be kept of a student: as told, with the registry number sealed and its fingerprint."""

    told: Enrolment
    sealed: str
    index: bytes


async def save_place(tx: Tx, event: OrganisationCreatedV1) -> None:
    """Keep a newer version of an organisation."""
    await tx.execute(
        "INSERT INTO organisations AS o (path, level, title, stage, scheme_id, scheme_version, time_zone, version) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (path) DO UPDATE SET level = $2, title = $3, stage = $4, "
        "scheme_id = $5, scheme_version = $6, time_zone = $7, version = $8 WHERE o.version < $8",
        event.path, event.level, event.title, event.stage, event.scheme_id, event.scheme_version, event.time_zone,
        event.version,
    )  # fmt: skip


async def save_students(tx: Tx, students: Sequence[Kept]) -> None:
    """Keep newer versions of students; the order of ids keeps two writers from waiting for each other."""
    await tx.executemany(
        "INSERT INTO students AS s (id, name, registry_sealed, registry_index, path, grade_title, class_title, status, "
        "version) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (id) DO UPDATE SET name = $2, "
        "registry_number = NULL, registry_sealed = $3, registry_index = $4, path = $5, grade_title = $6, class_title = $7, "
        "status = $8, version = $9 WHERE s.version < $9",
        [
            (k.told.student_id, k.told.name, k.sealed, k.index, k.told.path, k.told.grade_title, k.told.class_title,
             k.told.status, k.told.version)
            for k in sorted(students, key=lambda k: k.told.student_id)
        ],
    )  # fmt: skip


async def unsealed(tx: Tx, limit: int) -> list[tuple[UUID, str]]:
    """Students whose registry numbers were written down openly, before ADR 5; held until the transaction ends."""
    rows = await tx.fetch(
        "SELECT id, registry_number FROM students WHERE registry_sealed IS NULL ORDER BY id LIMIT $1 FOR UPDATE", limit
    )
    return [(row["id"], row["registry_number"]) for row in rows]


async def seal(tx: Tx, sealed: Sequence[tuple[UUID, str, bytes]]) -> None:
    """(student, sealed, fingerprint) in the open number's place."""
    await tx.executemany(
        "UPDATE students SET registry_number = NULL, registry_sealed = $2, registry_index = $3 WHERE id = $1", list(sealed)
    )


async def save_term(tx: Tx, event: TermEvent) -> None:
    """Keep a newer version of a term."""
    await tx.execute(
        "INSERT INTO terms AS t (id, path, title, school_year, number, scheme_id, scheme_version, starts_on, ends_on, "
        "windows, version) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) "
        "ON CONFLICT (id) DO UPDATE SET title = $3, school_year = $4, number = $5, scheme_id = $6, scheme_version = $7, "
        "starts_on = $8, ends_on = $9, windows = $10, version = $11 WHERE t.version < $11",
        event.term_id, event.path, event.title, event.school_year, event.number, event.scheme_id, event.scheme_version,
        event.starts_on, event.ends_on, event.windows, event.version,
    )  # fmt: skip


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
    rows = await tx.fetch("SELECT path, level, title FROM organisations WHERE path = ANY($1::text[]::ltree[])", paths)
    return {row["path"]: Place(row["path"], row["level"], row["title"]) for row in rows}


async def term(tx: Tx, term_id: UUID) -> Term | None:
    """The term with this id."""
    row: Any = await tx.fetchrow("SELECT * FROM terms WHERE id = $1", term_id)
    if row is None:
        return None
    return Term(
        row["id"], row["path"], row["title"], row["school_year"], row["number"], row["scheme_id"], row["scheme_version"],
        _WINDOWS.validate_python(row["windows"]),
    )  # fmt: skip


async def students_by_number(tx: Tx, path: str, indexes: Sequence[bytes]) -> list[SealedStudent]:
    """Students within `path` with these registry numbers, by fingerprint; who left is not among them."""
    rows = await tx.fetch(
        "SELECT id, name, registry_sealed, path, class_title FROM students "
        "WHERE registry_index = ANY($2::bytea[]) AND path <@ $1::ltree AND status <> 'left'",
        path,
        indexes,
    )
    return [_student(row) for row in rows]


async def class_list(tx: Tx, path: str, most: int) -> list[SealedStudent]:
    """The students within `path`, by class."""
    rows = await tx.fetch(
        "SELECT id, name, registry_sealed, path, class_title FROM students "
        "WHERE path <@ $1::ltree AND status <> 'left' ORDER BY path, id LIMIT $2",
        path,
        most,
    )
    return [_student(row) for row in rows]


async def pending(tx: Tx, path: str, term_id: UUID, evaluation_type: str, most: int) -> list[SealedStudent]:
    """The students within `path` for whom this evaluation is not written yet (JX-12)."""
    rows = await tx.fetch(
        "SELECT s.id, s.name, s.registry_sealed, s.path, s.class_title FROM students s "
        "WHERE s.path <@ $1::ltree AND s.status <> 'left' AND NOT EXISTS (SELECT FROM evaluations e "
        "WHERE e.term_id = $2 AND e.evaluation_type = $3 AND e.student_id = s.id) "
        "ORDER BY s.path, s.id LIMIT $4",
        path, term_id, evaluation_type, most,
    )  # fmt: skip
    return [_student(row) for row in rows]


def _student(row: Any) -> SealedStudent:
    return SealedStudent(row["id"], row["name"], row["registry_sealed"], row["path"], row["class_title"])
