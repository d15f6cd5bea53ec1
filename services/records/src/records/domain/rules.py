"""The rules a record lives under: its term and that term's scheme. Asks the scheme; knows no province."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

from contracts.base import within
from scheme import Chain, FieldProblem, Kind, PlatformRule, ReturnReason, ReviewStep, RuleName, Scheme, UnknownError, jsonable
from servicekit.auth import Actor
from servicekit.directory import Term
from servicekit.refusals import Refusal


@dataclass(frozen=True)
class Rules(Term):
    """A school's term with its scheme, and what they say about records."""

    def role_of(self, actor: Actor) -> str | None:
        """The role by which the scheme knows this card."""
        return next((role.id for role in self.scheme.roles if role.id in actor.roles), None)

    def kind(self, name: str) -> Kind:
        """The kind of record, or `invalid_input`."""
        try:
            return self.scheme.kind(name)
        except UnknownError:
            raise self.invalid("kind", f"本方案没有“{name}”这个类别") from None

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

    @contextmanager
    def speaking(self, rule: RuleName | PlatformRule, operation: str | None = None) -> Iterator[None]:
        """Refusals that pass here name the scheme, a rule, and who can help: the helper of `operation` (X-13)."""
        try:
            yield
        except Refusal as no:
            if no.code != "not_found":
                helper = self.who_can_help(operation)
                told = {"rule": self.scheme.rule(rule), "scheme": self.scheme_name} | ({"help": helper} if helper else {})
                no.details = told | no.details
            raise

    def invalid(self, field_name: str, message: str, rule: str | None = None) -> Refusal:
        """`invalid_input` about one field."""
        return self.refusal("invalid_input", rule, errors=[{"field": field_name, "message": message}])

    def clean(self, found: "dict[str, Any] | list[FieldProblem]") -> dict[str, Any]:
        """The validator's values as JSON holds them, or `invalid_input` with every problem (X-12)."""
        if isinstance(found, list):
            errors = [{"field": p.field, "message": p.message, "type": p.code, "rule": p.rule} for p in found]
            raise self.refusal("invalid_input", errors=errors)
        return jsonable(found)


def activity(schemes: Iterable[Scheme], value: str | None) -> dict[str, dict[str, str]] | None:
    """By kind, the field that tells the sort of activity, with the value wanted (JX-18); None: any."""
    if value is None:
        return None
    return {kind.id: {kind.activity_field: value} for scheme in schemes for kind in scheme.kinds if kind.activity_field}


def may_act_as(actor: Actor, role: str, student_id: UUID, path: str) -> bool:
    """Does this card carry the role for this student: their own (or their child's), or staff whose place holds the class?"""
    if not actor.is_(role):
        return False
    return within(path, actor.path) if actor.is_staff else student_id in actor.students
