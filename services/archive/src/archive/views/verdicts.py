"""Verdicts, confirmations and filings as responses (SH-11)."""

from datetime import datetime
from typing import Any
from uuid import UUID

from scheme import Allowed
from servicekit.auth import Actor
from servicekit.downloads import DownloadView

from archive.domain.confirmations import Confirmation
from archive.domain.content import (
    DimensionRecords,
    Evaluated,
    Misconduct,
    Position,
    Profile,
    Radar,
    SchoolAndClass,
    TableGroup,
    TermContent,
)
from archive.domain.filing import ClassFiling, Filing
from archive.domain.terms import ArchiveTerm
from archive.domain.verdicts import JudgedStudent, Verdict
from archive.views.base import View
from archive.views.content import SectionView, section_views


class VerdictView(View):
    """A verdict as it stands."""

    choice: str
    title: str
    reason: str
    author_name: str
    judged_at: datetime
    version: int


class ConfirmationView(View):
    """A printed confirmation. `reason`: why it is not signed, or was withdrawn; `at`, `by_name`: of the last change."""

    state: str
    reason: str | None
    printed_at: datetime
    at: datetime
    by_name: str
    has_scan: bool
    version: int


class JudgedStudentView(View):
    """A student with verdict and confirmation; the own side sees a verdict once it is printed or can no longer be changed."""

    term_id: UUID
    student_id: UUID
    student_name: str
    path: str
    grade_title: str
    class_title: str
    verdict: VerdictView | None
    confirmation: ConfirmationView | None


class VerdictOutcomeView(View):
    """How one verdict went: given, or refused with code, sentence and wrong fields."""

    student_id: UUID
    ok: bool
    verdict: VerdictView | None
    code: str | None
    detail: str | None
    help: str | None
    errors: list[dict[str, Any]]


class VerdictOutcomes(View):
    """In the order of the students' ids."""

    results: list[VerdictOutcomeView]


class SlipOutcomeView(View):
    """How one change of a slip went; the student is named where the caller may know."""

    student_id: UUID | None
    student_name: str | None
    ok: bool
    confirmation: ConfirmationView | None
    code: str | None
    detail: str | None
    help: str | None


class SlipOutcomes(View):
    """In the order in which they were sent."""

    results: list[SlipOutcomeView]


class ReportView(View):
    """A student's report as it would be sealed now, to be drawn as a page, with the verdict and its history (staff only)."""

    student: JudgedStudentView
    title: str
    period: str
    sections: list[SectionView]
    school_and_class: SchoolAndClass
    profile: Profile
    positions: tuple[Position, ...]
    radar: Radar | None
    dimensions: tuple[DimensionRecords, ...]
    groups: tuple[TableGroup, ...]
    evaluations: tuple[Evaluated, ...]
    misconduct: tuple[Misconduct, ...]
    history: list[VerdictView]


class ChoiceView(View):
    """A verdict that may be given; `needs_reason`: only one by one, with a reason."""

    id: str
    title: str
    needs_reason: bool


class StepView(View):
    """A signature of the scheme: `paper` on each confirmation, `summary` on the school's summary."""

    id: str
    title: str
    who: str
    how: str


class OpenView(View):
    """Whether this card may do something now, until when, or why not."""

    open: bool
    until: datetime | None
    why: str | None


class ClassFilingView(View):
    """How far a class is: students, verdicts by choice, slips by state."""

    path: str
    grade_title: str
    class_title: str
    students: int
    judged: int
    printed: int
    settled: int
    verdicts: dict[str, int]
    slips: dict[str, int]


class SummaryView(View):
    """The newest printed summary; `current`: nothing changed since."""

    version: int
    sha256: str
    made_at: datetime
    made_by: str
    current: bool


class UploadView(View):
    """The newest uploaded summary; `current`: it is of the newest data."""

    summary_version: int
    name: str
    media_type: str
    at: datetime
    by_name: str
    current: bool


class FilingRow(View):
    """How far a school is. `complete`: nothing is left to do."""

    term_id: UUID
    path: str
    school_title: str
    term_title: str
    state: str
    students: int
    judged: int
    settled: int
    verdicts: dict[str, int]
    slips: dict[str, int]
    summary: SummaryView | None
    upload: UploadView | None
    complete: bool


class FilingView(FilingRow):
    """The same with its classes, the choices and signatures of the scheme, and what this card may do now."""

    choices: list[ChoiceView]
    steps: list[StepView]
    classes: list[ClassFilingView]
    reason_most: int
    judge: OpenView
    sign: OpenView
    file: OpenView


class SlipsDownload(DownloadView):
    """Where the PDF can be fetched once; `waiting`: students of the class who have no verdict yet."""

    slips: int
    waiting: int


class SummaryDownload(DownloadView):
    """Where the PDF can be fetched once, and which version it is."""

    version: int
    sha256: str


