"""What a timetable allows: may this role do this operation at this time, and until when (X-02, X-13). Pure."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal
from zoneinfo import ZoneInfo

from scheme.kinds import Silence, applies_to_grade, applies_to_term
from scheme.operations import Operation, Window, edge_at
from scheme.scheme import Scheme

type RefusalCode = Literal[
    "unknown_operation",
    "not_your_role",
    "not_this_grade",
    "not_this_term",
    "not_scheduled",
    "window_not_open",
    "window_closed",
]

_BEGINNING = datetime.min.replace(tzinfo=UTC)
_END = datetime.max.replace(tzinfo=UTC)
"""Stand for "no limit" on that side of an opening."""


@dataclass(frozen=True, slots=True)
class Opening:
    """A period in which an operation is open; window: None where no window limits it."""

    starts: datetime
    ends: datetime
    window: Window | None


@dataclass(frozen=True, slots=True)
class Allowed:
    """The operation is possible until `until` (None: without end)."""

    window: Window | None
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Refused:
    """Why it is not possible (X-13): a stable code, a Chinese sentence, the nearest window, a role to ask."""

    code: RefusalCode
    message: str
    operation: str
    window: Window | None = None
    next_opening: datetime | None = None
    helper: str | None = None
    next_closing: datetime | None = None
    """The end of the period that begins at `next_opening`; None: without end, or there is none."""


def openings(windows: Sequence[Window], operation: Operation, role: str, grade: int | None = None) -> list[Opening]:
    """When the operation is open for this role and grade, in order; empty when it never is."""
    operation = operation.at(grade)
    source = operation.during or operation.id
    own = [window for window in windows if window.concerns(source, None if operation.during else role, grade)]
    if not own and (operation.during or operation.window in {"required", "if_set"}):
        return []
    lower, upper = _BEGINNING, _END
    if operation.not_before is not None:
        edge = edge_at(windows, operation.not_before, grade)
        if edge is None:
            return []
        lower = edge
    if operation.not_after is not None:
        upper = edge_at(windows, operation.not_after, grade) or _END
    found = [Opening(max(window.starts, lower), min(window.ends, upper), window) for window in own]
    return sorted((span for span in found or [Opening(lower, upper, None)] if span.starts < span.ends), key=_by_time)


def _by_time(span: Opening) -> tuple[datetime, datetime]:
    return span.starts, span.ends


def allowed(
    scheme: Scheme,
    windows: Sequence[Window],
    operation: str,
    role: str | Collection[str],
    at: datetime,
    *,
    grade: int | None = None,
    last_term: bool | None = None,
    zone: ZoneInfo | None = None,
) -> Allowed | Refused:
    """Whether this role may do this operation at this time. A window is open from `starts` until before `ends`.

    role: one name, or all names of a card's role (`administrator`, `school_administrator`). grade: the student's school
    year; None: not checked. last_term: whether the term is the last of the stage (CS-01); None: not checked.
    zone: the time zone of the times in messages; None: the scheme's.
    """
    zone = zone or scheme.zone
    known = scheme.find_operation(operation)
    if known is None:
        return Refused("unknown_operation", "本方案没有这项操作", operation)
    names = {role} if isinstance(role, str) else set(role)
    acting = [name for name in known.roles if name in names]
    refused = _not_for_them(known, acting, grade, last_term)
    if refused is not None:
        return refused
    spans = sorted((span for name in acting for span in openings(windows, known, name, grade)), key=_by_time)
    for span in spans:
        if span.starts <= at < span.ends:
            return Allowed(span.window, None if span.ends == _END else span.ends)
    coming = next((span for span in spans if span.starts > at), None)
    if coming is not None:
        message = f"“{known.title}”尚未开放，{coming.starts.astimezone(zone):%Y-%m-%d %H:%M}开始"
        closing = None if coming.ends == _END else coming.ends
        return Refused("window_not_open", message, operation, coming.window, coming.starts, known.helper, closing)
    if not spans:
        return Refused("not_scheduled", f"本学期尚未安排“{known.title}”的时间", operation, helper=known.helper)
    message = f"“{known.title}”已于{spans[-1].ends.astimezone(zone):%Y-%m-%d %H:%M}结束"
    return Refused("window_closed", message, operation, spans[-1].window, helper=known.helper)


def _not_for_them(operation: Operation, acting: list[str], grade: int | None, last_term: bool | None) -> Refused | None:
    if not acting:
        return Refused("not_your_role", f"您的身份不能进行“{operation.title}”", operation.id, helper=operation.helper)
    if not applies_to_grade(operation.grades, grade):
        return Refused("not_this_grade", f"该年级没有“{operation.title}”", operation.id, helper=operation.helper)
    if last_term is not None and not applies_to_term(operation.terms, last_term):
        return Refused("not_this_term", f"本学期没有“{operation.title}”", operation.id, helper=operation.helper)
    return None


@dataclass(frozen=True, slots=True)
class Possible:
    """An operation that a role may do now."""

    operation: str
    role: str
    grade: int | None
    until: datetime | None


def who(scheme: Scheme, windows: Sequence[Window], at: datetime, grades: Sequence[int] = ()) -> list[Possible]:
    """Every operation that is open at this time, per role and grade (X-02)."""
    found: list[Possible] = []
    for operation in scheme.timing.operations:
        for role in operation.roles:
            for grade in grades or (None,):
                answer = allowed(scheme, windows, operation.id, role, at, grade=grade)
                if isinstance(answer, Allowed):
                    found.append(Possible(operation.id, role, grade, answer.until))
    return found


def window_ends(windows: Sequence[Window], operation: Operation) -> set[datetime]:
    """Every time at which this operation closes for some role or grade."""
    grades = {grade for window in windows for grade in window.grades}
    return {
        span.ends
        for role in operation.roles
        for grade in (None, *grades)
        for span in openings(windows, operation, role, grade)
        if span.ends < _END
    }


def silence_due(
    scheme: Scheme,
    windows: Sequence[Window],
    operation: str,
    role: str,
    since: datetime,
    silence: Silence,
    grade: int | None = None,
    zone: ZoneInfo | None = None,
) -> datetime | None:
    """When `silence` takes effect on what waits since `since` (SH-07); None: never.

    That is `silence.after` later, or at the end of so many working days, or else at the end of the window that is open
    then, or of the next one. zone: the school's, for working days; None: the scheme's.
    """
    if silence.then == "nothing":
        return None
    if silence.after_working_days is not None:
        return scheme.calendar.end_after(since, silence.after_working_days, zone or scheme.zone)
    if silence.after is not None:
        return since + silence.after
    known = scheme.find_operation(operation)
    spans = openings(windows, known, role, grade) if known else []
    return next((span.ends for span in spans if since < span.ends < _END), None)
