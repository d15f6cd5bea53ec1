"""Scheduling terms: the scheme checks the timetable; errors are refused, warnings returned (SH-01, X-02)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from contracts.base import Window, level_of
from contracts.records import TermChangedV1, TermScheduledV1
from scheme import Finding, Scheme, Schooling, check
from scheme import Window as SchemeWindow
from scheme.calendars import Holiday
from scheme.timetable import Possible, who
from scheme.timetable_check import planned_grades
from scheme.timetable_table import ReadTable, read_table
from servicekit.ids import new_id
from servicekit.refusals import Refusal, declare
from servicekit.timetable import grade_of, scheme_name, schooling_in, windows_of

from records.domain.term import Term

_AROUND = timedelta(days=40)
declare("timetable_unsound", 422, "学期时间安排有误，请按提示修改")
declare("no_scheme", 409, "本校尚未指定评价方案")
declare("term_exists", 409, "本学期已经建立")


@dataclass(frozen=True, slots=True)
class Plan:
    """The term that a school schedules. `windows` None: the usual windows of the scheme."""

    title: str
    school_year: str
    number: int
    starts_on: date
    ends_on: date
    windows: tuple[Window, ...] | None


def windows_for(scheme: Scheme, starts_on: date, windows: tuple[Window, ...] | None, zone: ZoneInfo) -> tuple[Window, ...]:
    """These windows, or (None) the usual ones of the scheme in the school's time zone."""
    if windows is not None:
        return windows
    usual = scheme.timing.lay_out(starts_on, zone)
    return tuple(
        Window(operation=w.operation, starts=w.starts, ends=w.ends, roles=w.roles, grades=tuple(map(str, w.grades)))
        for w in usual
    )


def need_plan(
    scheme: Scheme, schooling: Schooling, plan: Plan, windows: Sequence[Window], grades: Sequence[int] = ()
) -> list[Finding]:
    """The warnings of the timetable check; refuses with everything that is wrong with the days and windows (SH-01, X-02).

    grades: those that the school has in that school year; empty: not known.
    """
    findings = check(scheme, windows_of(windows), grades=grades)
    if plan.number > schooling.terms_per_year:
        message = f"本校每学年有{schooling.terms_per_year}个学期"
        unknown = {"field": "number", "message": message, "rule": scheme.rule("term")}
        raise Refusal("invalid_input", rule=scheme.rule("term"), scheme=scheme_name(scheme), errors=[unknown])
    if plan.ends_on <= plan.starts_on:
        backwards = {"field": "ends_on", "message": "结束日期应晚于开始日期", "rule": "SH-01"}
        raise Refusal("invalid_input", rule="SH-01", scheme=scheme_name(scheme), errors=[backwards, *_errors(findings)])
    return need_sound(scheme, findings)


def checked_timetable(scheme: Scheme, windows: Sequence[Window], grades: Sequence[int] = ()) -> list[Finding]:
    """The warnings of the timetable check of these grades; refuses with all errors if there are any (X-02)."""
    return need_sound(scheme, check(scheme, windows_of(windows), grades=grades))


def grades_of(scheme: Scheme, schooling: Schooling, paths: Sequence[str], school_year: str) -> tuple[int, ...]:
    """The grades of grade organisations in a school year, in order; those outside their stage are left out. Where none is
    known, all that a school of this length has (BJ-12). schooling: the first stage of a school with several (BJ-03)."""
    found = {grade_of(schooling_in(scheme, schooling, path), path, school_year) for path in paths}
    return tuple(sorted(grade for grade in found if grade is not None)) or schooling.grades


def school_year_of(day: date) -> str:
    """The school year of a day: it begins in August."""
    first = day.year if day.month >= 8 else day.year - 1
    return f"{first}-{first + 1}"


def need_sound(scheme: Scheme, findings: list[Finding]) -> list[Finding]:
    """The findings, if all of them are warnings; else `timetable_unsound` with every error and its window."""
    errors = _errors(findings)
    if errors:
        detail = errors[0]["message"]
        raise Refusal("timetable_unsound", rule="X-02", scheme=scheme_name(scheme), errors=errors, detail=detail)
    return findings


def _errors(findings: Sequence[Finding]) -> list[dict[str, str]]:
    """Errors by field: `windows.3`, or `windows` where a window is missing."""
    return [
        {"field": field, "message": found.message, "type": found.code, "rule": found.rule}
        for found in findings
        if found.severity == "error"
        for field in [f"windows.{number}" for number in found.windows] or ["windows"]
    ]


def need_school(path: str) -> None:
    """Refuse organisations that are not schools."""
    if level_of(path) != "school":
        raise Refusal("invalid_input", rule="SH-01", errors=[{"field": "path", "message": "学期由学校建立"}])


