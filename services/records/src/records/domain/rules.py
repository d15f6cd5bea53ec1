"""The rules a record lives under: its term and that term's scheme. Asks the scheme; knows no province."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from contracts.base import Window, within
from scheme import Chain, FieldProblem, Kind, PlatformRule, ReturnReason, ReviewStep, RuleName, Scheme, UnknownError, jsonable
from scheme import Window as SchemeWindow
from servicekit import timetable
from servicekit.auth import Actor
from servicekit.refusals import Refusal


@dataclass(frozen=True, slots=True)
class Term:
    """A school's term with its timetable and the scheme version it runs under."""

    id: UUID
    path: str
    title: str
    school_year: str
    number: int
    scheme_id: str
    scheme_version: str
    time_zone: str
    starts_on: date
    ends_on: date
    windows: tuple[Window, ...]
    version: int


@dataclass(frozen=True)
class Rules:
    """A term and its scheme, asked together."""

    scheme: Scheme
    term: Term

    @property
    def name(self) -> str:
        """How refusals name the scheme: `jiangxi@2026.1`."""
        return timetable.scheme_name(self.scheme)

    @cached_property
    def windows(self) -> tuple[SchemeWindow, ...]:
        """The term's windows as the scheme's questions want them."""
        return timetable.windows_of(self.term.windows)

    @cached_property
    def zone(self) -> ZoneInfo:
        """The school's time zone: its days begin there, and its windows are told in it."""
        return ZoneInfo(self.term.time_zone)

    def today(self, now: datetime) -> date:
        """The day it is at the school."""
        return now.astimezone(self.zone).date()

    def grade(self, path: str) -> int | None:
        """The school year of a class in this term, where its path says it."""
        return timetable.grade_of(self.scheme, path, self.term.school_year)

    def last_term(self, path: str) -> bool | None:
        """Is this the class's last term of the stage (CS-01)?"""
        return timetable.is_last_term(self.scheme, self.grade(path), self.term.number)

    def role_of(self, actor: Actor) -> str | None:
        """The role by which the scheme knows this card."""
        return next((role.id for role in self.scheme.roles if role.id in actor.roles), None)

    def kind(self, name: str) -> Kind:
        """The kind of record, or `invalid_input`."""
        try:
            return self.scheme.kind(name)
        except UnknownError:
            raise self.invalid("kind", f"本方案没有“{name}”这个类别") from None

    def need_open(self, operation: str, actor: Actor, path: str, now: datetime, rule: RuleName | None = None) -> None:
        """Refuse unless the operation is open now for this card and a student of this class (X-13)."""
        timetable.need_open(
            self.scheme, self.windows, operation, actor.roles, now,
            grade=self.grade(path), last_term=self.last_term(path), rule=rule and self.scheme.rule(rule), zone=self.zone,
        )  # fmt: skip

    def review_operation(self, kind: str, step: str | None) -> str | None:
        """The operation in whose window a kind's step is reviewed; without a step, the first one's."""
        steps = self.kind(kind).review.steps
        return next((it.operation for it in steps if step in (None, it.id)), None)

    def next_step(self, chain: Chain, done: str | None, path: str) -> ReviewStep | None:
        """The review step after `done` (None: the first); None: the chain is through."""
        return chain.next_step(done, self.scheme.switch_defaults(), bool(self.last_term(path)))

    def reason(self, code: str | None, note: str | None, use: Literal["record", "position"]) -> ReturnReason:
        """The reason chosen from the scheme's list; some need a note (JX-04)."""
        known = {reason.id: reason for reason in self.scheme.return_reasons_for(use)}
        found = known.get(code or "")
        if found is None:
            raise self.refusal("reason_required", field="reason_code", reasons=list(known))
        if found.note and not (note or "").strip():
            raise self.refusal("reason_required", field="note", detail=f"选择“{found.title}”时请填写说明")
        return found

    def refusal(self, code: str, rule: str | None = None, **said: Any) -> Refusal:
        """A refusal that names the scheme."""
        return Refusal(code, rule=rule, scheme=self.name, **said)

    @contextmanager
    def speaking(self, rule: RuleName | PlatformRule, operation: str | None = None) -> Iterator[None]:
        """Refusals that pass here name the scheme, a rule, and who can help: the helper of `operation` (X-13)."""
        try:
            yield
        except Refusal as no:
            if no.code != "not_found":
                no.said = {"rule": self.scheme.rule(rule), "scheme": self.name, **self._help(operation), **no.said}
            raise

    def _help(self, operation: str | None) -> dict[str, str]:
        known = self.scheme.find_operation(operation) if operation else None
        return {"help": f"请联系{self.scheme.role_title(known.helper)}"} if known and known.helper else {}

    def invalid(self, field_name: str, message: str, rule: str | None = None) -> Refusal:
        """`invalid_input` about one field."""
        return self.refusal("invalid_input", rule, errors=[{"field": field_name, "message": message}])

    def clean(self, found: "dict[str, Any] | list[FieldProblem]") -> dict[str, Any]:
        """The validator's values as JSON holds them, or `invalid_input` with every problem (X-12)."""
        if isinstance(found, list):
            errors = [{"field": p.field, "message": p.message, "type": p.code, "rule": p.rule} for p in found]
            raise self.refusal("invalid_input", errors=errors)
        return jsonable(found)


def may_act_as(actor: Actor, role: str, student_id: UUID, path: str) -> bool:
    """Does this card carry the role for this student: their own (or their child's), or staff whose place holds the class?"""
    if not actor.is_(role):
        return False
    return within(path, actor.path) if actor.is_staff else student_id in actor.students
