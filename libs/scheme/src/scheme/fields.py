"""Fields of forms: their types and limits, and how a value is read, checked and shown (CS-06, X-12, L-12, L-13)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from decimal import Decimal
from functools import cached_property
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo

import pydantic
from pydantic import model_validator

from scheme import durations
from scheme.base import ContentError, Id, Model, Ref, RoleId, Text, need_unique_ids, repeated
from scheme.conditions import Formula
from scheme.durations import DurationUnit
from scheme.values import (
    DIGITS,
    NamedOutcome,
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
    "text",
    "long_text",
    "date",
    "datetime",
    "integer",
    "decimal",
    "choice",
    "boolean",
    "duration",
    "duration_hours",
    "catalog",
    "image",
]


_CACHED_TYPES = frozenset({"choice", "integer", "decimal", "duration", "duration_hours", "boolean", "date"})
"""Types whose values are short, often repeated, and parsed alike whatever the time zone and the day."""
LOCAL = ZoneInfo("Asia/Shanghai")
"""The time of all provinces, for readers whose school keeps no other."""
_MAX_CACHED = 2_000
MOST_FILES = 50
"""The most files of a record, and so the highest number that an image field can have."""
_MEASURED = frozenset({"integer", "decimal", "duration", "duration_hours"})
"""Types of results that may also be words (L-12)."""


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


class FieldOutcome(Model):
    """A result in words in the place of a number (L-12): absent, exempt, not measurable. Never counted as 0; `aliases` are
    spellings found in workbooks."""

    id: Id
    title: Text
    aliases: tuple[Text, ...] = ()


class Condition(Model):
    """Holds when the field `field` has one of these choices or outcomes; without `one_of`, when it has any value (L-12)."""

    field: Id
    one_of: tuple[Id, ...] = ()

    def holds(self, value: object) -> bool:
        """Whether the condition holds for this value of the field, typed or as JSON."""
        name = outcome_of(value) or value
        return name in self.one_of if self.one_of else value not in (None, "")


class Field(Model):
    """One field of a form. written_by, read_by: the roles that may write or read it; empty: all (BJ-05).

    outcomes: results in words instead of a number (L-12). required_unless, required_if: required depending on another field.
    computed: never typed, but computed by the server from other fields.
    image: which of the record's files the picture is that the field asks for, as its number from 1 (`Kind.image_problems`).
    unit of a duration: 秒 (seconds) or 分秒 (minutes and seconds); its range is in seconds (L-13).
    """

    id: Id
    title: Text
    type: FieldType
    required: bool = False
    required_unless: Condition | None = None
    required_if: Condition | None = None
    outcomes: tuple[FieldOutcome, ...] = ()
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
    computed: Formula | None = None

    @model_validator(mode="after")
    def _fits_its_type(self) -> Self:
        need_unique_ids(self.choices, "choice", "choices")
        if (self.type == "choice") != bool(self.choices):
            raise ContentError(
                f"field {self.id!r}: a field of type choice, and only that, needs choices",
                "单选字段（choice）必须有选项，其他类型不能有选项",
                "请补上 choices，或改正 type",
                "choices" if self.choices else "type",
            )
        if (self.type == "catalog") != (self.catalog is not None):
            raise ContentError(
                f"field {self.id!r}: a field of type catalog, and only that, needs a catalog",
                "目录字段（catalog）必须写明目录，其他类型不能写",
                "请补上 catalog，或改正 type",
                "catalog" if self.catalog else "type",
            )
        if self.type in {"text", "long_text"} and self.max_length is None:
            raise ContentError(
                f"field {self.id!r}: text needs a max_length", "文字字段没有写最多字数", "请补上 max_length，如 max_length: 60"
            )
        if self.minimum is not None and self.maximum is not None and self.minimum > self.maximum:
            raise ContentError(
                f"field {self.id!r}: minimum is above maximum",
                f"最小值{self.minimum}大于最大值{self.maximum}",
                "请改正 minimum 或 maximum",
                "minimum",
            )
        if self.max_length is not None and self.min_length > self.max_length:
            raise ContentError(
                f"field {self.id!r}: min_length is above max_length",
                f"最少字数{self.min_length}大于最多字数{self.max_length}",
                "请改正 min_length 或 max_length",
                "min_length",
            )
        if self.type == "duration" and self.unit not in {None, "秒", "分秒"}:
            raise ContentError(
                f"field {self.id!r}: the unit of a duration is 秒 or 分秒",
                "时长的单位只能是秒或分秒",
                "请写 unit: 秒 或 unit: 分秒",
                "unit",
            )
        if self.outcomes and self.type not in _MEASURED:
            raise ContentError(
                f"field {self.id!r}: only fields of type {', '.join(sorted(_MEASURED))} have outcomes",
                "只有数字和时长字段可以有文字结果",
                "请删去 outcomes，或改正 type",
                "outcomes",
            )
        need_unique_ids(self.outcomes, "outcome", "outcomes")
        names = [half_width(name) for one in self.outcomes for name in {one.id, one.title, *one.aliases}]
        for name in repeated(names):
            raise ContentError(
                f"field {self.id!r}: {name!r} is the name of two outcomes",
                f"“{name}”同时是两个文字结果的写法",
                "请只留在其中一个",
                "outcomes",
            )
        if sum((self.required, self.required_unless is not None, self.required_if is not None)) > 1:
            raise ContentError(
                f"field {self.id!r}: required, required_unless and required_if exclude each other",
                "required、required_unless、required_if 只能写一个",
                "请保留一个",
                "required_if" if self.required_if else "required_unless",
            )
        if self.pattern is not None:
            try:
                re.compile(self.pattern)
            except re.error as wrong:
                raise ContentError(
                    f"field {self.id!r}: pattern cannot be read: {wrong}",
                    f"格式（正则表达式）读不懂：{wrong}",
                    "请改正 pattern，注意括号成对",
                    "pattern",
                ) from None
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
        if (outcome := self._outcome(value)) is not None:
            return outcome
        if not isinstance(value, str | int | float | Decimal | date | timedelta):
            raise FieldError("type", f"{self.title}：请填写文字、数字或日期")
        try:
            typed = self._typed(value, zone)
        except durations.UnclearDurationError as question:
            raise FieldError("unclear", f"{self.title}：{question}") from None
        except ValueError as wrong:
            if self.outcomes and isinstance(value, str) and not _HAS_DIGIT.search(value):
                raise FieldError("outcomes", self.unclear_outcome(value)) from None
            raise FieldError("type", f"{self.title}：{wrong}") from None
        self._check(typed, today)
        if isinstance(value, str) and self.type in _CACHED_TYPES and not self.not_future:
            if len(self._parsed) >= _MAX_CACHED:
                self._parsed.clear()
            self._parsed[value] = typed
        return typed

    def _outcome(self, value: object) -> NamedOutcome | None:
        """The outcome that a text names, or that a tagged value {"outcome": id} has."""
        if not self.outcomes:
            return None
        name = outcome_of(value) or (half_width(value) if isinstance(value, str) else None)
        return self._outcomes.get(name) if name is not None else None

    @cached_property
    def _outcomes(self) -> dict[str, NamedOutcome]:
        return {half_width(name): NamedOutcome(one.id) for one in self.outcomes for name in (one.id, one.title, *one.aliases)}

    def unclear_outcome(self, text: str) -> str:
        """The question about a text that is neither a number nor the name of an outcome, such as / or -."""
        words = "、".join(one.title for one in self.outcomes)
        return f"{self.title}：“{' '.join(text.split())[:30]}”是什么意思？请填写数字，或写明 {words}；没有结果的留空"

    @property
    def duration_unit(self) -> DurationUnit:
        """What a bare number in a duration means."""
        return "分秒" if self.unit == "分秒" else "秒"

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
            case "duration":
                return durations.to_duration(value, self.duration_unit, self.minimum, self.maximum)
            case "duration_hours":
                return to_hours(value)
            case "boolean":
                return to_boolean(value)
            case "choice":
                return self._choice(half_width(_as_text(value)))
            case "image":
                return self._number_of_file(value)

    def _number_of_file(self, value: object) -> int:
        if not 1 <= (number := to_integer(value)) <= MOST_FILES:
            raise ValueError("请从已上传的图片中选择")
        return number

    def _choice(self, text: str) -> str:
        for choice in self.choices:
            if text in {choice.id, *(half_width(name) for name in (choice.title, *choice.aliases))}:
                return choice.id
        raise ValueError(f"只能是{'、'.join(choice.title for choice in self.choices)}")

    def _check(self, value: Value, today: date | None) -> None:
        if isinstance(value, str):
            self._check_text(value)
        elif isinstance(value, timedelta):
            self._check_number(durations.seconds_of(value))
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
        if self.minimum is not None and value < self.minimum:
            raise FieldError("minimum", f"{self.title}不能小于{self.limit(self.minimum)}")
        if self.maximum is not None and value > self.maximum:
            raise FieldError("maximum", f"{self.title}不能大于{self.limit(self.maximum)}")
        if self.type != "integer" and value != round(value, self.decimals):
            raise FieldError("decimals", f"{self.title}最多{self.decimals}位小数")

    def limit(self, number: Decimal) -> str:
        """The minimum or maximum with its unit, for sentences."""
        if self.type == "duration":
            return durations.shown(timedelta(seconds=float(number)), self.duration_unit)
        return f"{number}{self.unit or ''}"

    def shown(self, value: object, zone: tzinfo = LOCAL) -> str:
        """The value for readers: a choice's title, 是/否, a number with its unit, a result in words, a time to the minute in
        `zone`."""
        if value is None or value == "":
            return ""
        if (name := outcome_of(value)) is not None:
            return next((one.title for one in self.outcomes if one.id == name), name)
        if self.type == "duration":
            return self._shown_duration(value)
        if self.type == "choice":
            return next((choice.title for choice in self.choices if choice.id == value), str(value))
        if self.type == "boolean":
            return "是" if value else "否"
        if self.type == "datetime":
            return _shown_time(value, zone)
        if self.type == "duration_hours":
            return f"{value}{self.unit or '小时'}"
        if self.type == "image":
            return f"见第{value}份材料"
        return f"{value}{self.unit}" if self.unit and self.type in {"integer", "decimal"} else str(value)

    def _shown_duration(self, value: object) -> str:
        try:
            found = durations.to_duration(value, self.duration_unit, self.minimum, self.maximum)
        except ValueError:
            return str(value)
        return durations.shown(found, self.duration_unit)


def _shown_time(value: object, zone: tzinfo) -> str:
    try:
        at = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    except ValueError:
        return str(value)
    return f"{at.astimezone(zone) if at.tzinfo else at:%Y-%m-%d %H:%M}"


_HAS_DIGIT = re.compile(r"\d")


def outcome_of(value: object) -> str | None:
    """The id of a result in words, from the typed value or from its JSON {"outcome": id}; None for any other value."""
    if isinstance(value, NamedOutcome):
        return value.outcome
    if isinstance(value, Mapping) and value.keys() == {"outcome"} and isinstance(value["outcome"], str):
        return value["outcome"]
    return None


class FieldError(ValueError):
    """A value exceeds a limit of its field: the limit's key in the scheme and a Chinese sentence."""

    def __init__(self, limit: str, message: str) -> None:
        super().__init__(message)
        self.limit = limit
        self.message = message


def _as_text(value: object) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
