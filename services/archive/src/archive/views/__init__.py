"""The shapes that archive answers with."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel

from archive.domain.career import StageTerm
from archive.domain.corrections import Correcting, Correction
from archive.domain.evaluations import Evaluation
from archive.domain.material import Collected
from archive.domain.seals import Archive, Progress, Seal
from archive.domain.states import Collecting
from archive.domain.terms import Readiness, Term


class EvaluationView(BaseModel):
    """An evaluation as it stands."""

    id: UUID
    term_id: UUID
    student_id: UUID
    type: str
    text: str
    author_name: str
    written_at: datetime
    version: int

    @classmethod
    def of(cls, e: Evaluation) -> "EvaluationView":
        """From the value."""
        return cls(
            id=e.id, term_id=e.term_id, student_id=e.student_id, type=e.type, text=e.text, author_name=e.author.name,
            written_at=e.written_at, version=e.version,
        )  # fmt: skip


class VersionView(BaseModel):
    """One earlier version."""

    version: int
    text: str
    author_name: str
    written_at: datetime


class EvaluationDetail(EvaluationView):
    """With every version, newest first."""

    history: list[VersionView]


class PendingView(BaseModel):
    """A student and one evaluation; null where it is still missing."""

    student_id: UUID
    student_name: str
    path: str
    class_title: str
    type: str
    type_title: str
    evaluation: EvaluationView | None


class TermView(BaseModel):
    """How far a term is. `late`: records that came after the seal and wait for a correction."""

    term_id: UUID
    path: str
    title: str
    state: Collecting
    students: int
    publicity_closed_at: datetime | None
    open_cases: int
    entries_on_the_way: int
    missing: dict[str, int]
    progress: dict[str, int] | None
    without_missing: dict[str, int] | None
    root: str | None
    sealed_at: datetime | None
    late: int

    @classmethod
    def of(
        cls,
        term: Term,
        seal: Seal | None,
        made: Progress | None,
        ready: Readiness,
        missing: dict[str, int],
        students: int,
        late: int,
    ) -> "TermView":
        """From what is known."""
        return cls(
            term_id=term.id,
            path=term.path,
            title=term.title,
            state=term.state,
            students=seal.archives if seal else students,
            publicity_closed_at=term.closed_at,
            open_cases=ready.open_cases,
            entries_on_the_way=ready.on_the_way,
            missing=missing,
            progress=vars(made) if made else None,
            without_missing=seal.without_missing if seal else None,
            root=seal.root if seal and seal.state == "sealed" else None,
            sealed_at=seal.sealed_at if seal else None,
            late=late,
        )


class ArchiveView(BaseModel):
    """A sealed archive."""

    id: UUID
    kind: Literal["term", "career"]
    term_id: UUID | None
    term_title: str
    student_id: UUID
    student_name: str
    path: str
    version: int
    superseded_by: UUID | None
    document_no: str
    code: str
    pdf_sha256: str
    pdf_size: int
    json_sha256: str
    ready_at: datetime | None

    @classmethod
    def of(cls, a: Archive) -> "ArchiveView":
        """From a ready archive."""
        assert a.kept is not None
        return cls(
            id=a.id, kind=a.kind, term_id=a.term_id, term_title=a.term_title, student_id=a.student_id,
            student_name=a.student_name, path=a.path, version=a.version, superseded_by=a.superseded_by,
            document_no=a.document_no, code=a.code, pdf_sha256=a.kept.pdf_sha256, pdf_size=a.kept.pdf_size,
            json_sha256=a.kept.json_sha256, ready_at=a.ready_at,
        )  # fmt: skip


class ArchiveDetail(ArchiveView):
    """With its place under the root and where anybody can verify it."""

    root: str | None
    proof: dict[str, Any] | None
    key_id: str
    sealed_at: datetime | None
    verify_url: str


class CorrectionView(BaseModel):
    """A correction: `waiting` for the second signature of `second_by`, `making` the new version, `done` or `declined`."""

    id: UUID
    archive_id: UUID
    student_id: UUID
    path: str
    state: Correcting
    reason: str
    second_by: str | None
    asked_by_name: str
    asked_at: datetime
    answered_by_name: str | None
    answered_at: datetime | None
    note: str | None
    version: int

    @classmethod
    def of(cls, c: Correction) -> "CorrectionView":
        """From the value."""
        return cls.model_validate({name: getattr(c, name) for name in cls.model_fields})


class AddressView(BaseModel):
    """A short-lived download address."""

    url: str
    name: str
    seconds: int


class CandidateView(BaseModel):
    """A record that may be picked for the career archive."""

    record_id: UUID
    dimension: str
    kind: str
    kind_title: str
    title: str
    term: str
    on: date | None
    picked: bool


class StageTermView(BaseModel):
    """A term of the stage; without an archive of it the career archive waits, unless told to go on."""

    title: str
    school_year: str
    number: int
    sealed: bool


class CareerView(BaseModel):
    """A student's career archive as it is. `left`: how many more of each kind may be picked (null: no limit)."""

    student_id: UUID
    state: Collecting
    terms_sealed: int
    terms_in_stage: int
    terms: list[StageTermView]
    candidates: list[CandidateView]
    picked: list[UUID]
    left: dict[str, int | None]
    archive: ArchiveView | None
    version: int

    @classmethod
    def of(
        cls, term: Term, student_id: UUID, state: Collecting, picked: Sequence[UUID], version: int,
        candidates: Sequence[Collected], terms: Sequence[StageTerm], terms_sealed: int, archive: Archive | None,
    ) -> "CareerView":  # fmt: skip
        """From what is known."""
        scheme, counts = term.scheme, dict[str, int]()
        for one in candidates:
            counts[one.snapshot.kind] = counts.get(one.snapshot.kind, 0) + (one.snapshot.record_id in picked)
        return cls(
            student_id=student_id,
            state=state,
            terms_sealed=terms_sealed,
            terms_in_stage=scheme.terms_in_stage,
            terms=[StageTermView(**vars(one)) for one in terms],
            candidates=[_candidate(term, one, one.snapshot.record_id in picked) for one in candidates],
            picked=list(picked),
            left={kind: scheme.archives.career_left(kind, count) for kind, count in counts.items()},
            archive=ArchiveView.of(archive) if archive else None,
            version=version,
        )


def _candidate(term: Term, one: Collected, picked: bool) -> CandidateView:
    kind = term.scheme.kind(one.snapshot.kind)
    day = one.snapshot.data.get(kind.date_field) if kind.date_field else None
    return CandidateView(
        record_id=one.snapshot.record_id, dimension=one.snapshot.dimension, kind=kind.id, kind_title=kind.title,
        title=one.snapshot.title, term=one.term, on=date.fromisoformat(str(day)) if day else None, picked=picked,
    )  # fmt: skip