def verdict_view(term: ArchiveTerm, verdict: Verdict | None) -> VerdictView | None:
    """A verdict in the words of the scheme."""
    if verdict is None:
        return None
    chosen = term.need_verdict().choice(verdict.choice)
    return VerdictView(
        choice=verdict.choice,
        title=chosen.title if chosen else verdict.choice,
        reason=verdict.reason,
        author_name=verdict.author.name,
        judged_at=verdict.judged_at,
        version=verdict.version,
    )


def confirmation_view(slip: Confirmation | None) -> ConfirmationView | None:
    """A slip without its code, which only the paper has."""
    if slip is None:
        return None
    return ConfirmationView(
        state=slip.state, reason=slip.reason, printed_at=slip.printed_at, at=slip.at, by_name=slip.by.name,
        has_scan=slip.file_id is not None, version=slip.version,
    )  # fmt: skip


def student_view(term: ArchiveTerm, row: JudgedStudent) -> JudgedStudentView:
    """From a row."""
    return JudgedStudentView(
        term_id=term.id, student_id=row.student_id, student_name=row.student_name, path=row.path, grade_title=row.grade_title,
        class_title=row.class_title, verdict=verdict_view(term, row.verdict), confirmation=confirmation_view(row.confirmation),
    )  # fmt: skip


def report_view(term: ArchiveTerm, content: TermContent, row: JudgedStudent, history: list[Verdict]) -> ReportView:
    """From the use case's result."""
    return ReportView(
        student=student_view(term, row),
        title=term.scheme.archives.term.title,
        period=content.term,
        sections=section_views(term.scheme.archives.term.sections, content, term.scheme),
        school_and_class=content.school_and_class,
        profile=content.student,
        positions=content.positions,
        radar=content.radar,
        dimensions=content.dimensions,
        groups=content.groups,
        evaluations=content.evaluations,
        misconduct=content.misconduct,
        history=[view for one in history if (view := verdict_view(term, one)) is not None],
    )


def filing_row(filing: Filing) -> FilingRow:
    """From the use case's result."""
    return FilingRow(**_row(filing))


def _row(filing: Filing) -> dict[str, Any]:
    term, summary, upload = filing.term, filing.summary, filing.upload
    return {
        "term_id": term.id,
        "path": term.path,
        "school_title": filing.school_title,
        "term_title": term.title,
        "state": term.state,
        "students": filing.students,
        "judged": filing.judged,
        "settled": filing.settled,
        "verdicts": filing.verdicts,
        "slips": filing.slips,
        "summary": SummaryView(
            version=summary.version, sha256=summary.sha256, made_at=summary.made_at, made_by=summary.by.name,
            current=filing.summary_current,
        ) if summary else None,
        "upload": UploadView(
            summary_version=upload.summary_version, name=upload.name, media_type=upload.media_type, at=upload.at,
            by_name=upload.by.name, current=filing.upload_current,
        ) if upload else None,
        "complete": filing.complete,
    }  # fmt: skip


def filing_view(filing: Filing, actor: Actor, now: datetime) -> FilingView:
    """From the use case's result, and what this card may do."""
    term, rule = filing.term, filing.term.need_verdict()
    steps = term.scheme.archives.term.sign_off
    slip, summary = next(iter(term.slip_steps), None), term.summary_step
    return FilingView(
        **_row(filing),
        choices=[ChoiceView(id=c.id, title=c.title, needs_reason=c.id in rule.reason_for) for c in rule.choices],
        steps=[StepView(id=s.id, title=s.title, who=term.scheme.role_title(s.by), how=s.how) for s in steps],
        classes=[_class(one) for one in filing.classes],
        reason_most=rule.reason.max,
        judge=_open(term, rule.operation, actor, now, rule.by),
        sign=_open(term, slip.operation if slip else None, actor, now),
        file=_open(term, summary.operation if summary else None, actor, now, summary.by if summary else None),
    )


def _class(one: ClassFiling) -> ClassFilingView:
    return ClassFilingView(
        path=one.path, grade_title=one.grade_title, class_title=one.class_title, students=one.students, judged=one.judged,
        printed=one.printed, settled=one.settled, verdicts=dict(one.verdicts), slips=dict(one.slips),
    )  # fmt: skip


def _open(term: ArchiveTerm, operation: str | None, actor: Actor, now: datetime, by: str | None = None) -> OpenView:
    if operation is None or (by is not None and by not in actor.roles):
        why = f"由{term.scheme.role_title(by)}办理" if by else None
        return OpenView(open=False, until=None, why=why)
    if term.state != "collecting":
        return OpenView(open=False, until=None, why="档案已经生成，不能再改动")
    answer = term.ask(operation, actor.roles, now, actor.path if actor.level == "class" else term.path)
    if isinstance(answer, Allowed):
        return OpenView(open=True, until=answer.until, why=None)
    return OpenView(open=False, until=None, why=answer.message)
