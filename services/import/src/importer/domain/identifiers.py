"""Chinese identifiers of people: ID number, mobile phone, national registry number. Pure."""

import re
from dataclasses import dataclass
from datetime import date
from typing import Literal

type Sex = Literal["男", "女"]

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = "10X98765432"
_ID = re.compile(r"[1-9]\d{16}[\dX]")
_PHONE = re.compile(r"1[3-9]\d{9}")
_REGISTRY = re.compile(r"[GL]\d{17}[\dX]")


@dataclass(frozen=True, slots=True)
class IdNumber:
    """An ID number with the date of birth and the sex in it."""

    text: str
    born: date
    sex: Sex


def check_digit(first: str) -> str:
    """The last character for the first seventeen digits (GB 11643, mod 11-2)."""
    return _CHECKS[sum(int(digit) * weight for digit, weight in zip(first, _WEIGHTS, strict=True)) % 11]


def id_number(text: str) -> IdNumber | str:
    """The number read, or the code of what is wrong: `id_form`, `id_birth`, `id_checksum`."""
    text = text.upper()
    if not (text.isascii() and _ID.fullmatch(text)):
        return "id_form"
    try:
        born = date(int(text[6:10]), int(text[10:12]), int(text[12:14]))
    except ValueError:
        return "id_birth"
    if not 1900 <= born.year <= 2100:
        return "id_birth"
    if check_digit(text[:17]) != text[17]:
        return "id_checksum"
    return IdNumber(text, born, "男" if int(text[16]) % 2 else "女")


def phone(text: str) -> str | None:
    """The eleven digits of a mobile phone in China, without +86, spaces and dashes; None when it is none."""
    digits = re.sub(r"[\s\-–—()]", "", text)
    digits = re.sub(r"^(?:\+|00)?86(?=1)", "", digits)
    return digits if digits.isascii() and _PHONE.fullmatch(digits) else None


def registry_number(text: str) -> str | None:
    """A national registry number: G (final) or L (provisional) and 18 characters; None when it is none."""
    text = text.upper()
    return text if text.isascii() and _REGISTRY.fullmatch(text) else None
