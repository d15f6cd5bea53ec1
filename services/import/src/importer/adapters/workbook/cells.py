"""Converts a cell from what Excel stored to the value of its column, or finds its problem. Pure.

This handles what is special to workbooks (formats, rounding, widths). The validator decides whether a value is allowed,
except for choices, lengths and emptiness, which the column defines.
"""

import datetime as dt
import math
import re
from decimal import Decimal

from importer.domain import normalise
from importer.domain.templates import Column, Value

type Cell = str | int | float | bool | dt.date | dt.datetime | dt.time | dt.timedelta

_SCIENTIFIC = re.compile(r"\d(?:\.\d+)?[eE]\+?\d{1,3}")
_DATE = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*[日号]?(?:[\sT]*[\d:.]+Z?)?|(\d{4})(\d{2})(\d{2})")
_NUMBER = re.compile(r"[+-]?(?:\d{1,15}(?:\.\d*)?|\.\d+)")
_EXACT = 10**15  # Excel keeps fifteen digits
_SERIAL = (20_000, 73_050)  # 1954 to 2099 as Excel counts days
_FIRST = dt.date(1899, 12, 30)
_LAST_OF_TIMES = dt.date(1900, 1, 31)
"""A date and time up to here is a number of hours, minutes and seconds in a cell with a date format."""
_FIRST_1904 = dt.date(1904, 1, 1)
_UNCLEAR = re.compile(r"\d{1,2}\s*[-/.]\s*\d{1,2}\s*[-/.]\s*(?:\d{4}|\d{2})")


_PICTURE = re.compile(r"=?\s*(?:_xl\w{1,10}\.){0,3}(?:DISPIMG|IMAGE)\s*\(", re.IGNORECASE)
"""What is stored as the text of a cell with a picture in it (L-14)."""


class BadCell(ValueError):  # noqa: N818 - a problem of the input
    """The problem of one cell: a code of `messages.PROBLEMS` and its values."""

    def __init__(self, code: str, **values: object) -> None:
        super().__init__(code)
        self.code = code
        self.values = values


def read(column: Column, cell: Cell, *, from_1904: bool = False) -> Value | None:
    """The value, or None when the cell is empty. Raises `BadCell`. `from_1904`: bare day numbers count from there."""
    if isinstance(cell, str):
        if cell == "" or not normalise.lines(cell):
            return None
        if cell[0] in "=_" and _PICTURE.match(cell):
            raise BadCell("picture")
        if column.outcomes and (outcome := _outcome(column, cell)) is not None:
            return outcome
    elif isinstance(cell, float) and not math.isfinite(cell):
        raise BadCell("cell_error")
    elif column.may_be_date and isinstance(cell, dt.date):
        cell = cell.strftime("%Y-%m-%d")
    if from_1904 and column.type == "date" and isinstance(cell, float | int) and _is_serial(cell):
        cell = _FIRST_1904 + dt.timedelta(days=int(cell))
    value = _read(column, cell)
    if isinstance(value, str) and column.max_length is not None and len(value) > column.max_length:
        raise BadCell("too_long", limit=column.max_length, length=len(value))
    return value


def _read(column: Column, cell: Cell) -> Value:
    match column.type:
        case "text" | "name" | "long_text" | "code":
            return _text(column.type, cell)
        case "integer":
            return _integer(cell)
        case "number":
            return _plain(_number(cell, "not_number"))
        case "date":
            return _date(cell).isoformat()
        case "datetime":
            return _datetime(cell)
        case "hours":
            return _hours(cell)
        case "duration":
            return _duration(cell)
        case "choice":
            return _choice(column, shown(cell))
        case "choices":
            words = [word for word in re.split(r"[,，、;；/\n]", shown(cell)) if normalise.line(word)]
            return tuple(dict.fromkeys(_choice(column, word) for word in words))


def shown(cell: Cell) -> str:
    """The cell as a person sees it, for lists and messages."""
    if isinstance(cell, bool):
        return "是" if cell else "否"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < _EXACT else repr(cell)
    if isinstance(cell, dt.datetime):
        return cell.date().isoformat() if cell.time() == dt.time() else cell.isoformat(" ", "minutes")
    return normalise.lines(str(cell))


def _text(kind: str, cell: Cell) -> str:
    if isinstance(cell, dt.date | dt.time | dt.timedelta):
        raise BadCell("became_date")
    if isinstance(cell, float | int) and not isinstance(cell, bool) and abs(cell) >= _EXACT:
        raise BadCell("scientific")
    text = shown(cell)
    if kind == "code":
        text = normalise.code(text)
        if _SCIENTIFIC.fullmatch(text):
            raise BadCell("scientific")
        return text[:-2] if re.fullmatch(r"\d+\.0", text) else text
    if kind == "name":
        return normalise.name(text)
    return text if kind == "long_text" else normalise.line(text)


