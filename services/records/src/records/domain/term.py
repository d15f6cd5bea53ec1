"""A term with its scheme, and what it decides about records. Knows no province: everything is asked of the scheme."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from typing import Any, Literal, Self
from uuid import UUID

from contracts.base import within
from scheme import (
    Chain,
    FieldProblem,
    Kind,
    PlatformRule,
    ReturnReason,
    ReviewStep,
    RuleName,
    Scheme,
    Switch,
    UnknownError,
    jsonable,
)
from scheme.timetable import window_ends
from servicekit import directory
from servicekit.auth import Actor
from servicekit.refusals import Refusal

from records.domain.switches import SwitchState


@dataclass(frozen=True)
class Term(directory.Term):
    """A school's term with its scheme, and what records asks of them. `set_switches`: what the school decided (SH-02)."""

    set_switches: Mapping[str, SwitchState] = field(default_factory=dict)
    retired: bool = False
    """It is seen as the version of a record knows it, and the term's own version has the record's kind no more (X-01)."""

    def as_of(self, version: str | None, kind: str, fields: Iterable[str] = ()) -> Self:
        """The term as the version knows it under which a record of this kind was written (X-01)."""
        scheme = self.scheme.as_of(version, kind, fields)
        if scheme is self.scheme:
            return self
        return replace(self, scheme=scheme, retired=not self.scheme.has_kind(kind))

    def switch(self, switch: Switch) -> SwitchState:
        """The value of a switch in this term: the scheme's, until the school sets another (SH-02)."""
        return self.set_switches.get(switch.id) or SwitchState(switch.default)

    @property
    def switches(self) -> dict[str, bool]:
        """The values of all switches by id."""
        return {switch.id: self.switch(switch).value for switch in self.scheme.switches}

    def role_of(self, actor: Actor) -> str | None:
        """The scheme's role of this card."""
        return next((role.id for role in self.scheme.roles if role.id in actor.roles), None)

    def kind(self, name: str) -> Kind:
        """The kind of that name, or `invalid_input`."""
        try:
            return self.scheme.kind(name)
        except UnknownError:
            raise self.invalid("kind", f"本方案没有“{name}”这个类别") from None

    def dimension_id(self, kind: Kind) -> str:
        """The dimension of a kind; empty for growth records that belong to none yet (CS-04)."""
        return "" if self.scheme.is_growth(kind.id) else self.scheme.dimension_of(kind.id).id

    def dimension_title(self, dimension: str) -> str:
        """The title of a record's dimension; empty for a growth record."""
        return self.scheme.dimension(dimension).title if dimension else ""

    def review_operation(self, kind: str, step: str | None) -> str | None:
        """The operation in whose window a review step is done; `step` None: the first step."""
        steps = self.kind(kind).review.steps
        return next((it.operation for it in steps if step in (None, it.id)), None)

    def next_step(self, chain: Chain, done: str | None, path: str) -> ReviewStep | None:
        """The review step after `done` (None: the first one); None: the chain is complete."""
        return chain.next_step(done, self.switches, bool(self.last_term(path)))

    @cached_property
    def acted_at(self) -> tuple[datetime, ...]:
        """The ends of windows at which the scheme acts itself, in order: nobody confirmed or corrected (SH-07, SH-10)."""
        operations = {
            name
            for kind in self.scheme.kinds
            for step in kind.review.steps
            for name, silence in ((step.operation, step.silence), (step.mend_operation, step.unmended))
            if name is not None and silence.then != "nothing" and silence.by_window
        }
        ends = set[datetime]().union(*(window_ends(self.timetable, self.scheme.operation(name)) for name in operations))
        return tuple(sorted(ends))

    def reason(self, code: str | None, note: str | None, use: Literal["record", "position"]) -> ReturnReason:
        """The chosen reason of the scheme's list; some require a note (JX-04)."""
        known = {reason.id: reason for reason in self.scheme.return_reasons_for(use)}
        found = known.get(code or "")
        if found is None:
            errors = [{"field": "reason_code", "message": "请选择原因"}]
            raise self.refusal("reason_required", field="reason_code", reasons=list(known), errors=errors)
        if found.note and not (note or "").strip():
            message = f"选择“{found.title}”时请填写说明"
            errors = [{"field": "note", "message": message}]
            raise self.refusal("reason_required", field="note", detail=message, errors=errors)
        return found

    @contextmanager
    def refusal_context(self, rule: RuleName | PlatformRule, operation: str | None = None) -> Iterator[None]:
        """Add the scheme, this rule, and who can help with `operation` to refusals that do not have them (X-13)."""
        try:
            yield
        except Refusal as no:
            if no.code != "not_found":
                helper = self.who_can_help(operation)
                context = {"rule": self.scheme.rule(rule), "scheme": self.scheme_name} | ({"help": helper} if helper else {})
                no.details = context | no.details
            raise

    def invalid(self, field_name: str, message: str, rule: str | None = None) -> Refusal:
        """The refusal `invalid_input` about one field."""
        return self.refusal("invalid_input", rule, errors=[{"field": field_name, "message": message}])

    def clean(self, found: "dict[str, Any] | list[FieldProblem]", **details: Any) -> dict[str, Any]:
        """The validator's values as JSON holds them, or `invalid_input` with every problem (X-12) and these details."""
        if isinstance(found, list):
            errors = [{"field": p.field, "message": p.message, "type": p.code, "rule": p.rule} for p in found]
            raise self.refusal("invalid_input", errors=errors, **details)
        return jsonable(found)


def activity(schemes: Iterable[Scheme], value: str | None) -> dict[str, dict[str, str]] | None:
    """By kind, the field that holds the type of activity, with this value (JX-18); None: any type."""
    if value is None:
        return None
    return {kind.id: {kind.activity_field: value} for scheme in schemes for kind in scheme.kinds if kind.activity_field}


def may_act_as(actor: Actor, role: str, student_id: UUID, path: str) -> bool:
    """Has this card the role for this student: own or child, or a student of the organisation of a staff card?"""
    if not actor.is_(role):
        return False
    return within(path, actor.path) if actor.is_staff else student_id in actor.students
