"""Windows and grades of a term as the scheme library needs them.

Use cases ask a `servicekit.directory.Term`.
"""

import re
from collections.abc import Iterable

from contracts.base import LEVELS
from contracts.base import Window as TermWindow
from scheme import Scheme, Window

_COHORT = re.compile(r"g(\d{4})")


def windows_of(windows: Iterable[TermWindow]) -> tuple[Window, ...]:
    """The windows of a term event as the scheme library takes them."""
    return tuple(
        Window(operation=w.operation, roles=w.roles, starts=w.starts, ends=w.ends, grades=tuple(map(int, w.grades)))
        for w in windows
    )


def grade_of(scheme: Scheme, path: str, school_year: str) -> int | None:
    """Grade (1 to 12) of a class path: `jx.nc.dh.s1.g2025.c01` in `2026-2027` is 11. None: not known."""
    labels, position = path.split("."), LEVELS.index("grade") - 1
    cohort = _COHORT.fullmatch(labels[position]) if len(labels) > position else None
    if cohort is None or not school_year[:4].isdigit():
        return None
    last = scheme.last_grade
    first = last - scheme.terms_in_stage // 2 + 1
    grade = first + int(school_year[:4]) - int(cohort[1])
    return grade if first <= grade <= last else None


def is_last_term(scheme: Scheme, grade: int | None, number: int) -> bool | None:
    """Is term `number` (1 or 2) of this grade the last of the stage (CS-01)? None if the grade is not known."""
    return None if grade is None else grade == scheme.last_grade and number == 2


def scheme_name(scheme: Scheme) -> str:
    """How refusals name a scheme: `jiangxi@2026.1`."""
    return f"{scheme.id}@{scheme.version}"
