"""Conditions between the fields of a form, and fields that are computed from others. Pure.

A condition asks about one field, about the sum or the number of several, or joins others. What is empty satisfies only
`empty`; in a sum it is 0. The web client decides alike: libs/scheme/field_examples.yaml is run by both.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Literal, Self

from pydantic import model_validator

from scheme.base import ContentError, Id, Model, Text
from scheme.values import NamedOutcome, Value, jsonable, plain

type Constant = bool | int | Decimal | str
NUMBERS = frozenset({"integer", "decimal", "duration_hours"})
"""Types of fields that are added up."""
TOO_LARGE = Decimal(10) ** 12
"""What a field cannot hold; it is refused like a number that is typed."""
COMPARED = NUMBERS | {"date", "datetime", "duration"}


class When(Model):
    """A condition: about a `field`, the `sum` of fields, or the `count` of those that are filled; or `all` or `any` of others.

    equals, one_of: values as in records: a choice's id, a number, true. above_field, below_field: compared with another field.
    """

    field: Id | None = None
    sum: tuple[Id, ...] = ()
    count: tuple[Id, ...] = ()
    all: tuple["When", ...] = ()
    any: tuple["When", ...] = ()
    equals: Constant | None = None
    one_of: tuple[Constant, ...] = ()
    empty: bool | None = None
    above: Decimal | None = None
    below: Decimal | None = None
    above_field: Id | None = None
    below_field: Id | None = None

    @model_validator(mode="after")
    def _asks_one_thing(self) -> Self:
        subjects = [self.field is not None, bool(self.sum), bool(self.count), bool(self.all), bool(self.any)]
        asked = [
            self.equals is not None, bool(self.one_of), self.empty is not None,
            self.above is not None, self.below is not None, self.above_field is not None, self.below_field is not None,
        ]  # fmt: skip
        if sum(subjects) != 1 or sum(asked) != (0 if self.all or self.any else 1):
            raise ContentError(
                "a condition asks one question about a field, a sum or a count, or joins others by all or any",
                "条件没有写清楚问什么",
                "请写一个对象（field、sum、count、all、any）和一个要求（equals、one_of、empty、above、below、above_field、below_field）",
            )
        if (self.sum or self.count) and (self.equals is not None or self.one_of or self.empty is not None):
            raise ContentError(
                "a sum or a count is compared by above or below",
                "合计和项数只能比较大小",
                "请写 above、below、above_field 或 below_field",
            )
        return self

    def fields(self) -> Iterator[str]:
        """The fields that it depends on."""
        yield from (name for name in (self.field, self.above_field, self.below_field) if name)
        yield from (*self.sum, *self.count)
        for part in (*self.all, *self.any):
            yield from part.fields()

    def holds(self, values: Mapping[str, Value]) -> bool:
        """Whether it holds for typed values by field id."""
        if self.all:
            return all(part.holds(values) for part in self.all)
        if self.any:
            return any(part.holds(values) for part in self.any)
        if self.sum or self.count:
            number = total(values, self.sum) if self.sum else filled(values, self.count)
            return self._compares(Decimal(number or 0), values)
        value = values.get(self.field or "")
        if self.empty is not None:
            return (value is None) == self.empty
        if value is None:
            return False
        if self.equals is not None or self.one_of:
            known = self.one_of or (self.equals,)
            return any(_same(value, one) for one in known)
        measure = measured(value)
        return measure is not None and self._compares(measure, values)

    def _compares(self, value: Decimal | date, values: Mapping[str, Value]) -> bool:
        if self.above is not None or self.below is not None:
            limit = self.above if self.above is not None else self.below
            return (
                isinstance(value, Decimal)
                and limit is not None
                and (value > limit if self.above is not None else value < limit)
            )
        other = measured(values.get(self.above_field or self.below_field or ""))
        if isinstance(value, Decimal) and isinstance(other, Decimal):
            return value > other if self.above_field else value < other
        if isinstance(value, date) and isinstance(other, date) and type(value) is type(other):
            return value > other if self.above_field else value < other
        return False


class FormRule(Model):
    """What holds for a field `when` others have certain values, and the sentence that people read.

    then: `required`; `forbidden` (must be empty); `visible`: it is asked only then, and otherwise has no value; `refused`: the
    form cannot be handed in so, e.g. when a sum is too great.
    """

    field: Id
    then: Literal["required", "forbidden", "visible", "refused"]
    when: When
    says: Text | None = None

    @model_validator(mode="after")
    def _says_why(self) -> Self:
        if (self.says is None) != (self.then == "visible"):
            raise ContentError(
                "a rule says why, unless it is `visible`",
                "条件没有写给用户看的话，或显示条件多写了",
                "请补上 says；then: visible 时删去 says",
                "says",
            )
        return self


class Formula(Model):
    """How a field is computed, never typed: the `sum` or `product` of fields, the `count` of those that are filled, or the
    `days` from the first date to the second; both_ends: with the first day, 3 from the 1st to the 3rd."""

    sum: tuple[Id, ...] = ()
    product: tuple[Id, ...] = ()
    count: tuple[Id, ...] = ()
    days: tuple[Id, ...] = ()
    both_ends: bool = False

    @model_validator(mode="after")
    def _is_one_thing(self) -> Self:
        if sum((bool(self.sum), bool(self.product), bool(self.count), bool(self.days))) != 1 or len(self.days) not in (0, 2):
            raise ContentError(
                "a computed field is one of sum, product, count, days",
                "计算方式只能有一种，相隔天数要写两个日期",
                "请只写 sum、product、count、days 中的一个；days: [开始日期字段, 结束日期字段]",
            )
        return self

    def fields(self) -> tuple[str, ...]:
        """The fields that it is computed from."""
        return (*self.sum, *self.product, *self.count, *self.days)

    def of(self, values: Mapping[str, Value], decimals: int) -> Decimal | int | None:
        """The value; None while there is nothing to compute. Halves are rounded up."""
        if self.count:
            return filled(values, self.count)
        if self.days:
            first, last = (_day(values.get(name)) for name in self.days)
            return (last - first).days + self.both_ends if first is not None and last is not None else None
        if self.sum:
            found = total(values, self.sum)
        else:
            factors = [_number(values.get(name)) for name in self.product]
            found = None if None in factors else Decimal(1)
            for factor in factors:
                found = found * factor if found is not None and factor is not None else None
        if found is None or abs(found) >= TOO_LARGE:
            return found
        return plain(found.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP))


def total(values: Mapping[str, Value], names: tuple[str, ...]) -> Decimal | None:
    """The sum of the fields that have a number; None where none has."""
    numbers = [number for name in names if (number := _number(values.get(name))) is not None]
    return sum(numbers, Decimal(0)) if numbers else None


def filled(values: Mapping[str, Value], names: tuple[str, ...]) -> int:
    """How many of the fields have a value."""
    return sum(values.get(name) is not None for name in names)


def measured(value: Value) -> Decimal | date | None:
    """What can be greater or less: a number, the seconds of a duration, a date or a time."""
    if isinstance(value, timedelta):
        return Decimal(value // timedelta(microseconds=1)) / 1_000_000
    return value if isinstance(value, date) else _number(value)


def _number(value: Value) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        return None
    return Decimal(value)


def _day(value: Value) -> date | None:
    return value.date() if isinstance(value, datetime) else value if isinstance(value, date) else None


def _same(value: Value, constant: Constant | None) -> bool:
    if isinstance(value, NamedOutcome):
        return value.outcome == constant
    if isinstance(value, bool) or isinstance(constant, bool):
        return value is constant
    if (number := _number(value)) is not None:
        return isinstance(constant, int | Decimal) and number == constant
    return jsonable({"": value})[""] == constant


def order_of(visible: Mapping[str, When], computed: Mapping[str, Formula], names: Iterable[str]) -> tuple[str, ...]:
    """The fields in an order in which each comes after those that it depends on. Raises `CycleError`."""
    done: dict[str, None] = {}

    def visit(name: str, above: tuple[str, ...]) -> None:
        if name in above:
            raise CycleError((*above[above.index(name) :], name))
        if name in done:
            return
        below = [*visible[name].fields()] if name in visible else []
        below += computed[name].fields() if name in computed else ()
        for other in below:
            visit(other, (*above, name))
        done[name] = None

    for name in names:
        visit(name, ())
    return tuple(done)


class CycleError(ValueError):
    """Fields that depend on each other. `names`: the way round."""

    def __init__(self, names: tuple[str, ...]) -> None:
        super().__init__(" → ".join(names))
        self.names = names
