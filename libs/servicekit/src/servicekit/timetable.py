"""Between events and the scheme: windows, grades from class paths, and refusals from the scheme's answers (X-13).

Use cases ask a `servicekit.directory.Term`.
"""

import re
from collections.abc import Iterable
from typing import Any

from contracts.base import LEVELS
from contracts.base import Window as TermWindow
from scheme import Refused, Scheme, Window

from servicekit.refusals import Refusal

_COHORT = re.compile(r"g(\d{4})")


def windows_of(windows: Iterable[TermWindow]) -> tuple[Window, ...]:
    """The windows of a term event as the scheme's questions want them."""
    return tuple(
        Window(operation=w.operation, roles=w.roles, starts=w.starts, ends=w.ends, grades=tuple(map(int, w.grades)))
        for w in windows
    )


def grade_of(scheme: Scheme, path: str, school_year: str) -> int | None:
    """School year 1 to 12 of a class path such as `jx.nc.dh.s1.g2025.c01` in `2026-2027` (11); None: not known."""
    labels, place = path.split("."), LEVELS.index("grade") - 1
    cohort = _COHORT.fullmatch(labels[place]) if len(labels) > place else None
    if cohort is None or not school_year[:4].isdigit():
        return None
    last = scheme.last_grade
    first = last - scheme.terms_in_stage // 2 + 1
    grade = first + int(school_year[:4]) - int(cohort[1])
    return grade if first <= grade <= last else None


def is_last_term(scheme: Scheme, grade: int | None, number: int) -> bool | None:
    """Is term `number` (1 or 2) of this grade the last of the stage (CS-01)? None where the grade is not known."""
    return None if grade is None else grade == scheme.last_grade and number == 2


def scheme_name(scheme: Scheme) -> str:
    """How refusals name a scheme: `jiangxi@2026.1`."""
    return f"{scheme.id}@{scheme.version}"


def refusal_of(scheme: Scheme, no: Refused, rule: str | None = None) -> Refusal:
    """The scheme's no as a refusal with window, rule, scheme version and who can help."""
    window: dict[str, Any] = {"operation": no.operation}
    if (known := scheme.find_operation(no.operation)) is not None:
        window["title"] = known.title
    if no.window is not None:
        window |= {"starts": no.window.starts, "ends": no.window.ends}
    window["next"] = no.next_opening
    return Refusal(
        "forbidden" if no.code == "not_your_role" else "window_closed",
        detail=no.message,
        rule=rule or f"timing.{no.operation}",
        window=window,
        scheme=scheme_name(scheme),
        help=f"请联系{scheme.role_title(no.helper)}" if no.helper else None,
        reason=no.code,
    )
