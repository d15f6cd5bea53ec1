"""Bodies of applications for changes of enrolment (BJ-04)."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from contracts.base import OrgPath, StatementLine
from pydantic import BaseModel, Field, StringConstraints
from servicekit.mapping import from_attributes

from identity.domain.enrolment_applications import Application, may_refuse
from identity.domain.enrolment_wishes import MOST_FILES
from identity.results import ApplicationDetail
from identity.store.enrolment_applications import NamedSchool
from identity.views.requests import In, Line, Name, Number

type Remark = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200)]


class EnrolmentApplication(In):
    """A change for which a school applies: of its own student `student_id`, or to receive the student of another school with
    this complete registry number and name. `school` receives the student; `path` is the new class. `files`: checked uploads
    that prove it."""

    change: Annotated[str, StringConstraints(max_length=60)]
    reason: Line
    effective_on: date
    student_id: UUID | None = None
    registry_number: Number | None = None
    student_name: Name | None = None
    school: OrgPath | None = None
    path: OrgPath | None = None
    files: Annotated[list[UUID], Field(max_length=MOST_FILES)] = Field(default_factory=list)


class EnrolmentApproval(In):
    """`statement`: the number of the statement that was looked at. `path`: the class that receives the student."""

    statement: int
    path: OrgPath | None = None
    remark: Remark = ""


class EnrolmentApplicationView(BaseModel):
    """An application in a list. `step_title`: what is waited for, by `waits_for`; null: it ended, or waits for its day."""

    id: UUID
    student_id: UUID
    student_name: str
    change: str
    change_title: str
    effect: str
    school: str
    school_title: str
    class_title: str
    other: str | None
    other_title: str | None
    state: Literal["open", "approved", "done", "rejected", "withdrawn", "lapsed"]
    waits_for: str | None
    step_title: str | None
    escalated: bool
    due_at: datetime | None
    effective_on: date
    applied_at: datetime
    ended_at: datetime | None
    version: int

    @classmethod
    def of(cls, application: Application) -> "EnrolmentApplicationView":
        """From the domain's application."""
        return from_attributes(cls, application, step_title=_step(application))


def _step(application: Application) -> str | None:
    return None if application.step is None else application.step.title


class ApprovalView(BaseModel):
    """An approval of an application, in order."""

    by: Literal["releasing", "receiving", "above"]
    title: str
    given: bool


class ApplicationLogView(BaseModel):
    """What happened to an application."""

    what: str
    side: str | None
    organisation: str | None
    reason: str
    at: datetime


class StatementView(BaseModel):
    """The evaluation data that goes along: counts of the services that have answered. `complete`: all have. `notes`: what
    becomes of data under way, which scheme holds, and which time of a repeated year counts."""

    number: int
    complete: bool
    confirmed: bool
    lines: list[StatementLine]
    notes: list[str]


class EvidenceFileView(BaseModel):
    """A file that proves an application. `pages`: of a PDF."""

    id: UUID
    name: str
    media_type: str
    size: int
    pages: int | None


class EvidenceAddress(BaseModel):
    """Where the file can be fetched for the next 45 seconds."""

    url: str


class EnrolmentApplicationDetailView(EnrolmentApplicationView):
    """An application with its statement and its files (null: not for this card, or not yet), its approvals and its
    history."""

    registry_number: str
    reason: str
    to_path: str | None
    to_title: str | None
    answer: str
    approvals: list[ApprovalView]
    log: list[ApplicationLogView]
    statement: StatementView | None
    files: list[EvidenceFileView] | None
    may_decide: bool
    may_refuse: bool
    may_withdraw: bool

    @classmethod
    def of_detail(cls, detail: ApplicationDetail) -> "EnrolmentApplicationDetailView":
        """From the use case's result."""
        application, statement = detail.application, detail.statement
        shown = None
        if statement is not None:
            lines = [line for service in ("records", "publicity", "archive") for line in statement.lines.get(service, ())]
            shown = StatementView(
                number=statement.attempt,
                complete=statement.complete,
                confirmed=application.confirmed is not None,
                lines=lines,
                notes=list(detail.notes),
            )
        return from_attributes(
            cls,
            application,
            step_title=_step(application),
            to_path=application.to_path if detail.sees_class else None,
            to_title=application.to_title if detail.sees_class else None,
            approvals=[
                ApprovalView(by=one.by, title=one.title, given=number < application.passed)
                for number, one in enumerate(application.approvals)
            ],
            log=[from_attributes(ApplicationLogView, row) for row in detail.log],
            statement=shown,
            files=None if detail.files is None else [from_attributes(EvidenceFileView, file) for file in detail.files],
            may_decide=detail.may_decide,
            may_refuse=detail.may_decide and may_refuse(application),
            may_withdraw=detail.may_withdraw,
        )


class NamedSchoolView(BaseModel):
    """A school that may receive a student."""

    path: str
    title: str
    above: str | None

    @classmethod
    def of(cls, school: NamedSchool) -> "NamedSchoolView":
        """From the store."""
        return from_attributes(cls, school)
