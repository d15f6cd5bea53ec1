"""Questions to a timetable: may this role do this now, until when, and is the timetable sound (X-02, X-13).

Pure: the windows of the term and the moment come from the caller.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from scheme.kinds import Silence, term_fits
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


@dataclass(frozen=True, slots=True)
class Opening:
    """A stretch of time in which an operation is open. None: no bound on that side."""

    starts: datetime | None
    ends: datetime | None
    window: Window | None


@dataclass(frozen=True, slots=True)
class Allowed:
    """Yes, until `until` (None: no end is set)."""

    window: Window | None
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Refused:
    """No, and why (X-13): `code` is stable, `message` is Chinese, `window` the nearest one, `helper` a role to ask."""

    code: RefusalCode
    message: str
    operation: str
    window: Window | None = None
    next_opening: datetime | None = None
    helper: str | None = None


@dataclass(frozen=True, slots=True)
class Calendar:
    """Which days are worked: `holidays` are free weekdays, `workdays` are worked weekends (调休)."""

    holidays: frozenset[date] = field(default_factory=frozenset)
    workdays: frozenset[date] = field(default_factory=frozenset)

    def working(self, day: date) -> bool:
        """Whether schools work on this day."""
        return day in self.workdays or (day.weekday() < 5 and day not in self.holidays)

    def working_days(self, starts: datetime, ends: datetime, zone: ZoneInfo) -> int:
        """Working days touched by the stretch from `starts` to `ends` (not included)."""
        day, last = starts.astimezone(zone).date(), (ends - timedelta(microseconds=1)).astimezone(zone).date()
        return sum(self.working(day + timedelta(days=n)) for n in range((last - day).days + 1))


def openings(windows: Sequence[Window], operation: Operation, role: str, grade: int | None = None) -> list[Opening]:
    """When the operation is open for this role and grade, in order; empty when it never is."""
    source = operation.during or operation.id
    asked = None if operation.during else role
    found = [window for window in windows if window.concerns(source, asked, grade)]
    if not found and (operation.during or operation.window in {"required", "if_set"}):
        return []
    lower, upper = _BEGINNING, _END
    if operation.not_before is not None:
        edge = edge_at(windows, operation.not_before, grade)
        if edge is None:
            return []
        lower = edge
    if operation.not_after is not None:
        upper = edge_at(windows, operation.not_after, grade) or _END
    spans: list[tuple[datetime, datetime, Window | None]] = [(w.starts, w.ends, w) for w in found] or [(_BEGINNING, _END, None)]
    clipped = sorted(((max(s, lower), min(e, upper), w) for s, e, w in spans), key=lambda span: span[:2])
    return [Opening(None if s == _BEGINNING else s, None if e == _END else e, w) for s, e, w in clipped if s < e]


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
    """May this role do this operation at this moment? A window opens at `starts` and is closed at `ends`.

    role: one name, or all names that a card answers to (`administrator`, `school_administrator`).
    grade: school year of the student concerned; None does not look at grades. last_term: whether the term is the
    last of the stage; None does not look (CS-01). zone: the school's clock, in which times are told; None: the scheme's.
    """
    clock = zone or scheme.zone
    known = scheme.find_operation(operation)
    if known is None:
        return Refused("unknown_operation", "本方案没有这项操作", operation)
    names = {role} if isinstance(role, str) else set(role)
    acting = [name for name in known.roles if name in names]
    no = _outside(known, acting, grade, last_term)
    if no is not None:
        return no
    spans = sorted(
        (span for name in acting for span in openings(windows, known, name, grade)),
        key=lambda span: (span.starts or _BEGINNING, span.ends or _END),
    )
    for span in spans:
        if (span.starts is None or span.starts <= at) and (span.ends is None or at < span.ends):
            return Allowed(span.window, span.ends)
    coming = next((span for span in spans if span.starts is not None and span.starts > at), None)
    if coming is not None and coming.starts is not None:
        when = coming.starts.astimezone(clock)
        return Refused(
            "window_not_open",
            f"“{known.title}”尚未开放，{when:%Y-%m-%d %H:%M}开始",
            operation,
            coming.window,
            coming.starts,
            known.helper,
        )
    past = spans[-1] if spans else None
    if past is None or past.ends is None:
        return Refused("not_scheduled", f"本学期尚未安排“{known.title}”的时间", operation, helper=known.helper)
    when = past.ends.astimezone(clock)
    return Refused(
        "window_closed",
        f"“{known.title}”已于{when:%Y-%m-%d %H:%M}结束",
        operation,
        past.window,
        helper=known.helper,
    )


def _outside(operation: Operation, acting: list[str], grade: int | None, last_term: bool | None) -> Refused | None:
    if not acting:
        return Refused("not_your_role", f"您的身份不能进行“{operation.title}”", operation.id, helper=operation.helper)
    if grade is not None and operation.grades and grade not in operation.grades:
        return Refused("not_this_grade", f"该年级没有“{operation.title}”", operation.id, helper=operation.helper)
    if last_term is not None and not term_fits(operation.terms, last_term):
        return Refused("not_this_term", f"本学期没有“{operation.title}”", operation.id, helper=operation.helper)
    return None


@dataclass(frozen=True, slots=True)
class Possible:
    """One line of "who may do what now"."""

    operation: str
    role: str
    grade: int | None
    until: datetime | None


def who(scheme: Scheme, windows: Sequence[Window], at: datetime, grades: Sequence[int] = ()) -> list[Possible]:
    """Everything that is open at this moment, per role and grade: "who may do what at 16:01" (X-02)."""
    found: list[Possible] = []
    for operation in scheme.timing.operations:
        for role in operation.roles:
            for grade in grades or (None,):
                answer = allowed(scheme, windows, operation.id, role, at, grade=grade)
                if isinstance(answer, Allowed):
                    found.append(Possible(operation.id, role, grade, answer.until))
    return found


def silence_due(
    scheme: Scheme,
    windows: Sequence[Window],
    operation: str,
    role: str,
    since: datetime,
    silence: Silence,
    grade: int | None = None,
) -> datetime | None:
    """When silence takes effect for something waiting since `since` (SH-07); None: never.

    `after` counts from `since`; without it, it is the end of the window open then, or of the next one.
    """
    if silence.then == "nothing":
        return None
    if silence.after is not None:
        return since + silence.after
    known = scheme.find_operation(operation)
    spans = openings(windows, known, role, grade) if known else []
    return next((span.ends for span in spans if span.ends is not None and span.ends > since), None)
