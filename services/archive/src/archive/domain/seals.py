"""Seals and archives as values: one seal is one root, of a school's term or of one student's career."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from servicekit.directory import Student

from archive.domain.states import Making

type Kind = Literal["term", "career"]


@dataclass(frozen=True)
class Seal:
    """Who asked for it and when; `made_at` is printed on its archives. `without_missing`: what was missing, by name."""

    id: UUID
    kind: Kind
    path: str
    title: str
    asked_by: UUID
    asked_by_name: str
    made_at: datetime
    key_id: str
    term_id: UUID | None = None
    student_id: UUID | None = None
    stage: str | None = None
    """Of a career archive (BJ-03)."""
    version: int = 1
    state: str = "sealing"
    without_missing: Mapping[str, int] | None = None
    archives: int = 1
    root: str | None = None
    sealed_at: datetime | None = None


@dataclass(frozen=True)
class StoredFiles:
    """An archive's objects in the bucket that were read back: keys, SHA-256 as hex, sizes in bytes."""

    pdf_key: str
    pdf_sha256: str
    pdf_size: int
    json_key: str
    json_sha256: str
    json_size: int


@dataclass(frozen=True)
class Archive:
    """One archive; `files` once it is ready. `leaf_index`: its leaf in the seal's Merkle tree, from 0.

    `former_name`: the name on the student's newest earlier archive with another one (L-18).
    """

    id: UUID
    seal_id: UUID
    kind: Kind
    term_id: UUID | None
    student_id: UUID
    student_name: str
    path: str
    leaf_index: int
    version: int
    code: str
    document_no: str
    school_title: str
    term_title: str
    former_name: str | None = None
    grade_title: str | None = None
    class_title: str | None = None
    state: Making = Making.PLANNED
    superseded_by: UUID | None = None
    proof: dict[str, Any] | None = None
    files: StoredFiles | None = None
    ready_at: datetime | None = None
    stage: str | None = None
    """Of a career archive (BJ-03)."""
    filed_at: str | None = None
    """Of a student who had borrowed a place: the class at the home school, whose staff see it, too (BJ-04)."""


@dataclass(frozen=True)
class Progress:
    """How many archives of a seal are in which state; `failed`: those that could not be made yet."""

    planned: int
    written: int
    placed: int
    ready: int
    failed: int


def document_no(path: str, school_year: str, number: int | str | None, index: int) -> str:
    """JX-NC-DH-S1-2026-1-000137: school, school year and term (1B: backfilled; C: a career), index + 1."""
    return f"{path.upper().replace('.', '-')}-{school_year[:4]}-{number or 'C'}-{index + 1:06d}"


def student_number(student_id: UUID) -> int:
    """The index in the document number of an archive that is alone under its seal."""
    return int(student_id.hex[-5:], 16)


def object_key(archive: Archive, ending: str) -> str:
    """The key of an archive's object in the bucket. Every version has its own: nothing is overwritten."""
    return f"{archive.kind}/{archive.seal_id.hex}/{archive.id.hex}-v{archive.version}.{ending}"


def as_sealed(student: Student, archive: Archive) -> Student:
    """The student with the name, school, grade and class that the archive was planned with; the number as it is."""
    if archive.class_title is None:
        return replace(student, name=archive.student_name)
    return replace(
        student,
        name=archive.student_name,
        path=archive.path,
        school_title=archive.school_title,
        grade_title=archive.grade_title or "",
        class_title=archive.class_title,
    )
