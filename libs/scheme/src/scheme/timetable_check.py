"""The check of a timetable (X-02): what is wrong with the windows of a term, in Chinese for the school. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import combinations
from typing import Literal

from scheme.calendars import Calendar
from scheme.kinds import applies_to_grade
from scheme.operations import Operation, Window, edge_at
from scheme.results import ScoredResult
from scheme.scheme import Scheme


@dataclass(frozen=True, slots=True)
class Remedy:
    """One change that ends a finding: the window with this index starts or ends at another time. `says`: in Chinese."""

    window: int
    edge: Literal["starts", "ends"]
    at: datetime
    says: str


@dataclass(frozen=True, slots=True)
class Finding:
    """What there is to say of a timetable. An `error` must be corrected, a `warning` may be intended, a `note` is no problem.

    windows: indexes in the checked list; rule: the id of the rule; remedies: changes of one window, each of which ends it.
    """

    severity: Literal["error", "warning", "note"]
    code: str
    message: str
    windows: tuple[int, ...] = ()
    rule: str = "X-02"
    remedies: tuple[Remedy, ...] = field(default=(), compare=False)


def check(
    scheme: Scheme,
    windows: Sequence[Window],
    *,
    calendar: Calendar | None = None,
    grades: Sequence[int] = (),
    last_term: bool = False,
) -> list[Finding]:
    """All problems of a timetable, in which each grade is checked alone (SH-01).

    calendar: None: the scheme's. grades: the school years that the school has; empty: all of the stage. A timetable whose
    every window names its grades is one of those grades only: the others need not be planned yet.
    """
    planned = planned_grades(scheme, windows, grades)
    found = list(_each_window(scheme, windows))
    found += _overlaps(scheme, windows)
    found += _missing(scheme, windows, planned, last_term)
    for grade in planned:
        found += _out_of_order(scheme, windows, grade)
    found += _never_open(scheme, windows, planned)
    found += _too_short(scheme, windows, calendar or scheme.calendar)
    found += _unknown_years(scheme, windows, calendar or scheme.calendar)
    return list(dict.fromkeys(found))


def planned_grades(scheme: Scheme, windows: Sequence[Window], grades: Sequence[int] = ()) -> tuple[int, ...]:
    """The grades that a timetable is about, in order: those that its windows name, or, where one concerns every grade, all
    of the school (`grades`; empty: of the stage)."""
    if windows and all(window.grades for window in windows):
        return tuple(sorted({grade for window in windows for grade in window.grades}))
    return tuple(sorted(grades)) or scheme.grades


def _of_grades(grades: Sequence[int]) -> str:
    return f"{'、'.join(str(grade) for grade in grades)}年级"


def _name(operation: Operation, window: Window | None = None) -> str:
    grades = f"（{_of_grades(window.grades)}）" if window and window.grades else ""
    return f"“{operation.title}”{grades}"


def _each_window(scheme: Scheme, windows: Sequence[Window]) -> Iterator[Finding]:
    for index, window in enumerate(windows):
        operation = scheme.find_operation(window.operation)
        if operation is None:
            message = f"方案中没有“{window.operation}”这项操作"
            yield Finding("error", "unknown_operation", message, (index,))
            continue
        if all(operation.at(grade).window == "none" for grade in window.grades or scheme.grades):
            yield Finding("error", "no_own_window", f"{_name(operation)}不单独安排时间", (index,))
        if window.starts >= window.ends:
            yield Finding("error", "ends_before_start", f"{_name(operation, window)}的结束时间不晚于开始时间", (index,))
        wrong_roles = [role for role in window.roles if role not in operation.roles]
        if wrong_roles:
            who = "、".join(scheme.role_title(role) for role in wrong_roles)
            yield Finding("error", "not_their_operation", f"{who}不能进行{_name(operation)}", (index,))


def _overlaps(scheme: Scheme, windows: Sequence[Window]) -> Iterator[Finding]:
    """Two windows for the same people at the same time contradict each other."""
    for (i, first), (j, second) in combinations(enumerate(windows), 2):
        operation = scheme.find_operation(first.operation)
        if operation is None or first.operation != second.operation:
            continue
        same_roles = not first.roles or not second.roles or set(first.roles) & set(second.roles)
        same_grades = not first.grades or not second.grades or set(first.grades) & set(second.grades)
        if same_roles and same_grades and first.starts < second.ends and second.starts < first.ends:
            yield Finding("error", "overlap", f"{_name(operation)}有两段时间重叠，截止时间互相矛盾", (i, j))


def _missing(scheme: Scheme, windows: Sequence[Window], grades: Sequence[int], last_term: bool) -> Iterator[Finding]:
    """Operations without a window. The message names the grades that lack it, unless all do that have the operation."""
    for operation in scheme.operations_in(last_term):
        having = [grade for grade in grades if applies_to_grade(operation.grades, grade)]
        needing = [grade for grade in having if operation.at(grade).window == "required"]
        for role in operation.roles:
            lacking = [grade for grade in needing if not any(window.concerns(operation.id, role, grade) for window in windows)]
            if lacking:
                where = f"{_of_grades(lacking)}的" if lacking != having else ""
                message = f"尚未给{where}{scheme.role_title(role)}安排{_name(operation)}的时间"
                yield Finding("error", "missing", message)


def _never_open(scheme: Scheme, windows: Sequence[Window], grades: Sequence[int]) -> Iterator[Finding]:
    """Windows in which the operation is not possible, because limits that other operations set leave nothing of them."""
    for index, window in enumerate(windows):
        operation = scheme.find_operation(window.operation)
        if operation is None or window.starts >= window.ends:
            continue
        shut = [
            grade for grade in grades if applies_to_grade(window.grades, grade) and _is_shut(windows, operation, window, grade)
        ]
        if shut:
            message = f"“{operation.title}”（{_of_grades(shut)}）在安排的时间里不能进行，请提前或推迟"
            yield Finding("warning", "never_open", message, (index,))


def _is_shut(windows: Sequence[Window], operation: Operation, window: Window, grade: int) -> bool:
    limits = operation.at(grade)
    if limits.window == "none":
        return False
    lower = edge_at(windows, limits.not_before, grade) if limits.not_before else None
    upper = edge_at(windows, limits.not_after, grade) if limits.not_after else None
    return (upper is not None and upper <= window.starts) or (lower is not None and lower >= window.ends)


def _out_of_order(scheme: Scheme, windows: Sequence[Window], grade: int) -> Iterator[Finding]:
    having = {operation.id for operation in scheme.timing.operations if applies_to_grade(operation.grades, grade)}
    for rule in scheme.timing.precedences:
        if not {rule.earlier.partition(".")[0], rule.later.partition(".")[0]} <= having:
            continue
        earlier, later = edge_at(windows, rule.earlier, grade), edge_at(windows, rule.later, grade)
        if earlier is None or later is None or earlier <= later:
            continue
        names = {rule.earlier.partition(".")[0], rule.later.partition(".")[0]}
        indexes = tuple(
            i for i, window in enumerate(windows) if window.operation in names and applies_to_grade(window.grades, grade)
        )
        moves = ((rule.earlier, later), (rule.later, earlier))
        remedies = tuple(found for edge, at in moves for found in _moved(scheme, windows, edge, at, grade))
        yield Finding("error", "out_of_order", rule.says, indexes, rule.rule, remedies)


def _moved(scheme: Scheme, windows: Sequence[Window], edge: str, at: datetime, grade: int) -> Iterator[Remedy]:
    """Moving the edge of an operation's windows to `at`, if only one window makes the edge and lasts after that."""
    name, _, which = edge.partition(".")
    own = [i for i, window in enumerate(windows) if window.concerns(name, grade=grade)]
    if which == "starts":
        first = min(windows[i].starts for i in own)
        makers = [i for i in own if windows[i].starts < at] if first < at else [i for i in own if windows[i].starts == first]
    else:
        last = max(windows[i].ends for i in own)
        makers = [i for i in own if windows[i].ends > at] if last > at else [i for i in own if windows[i].ends == last]
    if len(makers) == 1:
        yield from _remedy(scheme, windows, makers[0], "starts" if which == "starts" else "ends", at)


