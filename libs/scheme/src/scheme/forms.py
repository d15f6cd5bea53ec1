"""Forms: fields with their limits, and their validation, for reports, imports and dry runs alike (CS-06, X-12)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo
from decimal import Decimal
from functools import cached_property
from typing import Annotated, Literal, Self

import pydantic
from pydantic import model_validator

from scheme.base import Id, Model, Ref, RoleId, Text, find, need_unique_ids
from scheme.values import (
    DIGITS,
    Value,
    clean_text,
    half_width,
    to_boolean,
    to_date,
    to_datetime,
    to_decimal,
    to_hours,
    to_integer,
)

type FieldType = Literal[
    "text", "long_text", "date", "datetime", "integer", "decimal", "choice", "boolean", "duration_hours", "catalog"
]


_CACHED_TYPES = frozenset({"choice", "integer", "decimal", "duration_hours", "boolean", "date"})
"""Types whose values are short, often repeated, and parsed alike whatever the time zone and the day."""
_MAX_CACHED = 2_000


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """What is wrong with one field: a stable code, a Chinese sentence, and `rule`: the limit in the scheme."""

    field: str
    code: str
    message: str
    rule: str


class Choice(Model):
    """One value of a choice field; `aliases` are spellings found in workbooks."""

    id: Id
    title: Text
    aliases: tuple[Text, ...] = ()


class Field(Model):
    """One field of a form. written_by, read_by: the roles that may write or read it; empty: all (BJ-05)."""

    id: Id
    title: Text
    type: FieldType
    required: bool = False
    minimum: Decimal | None = None
    maximum: Decimal | None = None
    decimals: int = pydantic.Field(default=2, ge=0, le=6)
    min_length: int = pydantic.Field(default=0, ge=0)
    max_length: int | None = pydantic.Field(default=None, ge=1, le=20000)
    pattern: str | None = None
    pattern_says: Text | None = None
    not_future: bool = False
    choices: tuple[Choice, ...] = ()
    catalog: Annotated[Id, Ref("catalog")] | None = None
    unit: Text | None = None
    help: Text | None = None
    example: Text | None = None
    listed: bool = False
    public: bool = False
    written_by: tuple[RoleId, ...] = ()
    read_by: tuple[RoleId, ...] = ()

    @model_validator(mode="after")
    def _fits_its_type(self) -> Self:
        need_unique_ids(self.choices, "choice")
        if (self.type == "choice") != bool(self.choices):
            raise ValueError(f"field {self.id!r}: a field of type choice, and only that, needs choices")
        if (self.type == "catalog") != (self.catalog is not None):
            raise ValueError(f"field {self.id!r}: a field of type catalog, and only that, needs a catalog")
        if self.type in {"text", "long_text"} and self.max_length is None:
            raise ValueError(f"field {self.id!r}: text needs a max_length")
        if self.minimum is not None and self.maximum is not None and self.minimum > self.maximum:
            raise ValueError(f"field {self.id!r}: minimum is above maximum")
        if self.max_length is not None and self.min_length > self.max_length:
            raise ValueError(f"field {self.id!r}: min_length is above max_length")
        if self.pattern is not None:
            try:
                re.compile(self.pattern)
            except re.error as wrong:
                raise ValueError(f"field {self.id!r}: pattern cannot be read: {wrong}") from None
        return self

    def parse(self, value: object, zone: tzinfo = UTC, today: date | None = None) -> Value:
        """The typed value, or None when empty. Raises `FieldError` with the limit that the value exceeds."""
        if isinstance(value, str):
            cached = self._parsed.get(value)
            if cached is not None:
                return cached
        if value is None or (isinstance(value, str) and not value.strip(" \t\r\n\u3000\ufeff")):
            if self.required:
                raise FieldError("required", f"{self.title}不能为空")
            return None
        if not isinstance(value, str | int | float | Decimal | date):
            raise FieldError("type", f"{self.title}：请填写文字、数字或日期")
        try:
            typed = self._typed(value, zone)
        except ValueError as wrong:
            raise FieldError("type", f"{self.title}：{wrong}") from None
        self._check(typed, today)
        if isinstance(value, str) and self.type in _CACHED_TYPES and not self.not_future:
            if len(self._parsed) >= _MAX_CACHED:
                self._parsed.clear()
            self._parsed[value] = typed
        return typed

    @cached_property
    def _parsed(self) -> dict[str, Value]:
        """Cache of parsed texts: a workbook's column repeats a few values."""
        return {}

    def _typed(self, value: object, zone: tzinfo) -> Value:
        match self.type:
            case "text" | "catalog":
                return " ".join(clean_text(_as_text(value)).translate(DIGITS).split())
            case "long_text":
                return clean_text(_as_text(value))
            case "date":
                return to_date(value)
            case "datetime":
                return to_datetime(value, zone)
            case "integer":
                return to_integer(value)
            case "decimal":
                return to_decimal(value)
            case "duration_hours":
                return to_hours(value)
            case "boolean":
                return to_boolean(value)
            case "choice":
                return self._choice(half_width(_as_text(value)))

    def _choice(self, text: str) -> str:
        for choice in self.choices:
            if text in {choice.id, *(half_width(name) for name in (choice.title, *choice.aliases))}:
                return choice.id
        raise ValueError(f"只能是{'、'.join(choice.title for choice in self.choices)}")

    def _check(self, value: Value, today: date | None) -> None:
        if isinstance(value, str):
            self._check_text(value)
        elif isinstance(value, int | Decimal) and not isinstance(value, bool):
            self._check_number(Decimal(value))
        elif isinstance(value, date) and self.not_future and today is not None:
            day = value.date() if isinstance(value, datetime) else value
            if day > today:
                raise FieldError("not_future", f"{self.title}不能晚于今天")

    def _check_text(self, value: str) -> None:
        if len(value) < self.min_length:
            raise FieldError("min_length", f"{self.title}至少{self.min_length}个字，现有{len(value)}个字")
        if self.max_length is not None and len(value) > self.max_length:
            raise FieldError("max_length", f"{self.title}最多{self.max_length}个字，现有{len(value)}个字")
        if self.pattern is not None and not re.fullmatch(self.pattern, value):
            raise FieldError("pattern", f"{self.title}：{self.pattern_says or '格式不正确'}")

    def _check_number(self, value: Decimal) -> None:
        unit = self.unit or ""
        if self.minimum is not None and value < self.minimum:
            raise FieldError("minimum", f"{self.title}不能小于{self.minimum}{unit}")
        if self.maximum is not None and value > self.maximum:
            raise FieldError("maximum", f"{self.title}不能大于{self.maximum}{unit}")
        if self.type != "integer" and value != round(value, self.decimals):
            raise FieldError("decimals", f"{self.title}最多{self.decimals}位小数")

    def shown(self, value: object) -> str:
        """The value for readers: a choice's title, 是/否, a number with its unit."""
        if value is None:
            return ""
        if self.type == "choice":
            return next((choice.title for choice in self.choices if choice.id == value), str(value))
        if self.type == "boolean":
            return "是" if value else "否"
        if self.type == "duration_hours":
            return f"{value}{self.unit or '小时'}"
        return f"{value}{self.unit}" if self.unit and self.type in {"integer", "decimal"} else str(value)


