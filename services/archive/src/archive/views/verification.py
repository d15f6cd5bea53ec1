"""What archive answers to anybody: is this archive genuine, and under which root (X-10)."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel

from archive.domain.verification import masked


class NewerView(BaseModel):
    """The version that counts now."""

    version: int
    code: str
    sealed_at: datetime | None


class VerificationView(BaseModel):
    """What anybody may know of a genuine archive; the name is masked. `superseded_by`: the version that counts now."""

    genuine: Literal[True] = True
    code: str
    kind: Literal["term", "career"]
    school: str
    term: str
    student: str
    document_no: str
    version: int
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
        return cls(
            code=row["code"], kind=row["kind"], school=row["school_title"], term=row["term_title"],
            student=masked(row["student_name"]), document_no=row["document_no"], version=row["version"],
            superseded=row["newest_code"] is not None,
            superseded_by=NewerView(
                version=row["newest_version"], code=row["newest_code"], sealed_at=row["newest_ready_at"]
            ) if row["newest_code"] is not None else None,
            sealed_at=row["sealed_at"] or row["ready_at"],
            pdf_sha256=row["pdf_sha256"], json_sha256=row["json_sha256"], root=row["root"],
            archives_under_root=row["under_root"], key_id=row["key_id"],
        )  # fmt: skip


class RecognisedView(BaseModel):
    """Does this file come from here? `archive` says which one."""

    known: bool
    format: Literal["pdf", "json"] | None = None
    archive: VerificationView | None = None


class SupplementView(BaseModel):
    """The root of a correction, published beside the term's."""

    root: str
    archives: int
    version: int
    sealed_at: datetime | None


class RootView(BaseModel):
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
