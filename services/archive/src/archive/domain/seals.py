"""Seals and archives as values: one seal is one root, of a school's term or of one student's career."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from servicekit.directory import Student

from archive.domain.states import Making

type Kind = Literal["term", "career"]


@dataclass(frozen=True)
class Seal:
    """Who asked for it and when; `made_at` is printed on every archive under it. `without_missing`: what was let go."""

    id: UUID
    kind: Kind
    term_id: UUID | None
    student_id: UUID | None
    path: str
    title: str
    version: int
    state: str
    asked_by: UUID
    asked_by_name: str
    made_at: datetime
    without_missing: dict[str, int] | None
    archives: int
    key_id: str
    root: str | None = None
    sealed_at: datetime | None = None


@dataclass(frozen=True)
class Kept:
    """Objects in the bucket that were read back: keys, SHA-256 as hex, sizes in bytes."""

    pdf_key: str
    pdf_sha256: str
    pdf_size: int
    json_key: str
    json_sha256: str
    json_size: int


@dataclass(frozen=True)
class Archive:
    """One archive; `kept` once it is ready. `place` counts from 0 under its root."""

    id: UUID
    seal_id: UUID
    kind: Kind
    term_id: UUID | None
    student_id: UUID
    student_name: str
    path: str
    place: int
    version: int
    code: str
    document_no: str
    school_title: str
    term_title: str
    grade_title: str | None = None
    class_title: str | None = None
    state: Making = Making.PLANNED
    superseded_by: UUID | None = None
    proof: dict[str, Any] | None = None
    kept: Kept | None = None
    ready_at: datetime | None = None


@dataclass(frozen=True)
class Progress:
    """How many archives of a seal are how far; `failed` were tried and could not be set."""

    planned: int
    written: int
    placed: int
    ready: int
    failed: int


def document_no(path: str, school_year: str, number: int | str | None, place: int) -> str:
    """JX-NC-DH-S1-2026-1-000137: school, school year and term (1B: backfilled; C: a career), place."""
    return f"{path.upper().replace('.', '-')}-{school_year[:4]}-{number or 'C'}-{place + 1:06d}"


def object_key(archive: Archive, ending: str) -> str:
    """Where an archive lies in the bucket. Every version has a key of its own: nothing is written over."""
    return f"{archive.kind}/{archive.seal_id.hex}/{archive.id.hex}-v{archive.version}.{ending}"


def as_it_stood(student: Student, archive: Archive) -> Student:
    """The student with school, grade and class as they were when the archive was sealed; name and number as they are."""
    if archive.class_title is None:
        return student
    return replace(
        student,
        path=archive.path,
        school_title=archive.school_title,
        grade_title=archive.grade_title or "",
        class_title=archive.class_title,
    )
