"""A school's term as publicity heard of it: its timetable, its scheme, and who may do what when (X-13)."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from uuid import UUID

from contracts.base import Window as SentWindow
from scheme import Allowed, Refused, Scheme, Window, allowed
from scheme.operations import edge_at
from servicekit.timetable import grade_of, refusal_of, scheme_name, windows_of


@dataclass(frozen=True)
class Term:
    """`opened_at` and `closed_at` say what was done already; the timetable says what is to be."""

    id: UUID
    path: str
    title: str
    school_year: str
    number: int
    windows: tuple[SentWindow, ...]
    version: int
    scheme: Scheme
    opened_at: datetime | None = None
    closed_at: datetime | None = None

    @property
    def scheme_name(self) -> str:
        """Scheme and version, as refusals tell them."""
        return scheme_name(self.scheme)

    @cached_property
    def timetable(self) -> tuple[Window, ...]:
        """The windows as the scheme package reads them."""
        return windows_of(self.windows)

    def grade(self, path: str) -> int | None:
        """The school year of this class in this term; None: not known."""
        return grade_of(self.scheme, path, self.school_year)

    @cached_property
    def opens_at(self) -> datetime | None:
        """When publicity begins; None where the scheme or the timetable has none."""
        return publicity_edge(self.scheme, self.timetable, "starts")

    @cached_property
    def closes_at(self) -> datetime | None:
        """When the last publicity window ends."""
        return publicity_edge(self.scheme, self.timetable, "ends")

    def over(self, now: datetime) -> bool:
        """Is publicity over for good?"""
        return self.closes_at is not None and self.closes_at <= now

    def published(self, now: datetime, path: str | None = None) -> bool:
        """Is the board open at this moment for anybody, for entries of this class?"""
        operation, grade = self.scheme.timing.publicity_operation, self.grade(path or self.path)
        return operation is not None and any(
            window.concerns(operation, grade=grade) and window.starts <= now < window.ends for window in self.timetable
        )

    def ask(self, operation: str, roles: Collection[str], now: datetime, path: str) -> Allowed | Refused:
        """May these roles do it now for a student of this class?"""
        return allowed(self.scheme, self.timetable, operation, roles, now, grade=self.grade(path))

    def need(self, operation: str, roles: Collection[str], now: datetime, rule: str, path: str) -> None:
        """Refuse with the window, the scheme and who can help, unless these roles may do it now (X-13)."""
        answer = self.ask(operation, roles, now, path)
        if isinstance(answer, Refused):
            raise refusal_of(self.scheme, answer, rule)


def publicity_edge(scheme: Scheme, windows: tuple[Window, ...], which: str) -> datetime | None:
    """The first start or the last end of the publicity windows."""
    operation = scheme.timing.publicity_operation
    return None if operation is None else edge_at(windows, f"{operation}.{which}")
