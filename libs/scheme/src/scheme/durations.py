"""Reads durations as people write them: 3'45", 3′45″, 3分45秒, 3:45, 0:03:45, 3.45, 225, PT3M45S (L-13). Pure.

A text may have several readings: 3:45:00 in a cell is what Excel makes of 3:45. The range of the field decides between
them; where it does not, people are asked.
"""

import re
import unicodedata
from datetime import timedelta
from decimal import Decimal
from typing import Literal

type DurationUnit = Literal["秒", "分秒"]
"""What a number without a unit in a field means: seconds, or minutes and seconds, so that 3.45 is 3 minutes and 45 seconds."""

_SIGNS = str.maketrans(dict.fromkeys("’‘`´ʹʼ′‵ˊ＇", "'") | dict.fromkeys("”“″〃˝ʺ‶＂", '"'))
_NUMBER = r"\d{1,9}(?:\.\d{1,9})?"
_ISO = re.compile(rf"pt(?:(\d{{1,4}})h)?(?:(\d{{1,5}})m)?(?:({_NUMBER})s)?")
_WORDS = re.compile(rf"(?:(\d{{1,4}})时)?(?:(\d{{1,5}})分)?(?:({_NUMBER})秒?)?")
_MARKS = re.compile(rf"(?:(\d{{1,5}})')?(?:({_NUMBER})\"?)?")
_TENTHS = re.compile(r"([^.]*\d)(秒|\")(\d{1,3})")
"""7"8 and 3分45秒2: what follows the seconds is their fraction."""
_CLOCK = re.compile(r"(?:(\d{1,4}):)?(\d{1,5}):(\d{1,2}(?:\.\d{1,9})?)")
_PLAIN_NUMBER = re.compile(r"(\d{1,9})(?:[.](\d{1,18}))?")
_DAY = 86_400


def readings(text: str, unit: DurationUnit = "秒") -> list[Decimal]:
    """The seconds that a text may mean, likeliest first; none where it is no duration."""
    text = re.sub(r"\s", "", unicodedata.normalize("NFKC", text.translate(_SIGNS))).casefold().replace("''", '"')
    if found := _ISO.fullmatch(text):
        return _sum(found[1], found[2], found[3]) if any(found.groups()) else []
    for words, sign in (("小时|hours?|hrs?|h", "时"), ("分钟|mins?|m", "分"), ("秒钟|secs?|s", "秒")):
        text = re.sub(words, sign, text)
    if number := _PLAIN_NUMBER.fullmatch(text):
        return _of_number(text, number[1], number[2], unit)
    text = _TENTHS.sub(r"\1.\3\2", text) if _TENTHS.fullmatch(text) else text
    if (found := _WORDS.fullmatch(text)) and any(found.groups()):
        return _sum(found[1], found[2], found[3])
    if (found := _MARKS.fullmatch(text)) and any(found.groups()):
        return _sum(None, found[1], found[2])
    if found := _CLOCK.fullmatch(text):
        hours, minutes, seconds = found.groups()
        whole = _sum(hours, minutes, seconds)
        # Excel takes 3:45 for hours and minutes
        return whole + _sum(None, hours, minutes) if hours and int(hours) and not Decimal(seconds) else whole
    return []


def _sum(hours: str | None, minutes: str | None, seconds: str | None) -> list[Decimal]:
    if ((minutes or hours) and Decimal(seconds or 0) >= 60) or (hours and int(minutes or 0) >= 60):
        return []
    return [int(hours or 0) * 3600 + int(minutes or 0) * 60 + Decimal(seconds or 0)]


def _of_number(text: str, whole: str, fraction: str | None, unit: DurationUnit) -> list[Decimal]:
    number = Decimal(text)
    of_a_day = _of_a_day(number) if 0 < number < 1 and fraction and len(fraction) > 3 else []
    if unit == "秒":
        return of_a_day or [number]
    if fraction is None:
        minutes, seconds = divmod(int(whole), 100)
        return [number, *_sum(None, whole, None)] if number < 60 else [number, *(_sum(None, str(minutes), str(seconds)))]
    if int(whole) >= 60:
        return [number]
    if len(fraction) == 2:
        return _sum(None, whole, fraction)
    if len(fraction) == 1:
        return [*_sum(None, whole, f"{fraction}0"), *_sum(None, whole, f"0{fraction}")]
    return of_a_day


class UnclearDurationError(ValueError):
    """A text with several readings."""


def _of_a_day(number: Decimal) -> list[Decimal]:
    """A time in a cell without its format is a part of a day; where Excel took 3:45 for hours, the minutes are meant, too."""
    seconds = round(number * _DAY, 2)
    return [seconds] if seconds % 60 or seconds < 3600 else [seconds, seconds / 60]


def to_duration(value: object, unit: DurationUnit, minimum: Decimal | None, maximum: Decimal | None) -> timedelta:
    """The one reading of a text within the range (seconds); numbers are seconds. Raises ValueError with a Chinese sentence
    where there is none, and `UnclearDurationError` with a question where there are several."""
    if isinstance(value, timedelta):
        return value
    if isinstance(value, bool):
        raise ValueError("请填写时长")
    if isinstance(value, int | float | Decimal):
        try:
            return timedelta(seconds=float(value))
        except (OverflowError, ValueError):
            raise ValueError("请填写时长") from None
    found = list(dict.fromkeys(readings(str(value), unit)))
    if not found:
        raise ValueError(f"看不出“{_short(str(value))}”是多长时间，请写成 {shown(timedelta(seconds=225), unit)} 的样子")
    fitting = [one for one in found if (minimum is None or one >= minimum) and (maximum is None or one <= maximum)]
    if len(fitting) > 1:
        both = "还是".join(shown(timedelta(seconds=float(one)), "分秒") for one in fitting)
        raise UnclearDurationError(
            f"“{_short(str(value))}”是{both}？请写成 {shown(timedelta(seconds=float(fitting[0])), '分秒')} 的样子"
        )
    return timedelta(seconds=float((fitting or found)[0]))


def seconds_of(value: timedelta) -> Decimal:
    """The seconds of a duration, exact to the microsecond."""
    return Decimal(value // timedelta(microseconds=1)) / 1_000_000


def shown(value: timedelta, unit: DurationUnit) -> str:
    """3分45秒, 7.8秒, 1小时0分5秒."""
    seconds = seconds_of(value)
    if unit == "秒":
        return f"{_plain(seconds)}秒"
    minutes, rest = divmod(seconds, 60)
    hours, whole = divmod(int(minutes), 60)
    return f"{f'{hours}小时' if hours else ''}{f'{whole}分' if hours or whole else ''}{_plain(rest)}秒"


def to_iso(value: timedelta) -> str:
    """ISO 8601 as values of records hold it: PT3M45S."""
    minutes, seconds = divmod(seconds_of(value), 60)
    return f"PT{int(minutes)}M{_plain(seconds)}S" if minutes else f"PT{_plain(seconds)}S"


def _plain(number: Decimal) -> str:
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= 30 else f"{text[:30]}…"
