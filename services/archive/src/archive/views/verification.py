"""What archive answers to anybody: is this archive genuine, and under which root (X-10)."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from scheme import STAGE_TITLES

from archive.domain.verification import masked
from archive.views.base import View

_STAGES: dict[str | None, str] = {str(stage): title for stage, title in STAGE_TITLES.items()}


class NewerView(View):
    """The version that counts now."""

    version: int
    code: str
    sealed_at: datetime | None


class VerificationView(View):
    """What anybody may know of a genuine archive; the name is masked. `superseded_by`: the version that counts now."""

    genuine: Literal[True] = True
    code: str
    kind: Literal["term", "career"]
    document: str
    """What stands over it: 综合素质评价学期档案."""
    school: str
    stage: str | None
    """As people read it: 初中; null: not known, of an archive of an older release (BJ-03)."""
    term: str
    student: str
    former_name: str | None
    document_no: str
    version: int
    backfilled: bool
    """The term was spent at a school of another province; the receiving school filled it in (JX-15)."""
    superseded: bool
    superseded_by: NewerView | None
    sealed_at: datetime | None
    pdf_sha256: str
    json_sha256: str
    root: str
    archives_under_root: int
    key_id: str

    @classmethod
    def of(cls, row: Any) -> "VerificationView":
        """From an archive's row with its seal."""
        newest = None
        if row["newest_code"] is not None:
            newest = NewerView(version=row["newest_version"], code=row["newest_code"], sealed_at=row["newest_ready_at"])
        changed = {
            "school": row["school_title"], "stage": _STAGES.get(row["stage_then"]), "term": row["term_title"],
            "student": masked(row["student_name"]),
            "former_name": masked(row["former_name"]) if row["former_name"] else None,
            "superseded": newest is not None, "superseded_by": newest, "sealed_at": row["sealed_at"] or row["ready_at"],
            "archives_under_root": row["under_root"],
        }  # fmt: skip
        return cls.model_validate(dict(row) | changed)


class RecognisedView(View):
    """Does this file come from here? `archive` says which one."""

    known: bool
    format: Literal["pdf", "json"] | None = None
    archive: VerificationView | None = None


class SupplementView(View):
    """The root of a correction, published beside the term's."""

    root: str
    archives: int
    version: int
    sealed_at: datetime | None


class RootView(View):
    """A term's published root, the roots of its corrections, and the keys they are checked with."""

    term_id: UUID
    path: str
    term: str
    root: str
    archives: int
    version: int
    sealed_at: datetime | None
    key_id: str
    supplements: list[SupplementView]
    keys: dict[str, Any]