def _remedy(
    scheme: Scheme, windows: Sequence[Window], index: int, edge: Literal["starts", "ends"], at: datetime
) -> Iterator[Remedy]:
    window = windows[index]
    lasts = at < window.ends if edge == "starts" else window.starts < at
    operation = scheme.find_operation(window.operation)
    if lasts and operation is not None:
        local = at.astimezone(scheme.zone)
        what = "开始" if edge == "starts" else "结束"
        yield Remedy(index, edge, at, f"{_name(operation, window)}{what}改到{local.month}月{local.day}日 {local:%H:%M}")


def _too_short(scheme: Scheme, windows: Sequence[Window], calendar: Calendar) -> Iterator[Finding]:
    for index, window in enumerate(windows):
        operation = scheme.find_operation(window.operation)
        minimum = _least_days(scheme, window.operation)
        if operation is None or not minimum or window.starts >= window.ends:
            continue
        days = calendar.working_days(window.starts, window.ends, scheme.zone)
        if days < minimum:
            message = f"{_name(operation, window)}只有{days}个工作日，少于{minimum}个工作日"
            remedies = tuple(_lengthened(scheme, windows, index, calendar, minimum))
            yield Finding("warning", "publicity_too_short", message, (index,), remedies=remedies)


def _least_days(scheme: Scheme, operation: str) -> int:
    """How many working days the windows of an operation last at least: those of publicity, and of steps of it; else 0."""
    publicity = scheme.result.publicity if isinstance(scheme.result, ScoredResult) else None
    steps = publicity.steps if publicity is not None else ()
    found = [step.working_days for step in steps if step.operation == operation]
    if operation == scheme.timing.publicity_operation:
        found.append(scheme.timing.min_publicity_working_days)
        found.append(sum(step.working_days for step in scheme.board.steps))
    return max(found, default=0)


def _unknown_years(scheme: Scheme, windows: Sequence[Window], calendar: Calendar) -> Iterator[Finding]:
    """Windows of publicity in a year whose holidays are not known: their working days may be fewer."""
    for index, window in enumerate(windows):
        if not _least_days(scheme, window.operation):
            continue
        if window.starts < window.ends and (years := calendar.unknown_years(window.starts, window.ends, scheme.zone)):
            named = "、".join(f"{year}年" for year in years)
            message = f"{named}的放假安排还没有录入，暂按周一至周五都上班计算工作日，请留意节假日和调休"
            yield Finding("note", "calendar_unknown", message, (index,))


def _lengthened(scheme: Scheme, windows: Sequence[Window], index: int, calendar: Calendar, days: int) -> Iterator[Remedy]:
    """Ending the window later, or starting it earlier, so that it lasts so many working days."""
    starts, ends = windows[index].starts, windows[index].ends
    later, earlier = ends, starts
    for _ in range(400):
        if calendar.working_days(starts, later, scheme.zone) >= days:
            yield from _remedy(scheme, windows, index, "ends", later)
            break
        later += timedelta(days=1)
    for _ in range(400):
        if calendar.working_days(earlier, ends, scheme.zone) >= days:
            yield from _remedy(scheme, windows, index, "starts", earlier)
            break
        earlier -= timedelta(days=1)
