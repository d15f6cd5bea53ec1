"""Events that the archive service publishes."""

from decimal import Decimal
from typing import ClassVar, Literal
from uuid import UUID

from pydantic import AwareDatetime

from contracts.base import BatchApplied, BatchChecked, BatchReverted, Event, EventPart, OrgPath, StudentStatement, StudentsUsed


class TermSealedV1(Event):
    """A school's term archives are sealed under one Merkle root (X-10)."""

    subject: ClassVar[str] = "archive.term.sealed.v1"
    key: ClassVar[str] = "term_id"
    term_id: UUID
    path: OrgPath
    title: str
    root: str
    archives: int
    version: int
    at: AwareDatetime


class ResultGrade(EventPart):
    """The score of a dimension (`dimension` "": the result has none), 0 to 100, and the id of its band."""

    dimension: str
    score: Decimal
    band: str


class StudentResult(EventPart):
    """A student's locked result: each dimension, and the whole; None: the scheme has no whole."""

    student_id: UUID
    grades: tuple[ResultGrade, ...]
    total: Decimal | None
    band: str | None


class ScoresLockedV1(Event):
    """The scores of a class are locked: students and guardians see them now (BJ-10). `version` grows with each move of its
    sheet. results: of every student of the class, if the scheme publishes results (X-15)."""

    subject: ClassVar[str] = "archive.scores.locked.v1"
    key: ClassVar[str] = "term_id"
    term_id: UUID
    path: OrgPath
    title: str
    version: int
    at: AwareDatetime
    results: tuple[StudentResult, ...] = ()


class ScoresUnlockedV1(Event):
    """The scores of a class are no longer locked: what was published of them is withdrawn (BJ-10, X-15)."""

    subject: ClassVar[str] = "archive.scores.unlocked.v1"
    key: ClassVar[str] = "term_id"
    term_id: UUID
    path: OrgPath
    version: int
    at: AwareDatetime


class ScoresCorrectedV1(Event):
    """A locked result was corrected because of a case: families see the new version (X-15). `reason`: of the decision."""

    subject: ClassVar[str] = "archive.scores.corrected.v1"
    key: ClassVar[str] = "term_id"
    term_id: UUID
    path: OrgPath
    title: str
    version: int
    case_id: UUID
    result: StudentResult
    reason: str
    at: AwareDatetime


class SignedFormsRemindedV1(Event):
    """A class teacher or registrar reminds the families of these students of a class to upload the signed form (NR-04)."""

    subject: ClassVar[str] = "archive.signed_forms.reminded.v1"
    key: ClassVar[str] = "term_id"
    term_id: UUID
    path: OrgPath
    title: str
    form: str
    students: tuple[UUID, ...]
    at: AwareDatetime


class SignedFormReturnedV1(Event):
    """The school cannot use a form that was uploaded; the family uploads another one (NR-03)."""

    subject: ClassVar[str] = "archive.signed_form.returned.v1"
    key: ClassVar[str] = "student_id"
    student_id: UUID
    term_id: UUID
    path: OrgPath
    title: str
    form: str
    reason: str
    at: AwareDatetime


class CareerSealedV1(Event):
    """A student's career archive of a stage is sealed; misconduct of that stage can no longer be released, nothing of it
    backfilled (BJ-03, JX-14, JX-15). stage None: from an older release, the stage of the school at `path`."""

    subject: ClassVar[str] = "archive.career.sealed.v1"
    key: ClassVar[str] = "student_id"
    student_id: UUID
    path: OrgPath
    archive_id: UUID
    version: int
    at: AwareDatetime
    stage: str | None = None


class ArchiveCorrectedV1(Event):
    """A sealed archive was replaced by a new version with its own Merkle root; the old one stays, marked as replaced (X-10)."""

    subject: ClassVar[str] = "archive.archive.corrected.v1"
    key: ClassVar[str] = "student_id"
    archive_id: UUID
    student_id: UUID
    path: OrgPath
    term_id: UUID | None
    archive_kind: Literal["term", "career"]
    title: str
    version: int
    replaces: UUID
    reason: str
    root: str
    at: AwareDatetime


class ArchiveBackfilledV1(Event):
    """A term that a student spent at a school in another province was sealed as a term archive (backfill, JX-15)."""

    subject: ClassVar[str] = "archive.archive.backfilled.v1"
    key: ClassVar[str] = "student_id"
    archive_id: UUID
    student_id: UUID
    path: OrgPath
    term_id: UUID
    title: str
    root: str
    at: AwareDatetime


class EvaluationWrittenV1(Event):
    """A teacher comment (or a self-evaluation) was written or changed (JX-12).

    on_board: the texts by dimension ("" where it has none), only of an evaluation that the scheme shows on the board (CS-07).
    """

    subject: ClassVar[str] = "archive.evaluation.written.v1"
    key: ClassVar[str] = "student_id"
    evaluation_id: UUID
    student_id: UUID
    term_id: UUID
    path: OrgPath
    evaluation_type: str
    version: int
    on_board: dict[str, str] | None = None


class EvaluationWithdrawnV1(Event):
    """An imported evaluation was deleted because its import was undone; the student has none of this type (JX-12, X-12)."""

    subject: ClassVar[str] = "archive.evaluation.withdrawn.v1"
    key: ClassVar[str] = "student_id"
    evaluation_id: UUID
    student_id: UUID
    term_id: UUID
    path: OrgPath
    evaluation_type: str


class ArchiveBatchAppliedV1(BatchApplied):
    """archive applied one chunk of imported comments (JX-12)."""

    subject: ClassVar[str] = "archive.batch.applied.v1"


class ArchiveBatchCheckedV1(BatchChecked):
    """archive says what committing one chunk of comments would do (L-10)."""

    subject: ClassVar[str] = "archive.batch.checked.v1"


class ArchiveBatchRevertedV1(BatchReverted):
    """archive undid an import of comments (X-12)."""

    subject: ClassVar[str] = "archive.batch.reverted.v1"


class ArchiveStudentsUsedV1(StudentsUsed):
    """archive has data of these students of a roster that is to be undone (L-10)."""

    subject: ClassVar[str] = "archive.students.used.v1"


class ArchiveStatementV1(StudentStatement):
    """What archive has of a student whose enrolment is to change (BJ-04)."""

    subject: ClassVar[str] = "archive.student.stated.v1"
