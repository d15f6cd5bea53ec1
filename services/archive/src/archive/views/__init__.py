"""The response bodies of archive."""

from collections import Counter
from datetime import date, datetime
from typing import Any, Literal, Self
from uuid import UUID

from archive.domain.career import CareerDetail
from archive.domain.corrections import Correcting, ListedCorrection
from archive.domain.material import Collected, kind_of
from archive.domain.seals import Archive, Seal
from archive.domain.states import Collecting
from archive.domain.terms import ArchiveTerm, TermDetail
from archive.views.base import View


class PartView(View):
    """What an evaluation says of one dimension."""

    text: str
    choice: str | None


class EvaluationView(View):
    """An evaluation as it stands. `parts`: by dimension, where it has one for each; `complete`: none is missing."""

    id: UUID
    term_id: UUID
    student_id: UUID
    type: str
    text: str
    choice: str | None
    parts: dict[str, PartView]
    complete: bool
    author_name: str
    written_at: datetime
    version: int


class VersionView(View):
    """One earlier version."""

    version: int
    text: str
    choice: str | None
    parts: dict[str, PartView]
    author_name: str
    written_at: datetime


class EvaluationDetail(EvaluationView):
    """With every version, newest first."""

    history: list[VersionView]


class PendingView(View):
    """A student and one evaluation; null where it is still missing."""

    student_id: UUID
    student_name: str
    path: str
    class_title: str
    type: str
    type_title: str
    evaluation: EvaluationView | None


class UnprintableView(View):
    """A student whose name or class has characters that cannot be printed."""

    student_id: UUID
    student_name: str
    class_title: str
    characters: str
    code_points: list[str]


class TermView(View):
    """How far a term is.

    `late`: records that came after the seal and wait for a correction. `unprintable`: before the seal, for staff, whose name
    cannot be printed. `without_verdict`: students whose report is not judged yet (SH-11).
    """

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
    unprintable: list[UnprintableView]
    without_verdict: int

    @classmethod
    def of(cls, detail: TermDetail) -> "TermView":
        """From the use case's result."""
        term, seal, ready = detail.term, detail.seal, detail.readiness
        return cls(
            term_id=term.id,
            path=term.path,
            title=term.title,
            state=term.state,
            students=seal.archives if seal else detail.students,
            publicity_closed_at=term.closed_at,
            open_cases=ready.open_cases,
            entries_on_the_way=ready.on_the_way,
            missing=dict(detail.missing),
            progress=vars(detail.progress) if detail.progress else None,
            without_missing=dict(seal.without_missing) if seal and seal.without_missing else None,
            root=seal.root if seal and seal.state == "sealed" else None,
            sealed_at=seal.sealed_at if seal else None,
            late=detail.late,
            unprintable=[UnprintableView.model_validate(vars(one)) for one in detail.unprintable],
            without_verdict=detail.without_verdict,
        )


class ArchiveView(View):
    """A sealed archive."""

    id: UUID
    kind: Literal["term", "career"]
    stage: str | None
    """Of a career archive (BJ-03)."""
    term_id: UUID | None
    term_title: str
    student_id: UUID
    student_name: str
    former_name: str | None
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
    def of(cls, archive: Archive) -> "ArchiveView":
        """From a ready archive."""
        return cls.model_validate(vars(archive) | vars(archive.files))


class ArchiveDetail(ArchiveView):
    """With its inclusion proof and the address where anybody can verify it."""

    root: str | None
    proof: dict[str, Any] | None
    key_id: str
    sealed_at: datetime | None
    verify_url: str

    @classmethod
    def of_sealed(cls, archive: Archive, seal: Seal, verify_url: str) -> "ArchiveDetail":
        """From a ready archive and its seal."""
        return cls.model_validate(vars(seal) | vars(archive) | vars(archive.files) | {"verify_url": verify_url})


class CorrectionView(View):
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


class CorrectionRow(CorrectionView):
    """A correction in a list. `replaced_version`: of the archive to be replaced; `newer`: the archive that replaced it."""

    student_name: str
    term_title: str
    replaced_version: int
    newer: UUID | None

    @classmethod
    def of(cls, one: ListedCorrection) -> Self:
        """The row of a correction."""
        more = {name: getattr(one, name) for name in ("student_name", "term_title", "replaced_version", "newer")}
        return cls(**CorrectionView.model_validate(one.correction).model_dump(), **more)


class AddressView(View):
    """A short-lived download address."""

    url: str
    name: str
    seconds: int


class CandidateView(View):
    """A record that may be picked for the career archive."""

    record_id: UUID
    dimension: str
    kind: str
    kind_title: str
    title: str
    term: str
    on: date | None
    picked: bool


class StageTermView(View):
    """A term of the stage; without an archive of it the career archive waits, unless told to go on."""

    title: str
    school_year: str
    number: int
    sealed: bool


class StudentStageView(View):
    """A stage of a student; `current`: the student is in it now."""

    stage: str
    title: str
    school: str
    current: bool


class CareerView(View):
    """A student's career archive of a stage as it is. `left`: how many more of each kind may be picked (null: no limit);
    `stages`: all that the student has, the first one first (BJ-03)."""

    student_id: UUID
    stage: str
    stages: list[StudentStageView]
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
    def of(cls, detail: CareerDetail) -> "CareerView":
        """From the use case's result."""
        scheme, career, counts = detail.term.scheme, detail.career, Counter[str]()
        for record in detail.candidates:
            counts[record.snapshot.kind] += record.snapshot.record_id in career.record_ids
        return cls(
            student_id=detail.student.id,
            stage=detail.own.stage,
            stages=[
                StudentStageView(stage=one.stage, title=one.title, school=one.student.school_title, current=one.current)
                for one in detail.stages
            ],
            state=career.state,
            terms_sealed=detail.terms_sealed,
            terms_in_stage=detail.term.schooling_of(detail.student.path).terms,
            terms=[StageTermView.model_validate(term) for term in detail.terms],
            candidates=[_candidate(detail.term, r, r.snapshot.record_id in career.record_ids) for r in detail.candidates],
            picked=list(career.record_ids),
            left={kind: scheme.archives.career_left(kind, count) for kind, count in counts.items()},
            archive=ArchiveView.of(detail.archive) if detail.archive else None,
            version=career.version,
        )


def _candidate(term: ArchiveTerm, record: Collected, picked: bool) -> CandidateView:
    kind, snapshot = kind_of(term.scheme, record.snapshot), record.snapshot
    day = snapshot.data.get(kind.date_field) if kind.date_field else None
    return CandidateView(
        record_id=snapshot.record_id, dimension=snapshot.dimension, kind=kind.id, kind_title=kind.title,
        title=snapshot.title, term=record.term, on=date.fromisoformat(str(day)) if day else None, picked=picked,
    )  # fmt: skip
