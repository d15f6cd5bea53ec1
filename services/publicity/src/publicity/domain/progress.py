"""The terms of all schools of a district, city or province, in numbers. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True)
class TermTimes:
    """A term at the schools of an organisation: how many of them begin it on which day, and open its board at which time."""

    path: str
    school_year: str
    number: int
    starts: Mapping[date, int]
    opens: Mapping[datetime, int]

    @property
    def schools(self) -> int:
        """How many schools have the term."""
        return sum(self.starts.values())

    def begun(self, today: date) -> int:
        """At how many it has begun."""
        return sum(count for day, count in self.starts.items() if day <= today)

    def opened(self, now: datetime) -> int:
        """How many have opened its board, also if it is closed again."""
        return sum(count for at, count in self.opens.items() if at <= now)


def shown_term(terms: Sequence[TermTimes], today: date, school_year: str | None, number: int | None) -> TermTimes | None:
    """The term that progress above schools is about: of those that are named, or of all, the newest that has begun at some
    school; else the first one to come; None: there is none. As in the progress of records."""
    named = [one for one in terms if one.schools and school_year in (None, one.school_year) and number in (None, one.number)]
    named.sort(key=lambda one: (one.school_year, one.number))
    begun = [one for one in named if one.begun(today)]
    return begun[-1] if begun else next(iter(named), None)
