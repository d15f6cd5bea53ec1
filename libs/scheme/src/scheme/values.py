"""Converts what people type into typed values: full-width digits, Chinese dates, hours and minutes.

Every function raises ValueError with a Chinese sentence that a student or a teacher can act on.
"""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from decimal import Decimal, InvalidOperation

from scheme import durations


@dataclass(frozen=True, slots=True)
class NamedOutcome:
    """A result in words, such as 缺考, in the place of a number: the id of the field's outcome (L-12)."""

    outcome: str


type Value = str | int | bool | Decimal | date | datetime | timedelta | NamedOutcome | None

_THOUSANDS = re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d*)?")
_DATE = re.compile(r"(\d{4})(?:\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*[日号]?|(\d{2})(\d{2}))")
_TIME = re.compile(r"(上午|早上|下午|晚上)?\s*(\d{1,2})[:时点](\d{1,2}|半)?(?:[:分](\d{1,2})?秒?)?\s*([AP]M)?", re.IGNORECASE)
_AFTERNOON = frozenset({"下午", "晚上", "PM"})
_HOURS = re.compile(r"(?:(\d+(?:\.\d+)?)\s*(?:小时|时|h))?\s*(?:(\d+)\s*(?:分钟|分|min))?", re.IGNORECASE)
_YES = frozenset({"是", "有", "对", "true", "yes", "y", "1", "√", "✓"})
DIGITS = str.maketrans("０１２３４５６７８９", "0123456789")
_NO = frozenset({"否", "无", "没有", "不", "false", "no", "n", "0", "×"})


def half_width(text: str) -> str:
    """Full-width digits, letters and signs become half-width: １２：３０ → 12:30."""
    return unicodedata.normalize("NFKC", text).strip()


def clean_text(text: str) -> str:
    """Strip, normalise line ends, refuse control characters. Chinese punctuation is kept."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").strip(" \t\n\u3000\ufeff")
    if not text.isprintable() and any(unicodedata.category(c) in {"Cc", "Cs"} and c not in "\n\t" for c in text):
        raise ValueError("含有无法显示的字符")
    return unicodedata.normalize("NFC", text)


def to_date(value: object) -> date:
    """2026-03-01, 2026/3/1, 2026.3.1, 2026年3月1日, 20260301 (also the whole number) or a date."""
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    text = half_width(str(value))
    found = _DATE.fullmatch(re.sub(r"[ T]+0{1,2}:00(:00)?(\.0+)?$", "", text))
    if found is None:
        raise ValueError("日期格式不正确，请写成 2026-03-01 这样")
    year, month, day = found[1], found[2] or found[4], found[3] or found[5]
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        raise ValueError("没有这一天，请检查日期") from None


def to_datetime(value: object, zone: tzinfo) -> datetime:
    """A date and a time of day, midnight by default; without an offset it is in `zone`."""
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=zone)
    if isinstance(value, date):
        return datetime.combine(value, time(), zone)
    text = half_width(str(value))
    try:
        whole = datetime.fromisoformat(text)
    except ValueError:
        pass
    else:
        return whole if whole.tzinfo else whole.replace(tzinfo=zone)
    day = _DATE.match(text)
    if day is None:
        raise ValueError("时间格式不正确，请写成 2026-03-01 14:30 这样")
    rest = text[day.end() :].strip(" T")
    time_of_day = _TIME.fullmatch(rest) if rest else None
    if rest and time_of_day is None:
        raise ValueError("时间格式不正确，请写成 2026-03-01 14:30 这样")
    try:
        at = _time_of_day(time_of_day) if time_of_day else time()
    except ValueError:
        raise ValueError("没有这个时刻，请检查时间") from None
    return datetime.combine(to_date(day[0]), at, zone)


def _time_of_day(found: re.Match[str]) -> time:
    """The time of a match of `_TIME`; 下午3点 is 15:00, 12:30 AM is 0:30. Raises ValueError."""
    hour, half = int(found[2]), (found[1] or found[5] or "").upper()
    if half in _AFTERNOON and hour < 12:
        hour += 12
    elif half == "AM" and hour == 12:
        hour = 0
    return time(hour, 30 if found[3] == "半" else int(found[3] or 0), int(found[4] or 0))


def to_decimal(value: object) -> Decimal:
    """A number without an exponent, with at most 12 digits before the point, rounded to 6 after it. Commas stand between
    thousands only: 1,68 is neither 168 nor 1.68 for sure."""
    if isinstance(value, bool):
        raise ValueError("请填写数字")
    text = half_width(str(value))
    if _THOUSANDS.fullmatch(text):
        text = text.replace(",", "")
    if not re.fullmatch(r"[+-]?\d{1,12}(\.\d*)?|[+-]?\.\d+", text):
        raise ValueError("请填写数字")
    try:
        number = Decimal(text)
    except InvalidOperation:
        raise ValueError("请填写数字") from None
    return plain(round(number, 6))


def to_integer(value: object) -> int:
    """A whole number; 3.0 from a workbook counts as 3."""
    number = to_decimal(value)
    if number != number.to_integral_value():
        raise ValueError("请填写整数")
    return int(number)


def to_boolean(value: object) -> bool:
    """是 or 否, and their usual synonyms."""
    if isinstance(value, bool):
        return value
    text = half_width(str(value)).lower()
    if text in _YES:
        return True
    if text in _NO:
        return False
    raise ValueError("请填写“是”或“否”")


def to_hours(value: object) -> Decimal:
    """Hours, to the minute: 3, 2.5, 12小时30分钟, 90分钟, 1:30."""
    if isinstance(value, int | float | Decimal):
        return to_decimal(value)
    text = half_width(str(value))
    colon = re.fullmatch(r"(\d{1,4}):([0-5]\d)", text)
    if colon:
        return _hours(Decimal(colon[1]), Decimal(colon[2]))
    words = _HOURS.fullmatch(text)
    if words and (words[1] or words[2]):
        return _hours(Decimal(words[1] or 0), Decimal(words[2] or 0))
    try:
        return to_decimal(text)
    except ValueError:
        raise ValueError("时长格式不正确，请写成 2.5 或 2小时30分钟") from None


def _hours(hours: Decimal, minutes: Decimal) -> Decimal:
    return plain(round(hours + minutes / 60, 2))


def plain(number: Decimal) -> Decimal:
    """Without trailing zeros and without an exponent: 90.00 → 90."""
    short = number.normalize()
    return short.quantize(Decimal(1)) if short == short.to_integral_value() else short


type JsonValue = str | int | bool | dict[str, str] | None


def jsonable(values: dict[str, Value]) -> dict[str, JsonValue]:
    """The values for JSON: decimals as text, dates and durations in ISO 8601, a result in words as {"outcome": id}.
    `Form.validate_data` accepts them again."""
    return {key: _json(value) for key, value in values.items()}


def _json(value: Value) -> JsonValue:
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, timedelta):
        return durations.to_iso(value)
    if isinstance(value, NamedOutcome):
        return {"outcome": value.outcome}
    return value
