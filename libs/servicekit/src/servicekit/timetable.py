"""Windows and grades of a term as the scheme library needs them.

Use cases ask a `servicekit.directory.Term`.
"""

import re
from collections.abc import Iterable

from contracts.base import LEVELS
from contracts.base import Window as TermWindow
from scheme import Scheme, Schooling, Window

_COHORT = re.compile(r"g(\d{4})")


def windows_of(windows: Iterable[TermWindow]) -> tuple[Window, ...]:
    """The windows of a term event as the scheme library takes them."""
    return tuple(
        Window(operation=w.operation, roles=w.roles, starts=w.starts, ends=w.ends, grades=tuple(map(int, w.grades)))
        for w in windows
    )


def entry_year_of(path: str) -> int | None:
    """The year in which a class or grade entered its school: 2025 for `jx.nc.dh.s1.g2025.c01`. None: its path does not say."""
    labels, position = path.split("."), LEVELS.index("grade") - 1
    cohort = _COHORT.fullmatch(labels[position]) if len(labels) > position else None
    return None if cohort is None else int(cohort[1])


def grade_of(schooling: Schooling, path: str, school_year: str) -> int | None:
    """Grade of a class path in a school of this stage and length: `jx.nc.dh.s1.g2025.c01` in `2026-2027` is 11 where the first
    grade is 10. None: not known."""
    entered = entry_year_of(path)
    return None if entered is None else schooling.grade(entered, school_year)


def is_last_term(schooling: Schooling, grade: int | None, number: int) -> bool | None:
    """Is this term, counted in its school year from 1, the last of the stage for this grade (CS-01)? None if the grade is not
    known."""
    return None if grade is None else schooling.is_last_term(grade, number)


def scheme_name(scheme: Scheme) -> str:
    """How refusals name a scheme: `jiangxi@2026.1`."""
    return f"{scheme.id}@{scheme.version}"
