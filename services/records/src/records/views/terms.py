"""The responses of planning a term."""

from datetime import date, datetime
from typing import Self

from pydantic import BaseModel
from servicekit.mapping import from_attributes

from records.domain.scheduling import Preview, TableRead, holiday_sources, holidays, working_days
from records.views.records import FindingView


class PlannedWindowView(BaseModel):
    """A window as it was sent, in the order of the request, with its title and length."""

    operation: str
    title: str
    starts: datetime
    ends: datetime
    roles: list[str]
    grades: list[int]
    working_days: int


class PossibleView(BaseModel):
    """An operation that a role may do at the time that was asked about."""

    operation: str
    operation_title: str
    role: str
    role_title: str
    grade: int | None
    until: datetime | None


class HolidayView(BaseModel):
    """A holiday from its first day to its last, and the weekend days on which people work for it (调休)."""

    title: str
    first: date | None
    last: date | None
    workdays: list[date]


class PreviewView(BaseModel):
    """A timetable that is not stored. `windows` of a finding are positions in `windows`; an `error` must be corrected before
    the term can be scheduled. `possible`: who may do what at the time asked about. `holidays`: those that the counts of working
    days leave out, `holiday_sources`: the notices that they are from. `grades`: the school years of the school's stage."""

    scheme_id: str
    scheme_version: str
    time_zone: str
    grades: list[int]
    terms_per_year: int
    windows: list[PlannedWindowView]
    findings: list[FindingView]
    possible: list[PossibleView]
    holidays: list[HolidayView]
    holiday_sources: list[str]

    @classmethod
    def of(cls, found: Preview) -> Self:
        """A timetable with its findings."""
        scheme = found.scheme
        titles = {operation.id: operation.title for operation in scheme.timing.operations}
        return cls(
            scheme_id=scheme.id,
            scheme_version=scheme.version,
            time_zone=found.zone.key,
            grades=list(found.grades),
            terms_per_year=found.schooling.terms_per_year,
            windows=[
                PlannedWindowView(
                    operation=one.operation, title=titles.get(one.operation, ""), starts=one.starts, ends=one.ends,
                    roles=list(one.roles), grades=[int(grade) for grade in one.grades], working_days=working_days(found, one),
                )
                for one in found.windows
            ],
            findings=[from_attributes(FindingView, finding) for finding in found.findings],
            possible=[
                from_attributes(
                    PossibleView, one, operation_title=titles[one.operation], role_title=scheme.role_title(one.role)
                )
                for one in found.possible
            ],
            holidays=[
                HolidayView(title=one.title, first=one.first, last=one.last, workdays=list(one.workdays))
                for one in holidays(found)
            ],
            holiday_sources=list(holiday_sources(found)),
        )  # fmt: skip


class TableQuestionView(BaseModel):
    """What a person has to decide about a row of a table, counted from 1; 0: the whole table."""

    row: int
    message: str


class ReadTableView(BaseModel):
    """The timetable that a table would set, not stored. `questions`: what is not understood; `notes`: rows that set nothing."""

    grades: list[int]
    timetable: PreviewView
    questions: list[TableQuestionView]
    notes: list[TableQuestionView]

    @classmethod
    def of(cls, found: TableRead) -> Self:
        """A table as it was understood."""
        questions = [from_attributes(TableQuestionView, one) for one in found.table.questions]
        notes = [from_attributes(TableQuestionView, one) for one in found.table.notes]
        grades, timetable = list(found.table.grades), PreviewView.of(found.preview)
        return cls(grades=grades, timetable=timetable, questions=questions, notes=notes)
