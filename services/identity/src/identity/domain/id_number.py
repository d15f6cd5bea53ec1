"""The 18-digit ID number (GB 11643): its check character, and how people type it."""

import re
import unicodedata

from servicekit.refusals import Refusal

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = "10X98765432"


def valid(text: str) -> bool:
    """18 characters that agree with their last one."""
    if not re.fullmatch(r"[0-9]{17}[0-9X]", text):
        return False
    total = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, text, strict=False))
    return _CHECKS[total % 11] == text[17]


def read(typed: str, field: str) -> str:
    """The ID number typed, with full-width digits, blanks and a small x made plain; refuses what is none (JX-16)."""
    text = re.sub(r"\s", "", unicodedata.normalize("NFKC", typed)).upper()
    if not valid(text):
        raise Refusal("id_number_invalid", field=field, rule="JX-16")
    return text


def plain(typed: str) -> str:
    """A typed user name, phone number or person's name without stray blanks and full-width characters."""
    return unicodedata.normalize("NFKC", typed).strip()
