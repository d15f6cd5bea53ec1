"""Windows and grades of a term as the scheme library needs them.

Use cases ask a `servicekit.directory.Term`.
"""

import re
from collections.abc import Iterable

from contracts.base import LEVELS
from contracts.base import Window as TermWindow
from scheme import Scheme, Schooling, Window

_COHORT = re.compile(r"g(\d{4})(?:_([a-z][a-z_]*))?")
"""The label of a grade: its year of entry, and its stage where that is not the school's first one (g2026, g2026_primary)."""


def windows_of(windows: Iterable[TermWindow]) -> tuple[Window, ...]:
    """The windows of a term event as the scheme library takes them."""
    return tuple(
        Window(operation=w.operation, roles=w.roles, starts=w.starts, ends=w.ends, grades=tuple(map(int, w.grades)))
        for w in windows
    )


def entry_year_of(path: str) -> int | None:
    """The year in which a class or grade entered its school: 2025 for `jx.nc.dh.s1.g2025.c01`. None: its path does not say."""
    cohort = _cohort(path)
    return None if cohort is None else int(cohort[1])


def _cohort(path: str) -> re.Match[str] | None:
    labels, position = path.split("."), LEVELS.index("grade") - 1
    return _COHORT.fullmatch(labels[position]) if len(labels) > position else None


def stage_of(path: str) -> str | None:
    """The stage that a grade or class path names; None: the first one of its school, which has no other or keeps it unnamed."""
    cohort = _cohort(path)
    return None if cohort is None else cohort[2]


def schooling_in(scheme: Scheme, first: Schooling, path: str) -> Schooling:
    """The stage of a class in a school whose first stage is `first`. Never fails: old classes stay readable."""
    stage = stage_of(path)
    if stage is None or stage == first.stage:
        return first
    found = scheme.find_schoolings(first.stage, first.years, [stage]) or ()
    apart = scheme.find_schooling(stage, None)
    return next((one for one in found if one.stage == stage), apart or first)


def grade_of(schooling: Schooling, path: str, school_year: str) -> int | None:
    """Grade of a class path in this stage and length, which is the class's own (`schooling_in`): `jx.nc.dh.s1.g2025.c01` in
    `2026-2027` is 11 where the first grade is 10. None: not known."""
    entered = entry_year_of(path)
    return None if entered is None else schooling.grade(entered, school_year)


def is_last_term(schooling: Schooling, grade: int | None, number: int) -> bool | None:
    """Is this term, counted in its school year from 1, the last of the stage for this grade (CS-01)? None if the grade is not
    known."""
    return None if grade is None else schooling.is_last_term(grade, number)


def scheme_name(scheme: Scheme) -> str:
    """How refusals name a scheme: `jiangxi@2026.1`."""
    return f"{scheme.id}@{scheme.version}"
