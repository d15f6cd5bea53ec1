"""Which time counts of a school year that a student repeated (BJ-04). Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

type Times = Literal["first", "last"]


@dataclass(frozen=True)
class AttendedTerm:
    """A term, and the grade in which the student spent it; None: not known."""

    term_id: UUID
    grade: int | None
    school_year: str


def counting_year(times: Times, school_years: Iterable[str]) -> str:
    """The school year that counts of those in which a student was in one grade, `2025-2026`; empty: there is none."""
    return (min if times == "first" else max)(school_years, default="")


def terms_not_counting(times: Times, attended: Iterable[AttendedTerm]) -> frozenset[UUID]:
    """The terms of the other time that the student was in the same grade."""
    terms = [term for term in attended if term.grade is not None]
    counts = {
        grade: counting_year(times, [term.school_year for term in terms if term.grade == grade])
        for grade in {term.grade for term in terms}
    }
    return frozenset(term.term_id for term in terms if term.school_year != counts[term.grade])
