"""What the checker refuses in the rules and computed fields of a form: unknown fields, wrong types, cycles. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC
from typing import TYPE_CHECKING

from scheme.base import ContentError, Step, repeated
from scheme.conditions import COMPARED, NUMBERS, CycleError, Formula, When, order_of
from scheme.fields import Field, FieldError

if TYPE_CHECKING:
    from scheme.forms import Form

_FOR_COMPUTED = {"sum": NUMBERS, "product": NUMBERS, "days": frozenset({"date"})}


def problems(form: Form) -> Iterator[ContentError]:
    """Every problem, with its place below the form; cycles only where nothing else is wrong."""
    fields = {field.id: field for field in form.fields}
    found = [*_rules(form, fields), *_computed(form, fields)]
    yield from found
    if not found:
        try:
            order_of(form.visible, form.computed, fields)
        except CycleError as cycle:
            titles = " → ".join(fields[name].title for name in cycle.names)
            yield ContentError(
                f"fields depend on each other: {cycle}", f"字段互相依赖：{titles}", "请去掉其中一个条件", "fields"
            )


def _unknown(name: str, fields: Mapping[str, Field], *at: Step) -> ContentError:
    return ContentError(
        f"there is no field {name!r} in the form",
        f"表单中没有“{name}”这个字段",
        f"请写表单中某个字段的 id：{'、'.join(fields)}",
        *at,
    )


def _wrong_type(field: Field, *at: Step) -> ContentError:
    return ContentError(
        f"field {field.id!r} of type {field.type} cannot be used here",
        f"字段“{field.title}”的类型（{field.type}）不能用在这里",
        "请换一个类型合适的字段",
        *at,
    )


def _rules(form: Form, fields: Mapping[str, Field]) -> Iterator[ContentError]:
    for number, rule in enumerate(form.rules):
        at: tuple[Step, ...] = ("rules", number)
        if rule.field not in fields:
            yield _unknown(rule.field, fields, *at, "field")
        elif fields[rule.field].computed is not None and rule.then != "refused":
            yield ContentError(
                f"{rule.field!r} is computed and cannot be {rule.then}",
                f"“{fields[rule.field].title}”由系统计算，不能要求填写或隐藏",
                "请去掉这条规则，或写 then: refused",
                *at,
                "then",
            )
        elif rule.then != "refused" and rule.field in rule.when.fields():
            yield ContentError(
                f"the rule of {rule.field!r} asks about itself", "条件问的是字段自己", "请写另一个字段", *at, "when"
            )
        yield from _condition(rule.when, fields, (*at, "when"))
    for name in repeated(rule.field for rule in form.rules if rule.then == "visible"):
        yield ContentError(
            f"two rules make {name!r} visible", "同一个字段写了两条显示条件", "请用 all 或 any 合成一条", "rules"
        )


def _condition(when: When, fields: Mapping[str, Field], at: tuple[Step, ...]) -> Iterator[ContentError]:
    for key, parts in (("all", when.all), ("any", when.any)):
        for number, part in enumerate(parts):
            yield from _condition(part, fields, (*at, key, number))
    if when.all or when.any:
        return
    unknown = [name for name in when.fields() if name not in fields]
    if unknown:
        yield _unknown(unknown[0], fields, *at)
        return
    for name in when.sum:
        if fields[name].type not in NUMBERS:
            yield _wrong_type(fields[name], *at, "sum")
    subject = fields[when.field] if when.field else None
    others = [fields[name] for name in (when.above_field, when.below_field) if name]
    if subject is None:
        yield from (_wrong_type(other, *at) for other in others if other.type not in NUMBERS)
        return
    by_number = when.above is not None or when.below is not None
    if by_number and subject.type not in NUMBERS | {"duration"}:
        yield _wrong_type(subject, *at, "field")
    for other in others:
        same = subject.type == other.type or {subject.type, other.type} <= NUMBERS
        if subject.type not in COMPARED or not same:
            yield _wrong_type(other, *at)
    for constant in (*when.one_of, *(() if when.equals is None else (when.equals,))):
        if not _fits(subject, constant):
            yield ContentError(
                f"field {subject.id!r} cannot be {constant!r}",
                f"字段“{subject.title}”不会是“{constant}”",
                "请写该字段可能的值：选项的 id、数字、true 或 false",
                *at,
                "one_of" if when.one_of else "equals",
            )


def _fits(field: Field, constant: object) -> bool:
    names = {choice.id for choice in field.choices} | {outcome.id for outcome in field.outcomes}
    if field.type == "choice" or (isinstance(constant, str) and field.outcomes):
        return constant in names
    if field.type == "boolean" or isinstance(constant, bool):
        return field.type == "boolean" and isinstance(constant, bool)
    if (field.type in NUMBERS) != (not isinstance(constant, str)):
        return False
    try:
        field.parse(constant, UTC)
    except FieldError:
        return False
    return True


def _computed(form: Form, fields: Mapping[str, Field]) -> Iterator[ContentError]:
    for number, field in enumerate(form.fields):
        how = field.computed
        if how is None:
            continue
        at: tuple[Step, ...] = ("fields", number, "computed")
        if field.type not in ({"integer"} if how.count or how.days else NUMBERS):
            yield _wrong_type(field, *at)
        if field.required or field.required_if or field.required_unless or field.written_by or field.outcomes:
            yield ContentError(
                f"field {field.id!r} is computed: nobody fills it in",
                "由系统计算的字段没有人填写",
                "请删去 required、written_by、outcomes 等",
                *at,
            )
        for name in how.fields():
            if name not in fields:
                yield _unknown(name, fields, *at)
            elif (types := _FOR_COMPUTED.get(_way(how))) is not None and fields[name].type not in types:
                yield _wrong_type(fields[name], *at)


def _way(how: Formula) -> str:
    return "sum" if how.sum else "product" if how.product else "days" if how.days else "count"
