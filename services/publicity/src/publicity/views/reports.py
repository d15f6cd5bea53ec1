"""Response shapes of reports: where the scheme publishes a student's report as a whole (SH-08)."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel
from servicekit.auth import Actor
from servicekit.http import Page

from publicity.results import ReportDetail, ReportPage
from publicity.views.board import BoardItemView, ChoiceView, ComplaintFormView, complaint_form, item_of


class ReportLineView(BaseModel):
    """A student whose report is on the board. `own`: the viewer's, or of the viewer's child. `complaints`: how many cases are
    open about it; null: this viewer is not shown that."""

    student_id: UUID
    student_name: str | None
    path: str
    class_title: str | None
    entries: int
    complaints: int | None
    own: bool


class ReportsView(Page[ReportLineView]):
    """One page of reports, by class; `ends`: when the board closes for this viewer's class."""

    term_title: str
    ends: datetime | None


class ReportSectionView(BaseModel):
    """A dimension of a report with its entries."""

    id: str
    title: str
    entries: list[BoardItemView]


class MissableKindView(ChoiceView):
    """A kind of which an entry may be missing."""

    dimension_title: str


class ReportView(BaseModel):
    """The whole of a student's report. `complaint`: how this viewer objects to it or to one of its entries; null: not, and
    `complaint_refused` says why. `missable`: of what an entry may be missing."""

    term_id: UUID
    term_title: str
    ends: datetime | None
    student_id: UUID
    student_name: str | None
    class_title: str | None
    own: bool
    sections: list[ReportSectionView]
    complaint: ComplaintFormView | None
    complaint_refused: str | None
    missable: list[MissableKindView]


def reports_view(page: ReportPage, following: str | None, limit: int, actor: Actor, now: datetime) -> ReportsView:
    """One page of students."""
    shows = page.scope.shows
    return ReportsView(
        items=[
            ReportLineView(
                student_id=row.student_id,
                student_name=row.student_name if "student_name" in shows else None,
                path=row.path,
                class_title=row.class_title,
                entries=row.entries,
                complaints=row.open_cases if "cases" in shows else None,
                own=row.student_id in actor.students,
            )
            for row in page.rows[:limit]
        ],
        next=following,
        term_title=page.term.title,
        ends=page.term.board_ends(actor.roles, actor.path, now),
    )


def report_view(found: ReportDetail, actor: Actor, now: datetime) -> ReportView:
    """A report by dimension."""
    term, scope = found.page.term, found.page.scope
    items = [
        BoardItemView(**item_of(term, scope, row, record, listed_only=False))
        for row in found.page.rows
        if (record := found.records.get(row.id)) is not None
    ]
    kinds = term.report_kinds(found.student.path)
    form = complaint_form(term, found.roles, scope) if found.complaint_refused is None else None
    return ReportView(
        term_id=term.id,
        term_title=term.title,
        ends=term.board_ends(actor.roles, actor.path, now),
        student_id=found.student.id,
        student_name=found.student.name if "student_name" in scope.shows else None,
        class_title=found.class_title,
        own=found.own,
        sections=[
            ReportSectionView(
                id=dimension.id, title=dimension.title, entries=[item for item in items if item.dimension == dimension.id]
            )
            for dimension in term.scheme.dimensions
        ],
        complaint=form,
        complaint_refused=found.complaint_refused,
        missable=[
            MissableKindView(id=kind.id, title=kind.title, dimension_title=term.scheme.dimension_of(kind.id).title)
            for kind in kinds
        ]
        if form is not None and any(reason.missing for reason in form.reasons)
        else [],
    )