class FieldError(ValueError):
    """A value exceeds a limit of its field: the limit's key in the scheme and a Chinese sentence."""

    def __init__(self, limit: str, message: str) -> None:
        super().__init__(message)
        self.limit = limit
        self.message = message


class Order(Model):
    """The value of field `first` must not be greater than that of `then`. Empty fields are not compared."""

    first: Id
    then: Id
    says: Text


class Form(Model):
    """The fields of a kind, a position or a profile."""

    fields: tuple[Field, ...]
    in_order: tuple[Order, ...] = ()

    @model_validator(mode="after")
    def _order_fits(self) -> Self:
        need_unique_ids(self.fields, "field")
        types = {field.id: field.type for field in self.fields}
        for order in self.in_order:
            for name in (order.first, order.then):
                if name not in types:
                    raise ValueError(f"in_order names the field {name!r}, which is not in the form")
            if types[order.first] != types[order.then]:
                raise ValueError(f"in_order compares {order.first!r} and {order.then!r}, which differ in type")
        return self

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
        problems += [
            FieldProblem(order.then, "in_order", order.says, f"{where}.{order.then}.in_order")
            for order in self.in_order
            if not _in_order(clean.get(order.first), clean.get(order.then))
        ]
        return problems or clean

    def missing(self, data: Mapping[str, object]) -> tuple[Field, ...]:
        """The required fields that are empty (JX-15)."""
        return tuple(field for field in self.fields if field.required and data.get(field.id) in (None, ""))


def _in_order(first: Value, then: Value) -> bool:
    if isinstance(first, date) and isinstance(then, date):
        return first <= then
    if isinstance(first, int | Decimal) and isinstance(then, int | Decimal):
        return first <= then
    return True


def _as_text(value: object) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