def scheduled(path: str, plan: Plan, scheme: Scheme, schooling: Schooling, zone: ZoneInfo) -> TermScheduledV1:
    """The event of a new term of a school with this stage and length."""
    return TermScheduledV1(
        term_id=new_id(), path=path, title=plan.title, school_year=plan.school_year, number=plan.number,
        scheme_id=scheme.id, scheme_version=scheme.version, time_zone=zone.key, starts_on=plan.starts_on,
        ends_on=plan.ends_on, windows=windows_for(scheme, plan.starts_on, plan.windows, zone), version=1,
        stage=schooling.stage, years=schooling.years,
    )  # fmt: skip


def changed(term: Term, windows: tuple[Window, ...], reason: str, schooling: Schooling | None = None) -> TermChangedV1:
    """The event of a changed timetable, or of a school that has another length: the term's version is one higher."""
    return TermChangedV1(
        term_id=term.id, path=term.path, title=term.title, school_year=term.school_year, number=term.number,
        scheme_id=term.scheme.id, scheme_version=term.scheme.version, time_zone=term.zone.key, starts_on=term.starts_on,
        ends_on=term.ends_on, windows=windows, version=term.version + 1, reason=reason,
        stage=schooling.stage if schooling else term.stage, years=schooling.years if schooling else term.years,
    )  # fmt: skip


def read_timetable(
    scheme: Scheme, schooling: Schooling, zone: ZoneInfo, rows: Sequence[Sequence[str]], at: datetime
) -> "TableRead":
    """What a copied table would set, with what the check finds in it and what is not understood (SH-01)."""
    found = read_table(scheme, rows, zone)
    windows = tuple(
        Window(operation=w.operation, starts=w.starts, ends=w.ends, roles=w.roles, grades=tuple(map(str, w.grades)))
        for w in found.windows
    )
    return TableRead(preview(scheme, schooling, zone, windows, at), found)


@dataclass(frozen=True, slots=True)
class TableRead:
    """The timetable of a table, not stored, and how it was understood."""

    preview: "Preview"
    table: ReadTable


@dataclass(frozen=True, slots=True)
class Preview:
    """A timetable that is not stored, with what the check finds in it, and who may do what at a time."""

    scheme: Scheme
    schooling: Schooling
    zone: ZoneInfo
    windows: tuple[Window, ...]
    findings: list[Finding]
    possible: list[Possible]
    grades: tuple[int, ...]
    """That the school has or may have."""


def preview(
    scheme: Scheme,
    schooling: Schooling,
    zone: ZoneInfo,
    windows: tuple[Window, ...],
    at: datetime,
    grades: Sequence[int] = (),
) -> Preview:
    """Check a timetable of these grades (empty: of the school's stage), and ask it who may do what (SH-01, X-02)."""
    asked, having = windows_of(windows), grades or schooling.grades
    findings = check(scheme, asked, grades=having)
    all_grades = tuple(sorted({*schooling.grades, *having}))
    return Preview(scheme, schooling, zone, windows, findings, possible(scheme, asked, at, having), all_grades)


def possible(scheme: Scheme, windows: Sequence[SchemeWindow], at: datetime, grades: Sequence[int] = ()) -> list[Possible]:
    """Who may do what; for each grade on its own where the timetable or the scheme tells them apart (SH-01)."""
    differ = any(window.grades for window in windows) or any(
        operation.grades or operation.by_grade for operation in scheme.timing.operations
    )
    return who(scheme, windows, at, planned_grades(scheme, windows, grades) if differ else ())


def working_days(preview: Preview, window: Window) -> int:
    """How many working days a window lasts: publicity needs some (X-02)."""
    if window.starts >= window.ends:
        return 0
    return preview.scheme.calendar.working_days(window.starts, window.ends, preview.zone)


def holidays(preview: Preview) -> tuple[Holiday, ...]:
    """The holidays of the timetable's time and some weeks around it, for the axis of the planner (X-02)."""
    moments = [at for window in preview.windows for at in (window.starts, window.ends)]
    if not moments:
        return ()
    first, last = min(moments).astimezone(preview.zone).date(), max(moments).astimezone(preview.zone).date()
    return preview.scheme.calendar.between(first - _AROUND, last + _AROUND)


def holiday_sources(preview: Preview) -> tuple[str, ...]:
    """The notices that the working days of the timetable are from (X-02)."""
    moments = [at for window in preview.windows for at in (window.starts, window.ends)]
    return preview.scheme.calendar.sources_of(min(moments), max(moments), preview.zone) if moments else ()
