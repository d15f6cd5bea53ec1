"""Forms: fields and what holds between them, and their validation, for reports, imports and dry runs alike (CS-06, X-12)."""

from collections.abc import Collection, Iterator, Mapping, Set
from contextlib import suppress
from datetime import UTC, date, timedelta, tzinfo
from decimal import Decimal
from functools import cached_property
from typing import Self

from pydantic import model_validator

from scheme import form_rules
from scheme.base import ContentError, ContradictionsError, Id, Model, Text, find, need_unique_ids
from scheme.conditions import FormRule, Formula, When, order_of
from scheme.fields import Choice, Condition, Field, FieldError, FieldOutcome, FieldProblem, outcome_of
from scheme.values import Value

__all__ = ["Choice", "Condition", "Field", "FieldError", "FieldOutcome", "FieldProblem", "Form", "Order", "outcome_of"]


class Order(Model):
    """The value of field `first` must not be greater than that of `then`. Empty fields are not compared."""

    first: Id
    then: Id
    says: Text


class Form(Model):
    """The fields of a kind, a position or a profile. rules: what holds for a field when others have certain values."""

    fields: tuple[Field, ...]
    in_order: tuple[Order, ...] = ()
    rules: tuple[FormRule, ...] = ()

    @model_validator(mode="after")
    def _order_fits(self) -> Self:
        need_unique_ids(self.fields, "field", "fields")
        types = {field.id: field.type for field in self.fields}
        for number, order in enumerate(self.in_order):
            for key, name in (("first", order.first), ("then", order.then)):
                if name not in types:
                    raise ContentError(
                        f"in_order names the field {name!r}, which is not in the form",
                        f"表单中没有“{name}”这个字段",
                        f"请写表单中某个字段的 id：{'、'.join(types)}",
                        "in_order",
                        number,
                        key,
                        about=[name],
                    )
            if types[order.first] != types[order.then]:
                raise ContentError(
                    f"in_order compares {order.first!r} and {order.then!r}, which differ in type",
                    "比较先后的两个字段类型不同",
                    "请写两个类型相同的字段",
                    "in_order",
                    number,
                )
        for number, field in enumerate(self.fields):
            for key in ("required_unless", "required_if"):
                condition = getattr(field, key)
                if condition is not None:
                    self._need_sound(field, condition, ("fields", number, key))
        if wrong := list(form_rules.problems(self)):
            raise ContradictionsError(wrong) if len(wrong) > 1 else wrong[0]
        return self

    @cached_property
    def visible(self) -> dict[str, When]:
        """When fields are asked that are not always asked."""
        return {rule.field: rule.when for rule in self.rules if rule.then == "visible"}

    @cached_property
    def computed(self) -> dict[str, Formula]:
        """How the fields are computed that nobody types."""
        return {field.id: field.computed for field in self.fields if field.computed is not None}

    @cached_property
    def _settled(self) -> tuple[Field, ...]:
        """The fields that are computed or not always asked, each after those that it depends on."""
        names = order_of(self.visible, self.computed, self._by_id)
        return tuple(self._by_id[name] for name in names if name in self.visible or name in self.computed)

    def settle(self, clean: dict[str, Value], problems: list[FieldProblem], where: str) -> frozenset[str]:
        """Take away the values and problems of fields that are not asked with these values, and compute the others.

        Changes both arguments. Returns the fields that are not asked.
        """
        hidden = set[str]()
        for field in self._settled:
            if field.id in self.visible and not self.visible[field.id].holds(clean):
                hidden.add(field.id)
                clean.pop(field.id, None)
                problems[:] = [problem for problem in problems if problem.field != field.id]
            elif field.computed is not None:
                try:
                    value = field.parse(field.computed.of(clean, field.decimals))
                except FieldError as bad:
                    problems.append(FieldProblem(field.id, bad.limit, bad.message, f"{where}.{field.id}.{bad.limit}"))
                    continue
                if value is not None:
                    clean[field.id] = value
        return frozenset(hidden)

    def without_settled(self, data: Mapping[str, object], zone: tzinfo = UTC) -> dict[str, object]:
        """Unfinished data without the values of fields that are computed or not asked."""
        clean: dict[str, Value] = {}
        for field in self.fields:
            with suppress(FieldError):
                value = field.parse(data.get(field.id), zone) if field.computed is None else None
                clean |= {} if value is None else {field.id: value}
        hidden = self.settle(clean, [], "")
        return {name: value for name, value in data.items() if name not in hidden and name not in self.computed}

    def _need_sound(self, field: Field, condition: Condition, at: tuple[str | int, ...]) -> None:
        other = next((other for other in self.fields if other.id == condition.field), None)
        if other is None or other is field:
            raise ContentError(
                f"field {field.id!r} depends on {condition.field!r}, which is no other field of the form",
                f"“{condition.field}”不是本表单的另一个字段",
                "请写另一个字段的 id",
                *at,
                "field",
                about=[condition.field],
            )
        known = {*(choice.id for choice in other.choices), *(outcome.id for outcome in other.outcomes)}
        for name in condition.one_of:
            if name not in known:
                raise ContentError(
                    f"field {field.id!r}: {other.id!r} has no choice or outcome {name!r}",
                    f"字段“{other.title}”没有“{name}”这个选项",
                    f"请写该字段的选项：{'、'.join(sorted(known))}",
                    *at,
                    "one_of",
                    about=[name],
                )

    def field(self, name: str) -> Field:
        """The field with this id. Raises `UnknownError`."""
        return find(self.fields, name, "field")

    @cached_property
    def _by_id(self) -> dict[str, Field]:
        return {field.id: field for field in self.fields}

    def validate_data(
        self,
        data: Mapping[str, object],
        where: str,
        *,
        zone: tzinfo = UTC,
        today: date | None = None,
        role: str | None = None,
    ) -> dict[str, Value] | list[FieldProblem]:
        """Clean typed values by field id without the empty ones, or every problem found.

        data: texts or typed values; clean values are valid again and unchanged. where: prefix of `FieldProblem.rule`.
        today: for `not_future`; None: not checked. role: the writer, who must leave the fields of others empty (BJ-05);
        None: not checked.
        """
        problems = [
            FieldProblem(name, "unknown_field", f"没有“{name}”这一项", where) for name in data if name not in self._by_id
        ]
        clean: dict[str, Value] = {}
        for field in self.fields:
            if field.computed is not None:
                continue
            if role is not None and field.written_by and role not in field.written_by:
                if data.get(field.id) not in (None, ""):
                    message = f"您的身份不能填写{field.title}"
                    problems.append(FieldProblem(field.id, "written_by", message, f"{where}.{field.id}.written_by"))
                continue
            try:
                value = field.parse(data.get(field.id), zone, today)
            except FieldError as bad:
                problems.append(FieldProblem(field.id, bad.limit, bad.message, f"{where}.{field.id}.{bad.limit}"))
            else:
                if value is not None:
                    clean[field.id] = value
        hidden = self.settle(clean, problems, where) if self._settled else frozenset[str]()
        problems += self._missing_by_condition(clean, hidden | {problem.field for problem in problems}, where, role)
        problems += self._broken_rules(clean, hidden, {problem.field for problem in problems}, where, role)
        problems += [
            FieldProblem(order.then, "in_order", order.says, f"{where}.{order.then}.in_order")
            for order in self.in_order
            if not _in_order(clean.get(order.first), clean.get(order.then))
        ]
        return problems or clean

    def hidden_from(self, roles: Collection[str]) -> frozenset[str]:
        """The fields whose values a card that answers to these roles may not read (BJ-05)."""
        return frozenset(field.id for field in self._restricted if not any(role in field.read_by for role in roles))

    def written_by_others(self, role: str | None) -> frozenset[str]:
        """The fields that this role may not fill; what is in them stays when it changes the others (BJ-05)."""
        return frozenset(f.id for f in self.fields if role is not None and f.written_by and role not in f.written_by)

    @cached_property
    def _restricted(self) -> tuple[Field, ...]:
        return tuple(field for field in self.fields if field.read_by)

    def _missing_by_condition(
        self, clean: Mapping[str, object], known: Set[str], where: str, role: str | None
    ) -> Iterator[FieldProblem]:
        """Empty fields that the values of others require (L-12); not those that the writer may not fill, or that have a
        problem already."""
        for field in self._conditional:
            condition = field.required_unless or field.required_if
            others = role is not None and field.written_by and role not in field.written_by
            if condition is None or others or field.id in clean or {field.id, condition.field} & known:
                continue
            if self._required(field, clean):
                key = "required_unless" if field.required_unless else "required_if"
                message = f"{field.title}不能为空（{self.condition_text(field)}）"
                yield FieldProblem(field.id, "required", message, f"{where}.{field.id}.{key}")

    def _broken_rules(
        self, clean: Mapping[str, Value], hidden: Set[str], known: Set[str], where: str, role: str | None
    ) -> Iterator[FieldProblem]:
        """Rules that the values break; not about fields with a problem already, nor such as the writer may not fill."""
        for rule in self.rules:
            field = self._by_id[rule.field]
            others = role is not None and bool(field.written_by) and role not in field.written_by
            if rule.then == "visible" or field.id in hidden or others or known & {field.id, *rule.when.fields()}:
                continue
            applies = rule.then == "refused" or (rule.then == "required") == (field.id not in clean)
            if applies and rule.when.holds(clean):
                yield FieldProblem(field.id, rule.then, rule.says or "", f"{where}.{field.id}.rules")

    @cached_property
    def _conditional(self) -> tuple[Field, ...]:
        return tuple(field for field in self.fields if field.required_unless or field.required_if)

    def condition_text(self, field: Field) -> str:
        """When a field is required, in words: 等级为免测时除外; empty where that depends on no other field."""
        condition = field.required_unless or field.required_if
        if condition is None:
            return ""
        other = self.field(condition.field)
        titles = {one.id: one.title for one in other.choices} | {one.id: one.title for one in other.outcomes}
        named = (
            f"{other.title}为{'、'.join(titles[name] for name in condition.one_of)}"
            if condition.one_of
            else f"已填写{other.title}"
        )
        return f"{named}时除外" if field.required_unless else f"{named}时必填"

    def missing(self, data: Mapping[str, object]) -> tuple[Field, ...]:
        """The required fields that are empty (JX-15)."""
        return tuple(
            field
            for field in self.fields
            if data.get(field.id) in (None, "") and field.computed is None and self._required(field, data)
        )

    def _required(self, field: Field, data: Mapping[str, object]) -> bool:
        if field.required_unless is not None:
            return not field.required_unless.holds(data.get(field.required_unless.field))
        return field.required or (field.required_if is not None and field.required_if.holds(data.get(field.required_if.field)))


def _in_order(first: Value, then: Value) -> bool:
    if isinstance(first, date) and isinstance(then, date):
        return first <= then
    if isinstance(first, int | Decimal) and isinstance(then, int | Decimal):
        return first <= then
    if isinstance(first, timedelta) and isinstance(then, timedelta):
        return first <= then
    return True
