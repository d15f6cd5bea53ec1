"""Scheduling terms: the scheme checks the timetable; errors are refused, warnings returned (SH-01, X-02)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from contracts.base import Window, level_of
from contracts.records import TermChangedV1, TermScheduledV1
from scheme import Finding, Scheme, check
from servicekit.ids import new_id
from servicekit.refusals import Refusal, declare
from servicekit.timetable import scheme_name, windows_of

from records.domain.term import Term

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


def windows_for(scheme: Scheme, plan: Plan, zone: ZoneInfo) -> tuple[Window, ...]:
    """The plan's windows, or the usual ones of the scheme in the school's time zone."""
    if plan.windows is not None:
        return plan.windows
    usual = scheme.timing.lay_out(plan.starts_on, zone)
    return tuple(
        Window(operation=w.operation, starts=w.starts, ends=w.ends, roles=w.roles, grades=tuple(map(str, w.grades)))
        for w in usual
    )


def checked_timetable(scheme: Scheme, windows: Sequence[Window]) -> list[Finding]:
    """The warnings of the timetable check; refuses with all errors if there are any (X-02)."""
    findings = check(scheme, windows_of(windows))
    wrong = [finding for finding in findings if finding.severity == "error"]
    if wrong:
        errors = [
            {"field": field, "message": f.message, "type": f.code, "rule": f.rule}
            for f in wrong
            for field in [f"windows.{number}" for number in f.windows] or ["windows"]
        ]
        raise Refusal("timetable_unsound", rule="X-02", scheme=scheme_name(scheme), errors=errors, detail=wrong[0].message)
    return findings


def need_school(path: str) -> None:
    """Refuse organisations that are not schools."""
    if level_of(path) != "school":
        raise Refusal("invalid_input", rule="SH-01", errors=[{"field": "path", "message": "学期由学校建立"}])


def scheduled(path: str, plan: Plan, scheme: Scheme, zone: ZoneInfo) -> TermScheduledV1:
    """The event of a new term."""
    return TermScheduledV1(
        term_id=new_id(), path=path, title=plan.title, school_year=plan.school_year, number=plan.number,
        scheme_id=scheme.id, scheme_version=scheme.version, time_zone=zone.key, starts_on=plan.starts_on,
        ends_on=plan.ends_on, windows=windows_for(scheme, plan, zone), version=1,
    )  # fmt: skip


def changed(term: Term, windows: tuple[Window, ...], reason: str) -> TermChangedV1:
    """The event of a changed timetable: the term's version is one higher."""
    return TermChangedV1(
        term_id=term.id, path=term.path, title=term.title, school_year=term.school_year, number=term.number,
        scheme_id=term.scheme.id, scheme_version=term.scheme.version, time_zone=term.zone.key, starts_on=term.starts_on,
        ends_on=term.ends_on, windows=windows, version=term.version + 1, reason=reason,
    )  # fmt: skip