def _number(cell: Cell, otherwise: str) -> Decimal:
    if isinstance(cell, float | int) and not isinstance(cell, bool):
        if abs(cell) >= _EXACT:
            raise BadCell("scientific")
        return round(Decimal(repr(cell)), 6)
    text = normalise.code(normalise.plain_marks(shown(cell))).replace(",", "")
    if isinstance(cell, str) and _NUMBER.fullmatch(text):
        return round(Decimal(text), 6)
    raise BadCell("percent" if text.endswith("%") else otherwise, value=_short(cell))


def _integer(cell: Cell) -> int:
    number = _number(cell, "not_integer")
    if number != number.to_integral_value():
        raise BadCell("not_integer", value=_short(cell))
    return int(number)


def _plain(number: Decimal) -> str:
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _date(cell: Cell) -> dt.date:
    if isinstance(cell, dt.datetime):
        return cell.date()
    if isinstance(cell, dt.date):
        return cell
    if isinstance(cell, float | int) and _is_serial(cell):
        return _FIRST + dt.timedelta(days=int(cell))
    found = _DATE.fullmatch(normalise.plain_marks(shown(cell)).removesuffix(".0"))
    if found is None:
        raise BadCell("date_unclear" if _UNCLEAR.fullmatch(normalise.line(shown(cell))) else "not_date", value=_short(cell))
    year, month, day = (int(found[at] or found[at + 3]) for at in (1, 2, 3))
    try:
        return dt.date(year, month, day)
    except ValueError:
        raise BadCell("no_such_day", value=_short(cell)) from None


def _is_serial(cell: float) -> bool:
    return not isinstance(cell, bool) and _SERIAL[0] <= cell <= _SERIAL[1]


def _datetime(cell: Cell) -> str:
    if isinstance(cell, dt.datetime):
        return cell.isoformat(" ", "minutes")
    if isinstance(cell, str):
        return normalise.line(cell)
    return _date(cell).isoformat()


def _hours(cell: Cell) -> str:
    if isinstance(cell, dt.time):
        return f"{cell.hour}:{cell.minute:02}"
    if isinstance(cell, dt.timedelta):
        minutes = round(cell.total_seconds() / 60)
        return f"{minutes // 60}:{minutes % 60:02}"
    if isinstance(cell, dt.date):
        raise BadCell("became_date")
    return normalise.line(shown(cell))


def _duration(cell: Cell) -> str:
    """The duration as somebody wrote it, or what Excel made of it: 3:45 typed is the time 03:45:00."""
    if isinstance(cell, dt.datetime) and cell.date() <= _LAST_OF_TIMES:
        cell = cell - dt.datetime.combine(_FIRST, dt.time())
    if isinstance(cell, dt.timedelta):
        seconds = Decimal(cell // dt.timedelta(microseconds=1)) / 1_000_000
        return f"{int(seconds // 3600)}:{int(seconds // 60 % 60):02}:{_plain(seconds % 60).zfill(2)}"
    if isinstance(cell, dt.time):
        seconds = cell.second + Decimal(cell.microsecond) / 1_000_000
        return f"{cell.hour}:{cell.minute:02}:{_plain(seconds).zfill(2)}"
    if isinstance(cell, dt.date):
        raise BadCell("became_date")
    if isinstance(cell, float | int) and not isinstance(cell, bool):
        return _plain(round(Decimal(repr(cell)), 9))
    return normalise.line(cell if isinstance(cell, str) else shown(cell))


def _outcome(column: Column, cell: str) -> str | None:
    """The result in words that a cell holds. Raises `BadCell` for other words, and asks about signs such as / and -:
    they may mean anything (L-12)."""
    folded = normalise.fold(cell)
    spellings = (folded, normalise.short_heading(folded), folded.strip("()[]【】"))
    for name in column.outcomes:
        if normalise.fold(name) in spellings:
            return name
    if not any(character.isdecimal() for character in normalise.lines(cell)):
        code = "not_result" if any(character.isalnum() for character in cell) else "result_unclear"
        raise BadCell(code, value=_short(cell), words="、".join(dict.fromkeys(column.outcomes.values())))
    return None


def _choice(column: Column, text: str) -> str:
    folded = normalise.fold(text)
    for choice in column.choices:
        if normalise.fold(choice) == folded:
            return choice
    for other in column.other_choices:
        if normalise.fold(other) == folded:
            return other
    if (rest := normalise.without_code(folded)) != folded:
        return _choice(column, rest)
    raise BadCell("not_in_list", choices="、".join(column.choices[:20]), value=_short(text))


def _short(cell: Cell) -> str:
    text = normalise.line(shown(cell))
    return text if len(text) <= 30 else f"{text[:30]}…"
