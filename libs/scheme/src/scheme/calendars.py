"""Working days: holidays and make-up workdays (调休) as data per region and year, and what is counted with them. Pure.

A region's file changes the days of the national calendar that it names; every other day stays. A year without a file is
unknown: Monday to Friday are its working days, and whoever counts says so.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Self
from zoneinfo import ZoneInfo

from pydantic import Field, model_validator

from scheme.base import ContentError, Id, Model, Text

NATIONAL = "cn"
"""The calendar of the country, which the others change."""
_LAST_MINUTE = time(23, 59, 59)


class Holiday(Model):
    """A holiday from its first day to its last, and the weekend days on which people work for it (调休).

    A region that works on a national holiday names only `workdays`.
    """

    title: Text
    first: date | None = None
    last: date | None = None
    workdays: tuple[date, ...] = ()

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if (self.first is None) != (self.last is None):
            raise ContentError(
                "needs first and last, or neither", "只写了第一天或最后一天", "请把 first 和 last 都写上", "first"
            )
        if self.first and self.last and not self.first <= self.last <= self.first + timedelta(days=60):
            raise ContentError(
                "last must be on or after first, by 60 days at most",
                "最后一天早于第一天，或相隔太久",
                "请检查 first 和 last",
                "last",
            )
        if both := set(self.days()) & set(self.workdays):
            raise _both_kinds(min(both), "workdays")
        return self

    def days(self) -> Iterator[date]:
        """Every day of the holiday."""
        if self.first is not None and self.last is not None:
            yield from (self.first + timedelta(days=n) for n in range((self.last - self.first).days + 1))


def _both_kinds(day: date, key: str) -> ContentError:
    return ContentError(f"{day} is a holiday and a workday", f"{day}既是放假又是上班", "请只保留一处", key)


class CalendarYear(Model):
    """A file of `calendars/<region>/<year>.yaml`. source: the notice that it was taken from."""

    region: Id
    year: int = Field(ge=2000, le=2100)
    source: Text
    holidays: tuple[Holiday, ...]

    @model_validator(mode="after")
    def _of_this_year(self) -> Self:
        for day in (day for one in self.holidays for day in (*one.days(), *one.workdays)):
            if abs((day - date(self.year, 7, 1)).days) > 220:  # New Year's holiday may begin in December
                raise ContentError(
                    f"{day} is not a day of {self.year}", f"{day}不是{self.year}年的日子", "请检查年份", "holidays"
                )
        rest = {day for one in self.holidays for day in one.days()}
        for one in self.holidays:
            if both := rest & set(one.workdays):
                raise _both_kinds(min(both), "holidays")
        return self


@dataclass(frozen=True, slots=True)
class Calendar:
    """Working days: `holidays` are days without work, `workdays` are weekend days with work (调休), `years` those whose
    arrangement is known."""

    holidays: frozenset[date] = field(default_factory=frozenset)
    workdays: frozenset[date] = field(default_factory=frozenset)
    years: frozenset[int] = field(default_factory=frozenset)
    named: tuple[Holiday, ...] = ()
    sources: tuple[tuple[int, str], ...] = ()
    """The years, and the notices that they are from."""

    def working(self, day: date) -> bool:
        """Whether this is a working day."""
        return day in self.workdays or (day.weekday() < 5 and day not in self.holidays)

    def working_days(self, starts: datetime, ends: datetime, zone: ZoneInfo) -> int:
        """The number of working days from `starts` to `ends` (not included); parts of a day count."""
        day, last = _days(starts, ends, zone)
        return sum(self.working(day + timedelta(days=n)) for n in range((last - day).days + 1))

    def end_after(self, since: datetime, days: int, zone: ZoneInfo) -> datetime:
        """The end of the last of so many working days; the day of `since` is not counted. Aware, UTC."""
        day = since.astimezone(zone).date()
        while days > 0:
            day += timedelta(days=1)
            days -= self.working(day)
        return datetime.combine(day, _LAST_MINUTE, zone).astimezone(UTC)

    def unknown_years(self, starts: datetime, ends: datetime, zone: ZoneInfo) -> tuple[int, ...]:
        """The years of this time whose arrangement is not known, in order."""
        day, last = _days(starts, ends, zone)
        return tuple(year for year in range(day.year, last.year + 1) if year not in self.years)

    def sources_of(self, starts: datetime, ends: datetime, zone: ZoneInfo) -> tuple[str, ...]:
        """The notices that the working days of this time are from."""
        first, last = _days(starts, ends, zone)
        return tuple(source for year, source in self.sources if first.year <= year <= last.year)

    def between(self, first: date, last: date) -> tuple[Holiday, ...]:
        """The holidays that touch these days, or whose make-up workdays lie there, in order."""
        return tuple(one for one in self.named if any(first <= day <= last for day in (*one.days(), *one.workdays)))


def _days(starts: datetime, ends: datetime, zone: ZoneInfo) -> tuple[date, date]:
    return starts.astimezone(zone).date(), (ends - timedelta(microseconds=1)).astimezone(zone).date()


def calendar_of(years: Iterable[CalendarYear], region: str = NATIONAL) -> Calendar:
    """The calendar of a region: what it says of a day comes before what the country says."""
    own: list[CalendarYear] = [one for one in years if one.region in {NATIONAL, region}]
    works: dict[date, bool] = {}
    named: list[Holiday] = []
    for one in sorted(own, key=_national_first):
        for holiday in one.holidays:
            works |= dict.fromkeys(holiday.days(), False) | dict.fromkeys(holiday.workdays, True)
            named.append(holiday)
    return Calendar(
        frozenset(day for day, work in works.items() if not work),
        frozenset(day for day, work in works.items() if work),
        frozenset(one.year for one in own),
        tuple(sorted((one for one in named if one.first), key=_first_day)),
        tuple(sorted((one.year, one.source) for one in own)),
    )


def _national_first(one: CalendarYear) -> tuple[bool, int]:
    return one.region != NATIONAL, one.year


def _first_day(one: Holiday) -> date:
    return one.first or date.min
