"""Builders for the rules of archive, without I/O: terms, students, records and what else goes into an archive."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from archive.domain.material import Collected, SealContext
from archive.domain.seals import Archive, StoredFiles
from archive.domain.terms import ArchiveTerm
from contracts.base import EvidenceRef, RecordSnapshot, Window
from scheme import Scheme, Schemes
from servicekit.directory import Student
from servicekit.refusals import Refusal

SCHEMES = Schemes(Path(__file__).parents[3] / "schemes")
SCHOOL = "jx.nc.dh.s1"
CLASS = f"{SCHOOL}.g2025.c01"
JX = "jiangxi@2026.1"
NOW = datetime(2027, 1, 10, 8, tzinfo=UTC)
PUPIL, TERM = UUID(int=1), UUID(int=2)


@cache
def scheme(name: str = "jiangxi") -> Scheme:
    """The scheme of a deployment."""
    return SCHEMES.get(name, "2026.1")


def reformed(**changed: Any) -> Scheme:
    """Jiangxi's scheme with these parts of its archives changed."""
    return scheme().model_copy(update={"archives": scheme().archives.model_copy(update=changed)})


@contextmanager
def refused(code: str, **details: Any) -> Iterator[None]:
    """What is inside is refused with this code, and has exactly these details."""
    with pytest.raises(Refusal) as no:
        yield
    answered = no.value.details | ({} if no.value.detail is None else {"detail": no.value.detail})
    assert (no.value.code, answered) == (code, details), f"{no.value.code} {answered}"


def problem(field: str, message: str, type: str = "form", location: str = "body", **more: Any) -> dict[str, Any]:
    """One of a refusal's `errors`."""
    return {"field": field, "message": message, "type": type, "in": location, **more}


def a_student(**changed: Any) -> Student:
    values: dict[str, Any] = {
        "id": PUPIL, "name": "李晓雨", "sex": "female", "registry_number": "G360102200908170011", "path": CLASS,
        "school_title": "东湖实验中学", "grade_title": "高二", "class_title": "（1）班",
    }  # fmt: skip
    return Student(**(values | changed))


def a_term(**changed: Any) -> ArchiveTerm:
    """The first term of 2026-2027 at a school in Jiangxi, without windows."""
    values: dict[str, Any] = {
        "id": TERM, "path": SCHOOL, "title": "2026-2027学年第一学期", "school_year": "2026-2027", "number": 1,
        "time_zone": "Asia/Shanghai", "starts_on": date(2026, 9, 1), "ends_on": date(2027, 1, 31), "windows": (),
        "version": 1, "scheme": scheme(),
    }  # fmt: skip
    return ArchiveTerm(**(values | changed))


def a_window(operation: str, first: datetime, last: datetime) -> Window:
    return Window(operation=operation, starts=first, ends=last)


def a_file() -> EvidenceRef:
    return EvidenceRef(
        evidence_id=UUID(int=9), name="证明.png", media_type="image/png", size=1000, sha256="0" * 64, public_key="k"
    )


def a_snapshot(kind: str, data: dict[str, Any], number: int = 50, **changed: Any) -> RecordSnapshot:
    values: dict[str, Any] = {
        "record_id": UUID(int=number), "term_id": TERM, "student_id": PUPIL, "student_name": "李晓雨", "path": CLASS,
        "dimension": changed.get("dimension") or scheme().dimension_of(kind).id, "kind": kind, "title": "某事", "data": data,
        "origin": "reported", "level": "student", "author_name": "李晓雨", "version": 1,
    }  # fmt: skip
    return RecordSnapshot(**(values | changed))


def collected(kind: str, data: dict[str, Any], number: int = 50, **changed: Any) -> Collected:
    """A record of this kind that counts, of the first term."""
    own = {name: changed.pop(name) for name in ("release", "archived", "term") if name in changed}
    return Collected(a_snapshot(kind, data, number, **changed), **({"term": "2026-2027学年第一学期"} | own))


def an_archive(**changed: Any) -> Archive:
    """A ready archive."""
    values: dict[str, Any] = {
        "id": UUID(int=5), "seal_id": UUID(int=6), "kind": "term", "term_id": TERM, "student_id": PUPIL,
        "student_name": "李晓雨", "path": CLASS, "leaf_index": 0, "version": 1, "code": "7K3M-9QXA-V2RT-0HNB-4WEC",
        "document_no": "N-1", "school_title": "某校", "term_title": "第一学期", "grade_title": "高二", "class_title": "（1）班",
        "files": StoredFiles("k.pdf", "a" * 64, 1, "k.json", "b" * 64, 2), "ready_at": datetime(2027, 1, 21, tzinfo=UTC),
    }  # fmt: skip
    return Archive(**(values | changed))


def a_context(**changed: Any) -> SealContext:
    return SealContext(**({"made_at": NOW, "region": "江西省", "verify_url": "https://zp.example/verify/"} | changed))
