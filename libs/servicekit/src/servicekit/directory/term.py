"""A school's term: its timetable, the scheme version it runs under, and who may do what when (X-13). Pure."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any, Self
from uuid import UUID
from zoneinfo import ZoneInfo

from contracts.base import Window
from contracts.records import TermEvent
from scheme import Allowed, Refused, Scheme, Schooling, allowed
from scheme import Window as SchemeWindow

from servicekit import context
from servicekit.refusals import Refusal, declare
from servicekit.timetable import grade_of, is_last_term, scheme_name, schooling_in, windows_of

declare("other_client", 409, "这项操作在当前设备上暂不提供")

CLIENTS = {"pc": "电脑端", "phone": "手机端"}


@dataclass(frozen=True)
class Term:
    """One term of one school.

    `complete` false: an upgrade copied the term from a table with fewer columns. Until the next event about it, the other
    values are neutral: `school_year` is empty, `number` 0, `starts_on` `date.min`, `ends_on` `date.max`,
    `time_zone` None (the scheme's counts).
    """

    id: UUID
    path: str
    title: str
    school_year: str
    number: int
    time_zone: str | None
    starts_on: date
    ends_on: date
    windows: tuple[Window, ...]
    version: int
    scheme: Scheme
    complete: bool = True
    stage: str | None = None
    years: int | None = None
    """The stage and length of the school, as they count for this term; None: the scheme's usual ones (BJ-12)."""

    @classmethod
    def from_event(cls, event: TermEvent, scheme: Scheme) -> Self:
        """The term as an event describes it."""
        return cls(
            id=event.term_id, path=event.path, title=event.title, school_year=event.school_year, number=event.number,
            time_zone=event.time_zone, starts_on=event.starts_on, ends_on=event.ends_on, windows=event.windows,
            version=event.version, scheme=scheme, stage=event.stage, years=event.years,
        )  # fmt: skip

    @property
    def scheme_name(self) -> str:
        """Scheme and version, as refusals name them: `jiangxi@2026.1`."""
        return scheme_name(self.scheme)

    @cached_property
    def zone(self) -> ZoneInfo:
        """The school's time zone: days begin and windows are shown in it."""
        return ZoneInfo(self.time_zone) if self.time_zone else self.scheme.zone

    @cached_property
    def timetable(self) -> tuple[SchemeWindow, ...]:
        """The windows as the scheme package reads them."""
        return windows_of(self.windows)

    def today(self, now: datetime) -> date:
        """The day it is at the school."""
        return now.astimezone(self.zone).date()

    @cached_property
    def schooling(self) -> Schooling:
        """The grades and terms of the school's stage, the first one where it has several (BJ-12)."""
        return self.scheme.schooling(self.stage, self.years)

    def schooling_of(self, path: str) -> Schooling:
        """The grades and terms of the stage of a class (BJ-03)."""
        return schooling_in(self.scheme, self.schooling, path)

    def grade(self, path: str) -> int | None:
        """The school year (1 to 14) of a class in this term; None: its path does not say."""
        return grade_of(self.schooling_of(path), path, self.school_year)

    def last_term(self, path: str) -> bool | None:
        """Is this the class's last term of the stage (CS-01)? None: not known."""
        return is_last_term(self.schooling_of(path), self.grade(path), self.number)

    def ask(self, operation: str, roles: Collection[str], now: datetime, path: str) -> Allowed | Refused:
        """May these roles do the operation now for a student of this class?"""
        return allowed(
            self.scheme, self.timetable, operation, roles, now,
            grade=self.grade(path), last_term=self.last_term(path), zone=self.zone,
        )  # fmt: skip

    def need_open(self, operation: str, roles: Collection[str], now: datetime, path: str, rule: str | None = None) -> None:
        """Refuse with the window, the scheme and who can help, unless these roles may do it now (X-13).

        `rule`: without it, the refusal names the operation in the scheme.
        """
        answer = self.ask(operation, roles, now, path)
        if not isinstance(answer, Refused):
            self._need_client(operation)
            return
        window: dict[str, Any] = {"operation": answer.operation}
        if (known := self.scheme.find_operation(answer.operation)) is not None:
            window["title"] = known.title
        if answer.window is not None:
            window |= {"starts": answer.window.starts, "ends": answer.window.ends}
        window["next"] = answer.next_opening
        raise Refusal(
            "forbidden" if answer.code == "not_your_role" else "window_closed",
            detail=answer.message,
            rule=rule or f"timing.{answer.operation}",
            window=window,
            scheme=self.scheme_name,
            help=f"请联系{self.scheme.role_title(answer.helper)}" if answer.helper else None,
            reason=answer.code,
        )

    def _need_client(self, operation: str) -> None:
        """Refuse an operation that the scheme does not offer on the device that the request names (CS-02)."""
        known = self.scheme.operation(operation)
        client = context.client.get()
        if client is None or client in known.clients:
            return
        where = "或".join(CLIENTS[name] for name in known.clients)
        raise Refusal(
            "other_client",
            detail=f"“{known.title}”暂需使用{where}操作，请换用{where}登录后办理",
            rule=self.scheme.rule("client"),
            scheme=self.scheme_name,
            help=self.who_can_help(operation),
            clients=list(known.clients),
        )

    def who_can_help(self, operation: str | None) -> str | None:
        """The sentence that names whom to turn to about an operation (X-13); None: the scheme names nobody."""
        known = self.scheme.find_operation(operation) if operation else None
        return f"请联系{self.scheme.role_title(known.helper)}" if known and known.helper else None

    def refusal(self, code: str, rule: str | None = None, **details: Any) -> Refusal:
        """A refusal that names the scheme."""
        return Refusal(code, rule=rule, scheme=self.scheme_name, **details)


def under_way[T: Term](terms: Iterable[T], now: datetime) -> list[T]:
    """Of one school's terms those that a home screen is about: today is one of their days, or a window is open or opens later.

    First the present one: the term of today, else the one that began last. None of them: that term alone.
    """
    newest_first = sorted(terms, key=lambda term: (term.starts_on, term.id), reverse=True)

    def has_begun(term: T) -> bool:
        return term.starts_on <= term.today(now)

    def is_now(term: T) -> bool:
        return has_begun(term) and term.today(now) <= term.ends_on

    present = next(iter([*filter(is_now, newest_first), *filter(has_begun, newest_first), *newest_first]), None)
    others = [t for t in newest_first if t is not present and (is_now(t) or any(now < w.ends for w in t.windows))]
    return [] if present is None else [present, *others]
