"""The terms of all schools of a district, city or province in numbers, for progress above schools (NR-04).

A service keeps the counter `school_terms` by triggers of its own tables. A period is the school year and number of a term. The
item `starts|<day>` says at how many schools it begins on that day; a service adds items of its own.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from servicekit import counters
from servicekit.db import Tx

COUNTER = "school_terms"


@dataclass(frozen=True)
class SchoolTerms:
    """A term at the schools of an organisation, and how many of each item it has."""

    path: str
    school_year: str
    number: int
    items: Mapping[str, int]

    @property
    def schools(self) -> int:
        """How many schools have the term."""
        return sum(count for item, count in self.items.items() if item.startswith("starts|"))

    def at_most(self, what: str, value: str) -> int:
        """How many there are of `what`, with a value up to this one in the order of text: days and times."""
        parts = [(item.partition("|"), count) for item, count in self.items.items()]
        return sum(count for (name, _, found), count in parts if name == what and found <= value)

    def begun(self, today: date) -> int:
        """At how many schools it has begun."""
        return self.at_most("starts", today.isoformat())


async def at(tx: Tx, path: str) -> list[SchoolTerms]:
    """The terms that the schools of an organisation have, oldest first."""
    return [_of(path, period, items) for period, items in (await counters.spans(tx, COUNTER, path, "")).items()]


async def below(tx: Tx, term: SchoolTerms) -> list[SchoolTerms]:
    """The same term at the schools of each organisation directly below."""
    period = f"{term.school_year}|{term.number}"
    found = await counters.below(tx, COUNTER, period, term.path)
    return [one for path, items in found.items() if (one := _of(path, period, items)).schools]


def _of(path: str, period: str, items: Mapping[str, int]) -> SchoolTerms:
    school_year, _, number = period.partition("|")
    return SchoolTerms(path, school_year, int(number), items)


def shown(terms: Sequence[SchoolTerms], today: date, school_year: str | None, number: int | None) -> SchoolTerms | None:
    """The term that progress above schools is about: of those that are named, or of all, the newest that has begun at some
    school; else the first one to come; None: there is none."""
    named = [one for one in terms if one.schools and school_year in (None, one.school_year) and number in (None, one.number)]
    named.sort(key=lambda one: (one.school_year, one.number))
    begun = [one for one in named if one.begun(today)]
    return begun[-1] if begun else next(iter(named), None)
