"""The 18-digit ID number (GB 11643): check character, normalising what people type, masking."""

import re
import unicodedata

from servicekit.refusals import Refusal

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = "10X98765432"


def valid(text: str) -> bool:
    """18 characters, the last of which is the right check character."""
    if not re.fullmatch(r"[0-9]{17}[0-9X]", text):
        return False
    total = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, text, strict=False))
    return _CHECKS[total % 11] == text[17]


def read(typed: str, field: str) -> str:
    """Normalise a typed ID number (full-width digits, blanks, small x); refuses an invalid one (JX-16)."""
    text = re.sub(r"\s", "", unicodedata.normalize("NFKC", typed)).upper()
    if not valid(text):
        raise Refusal("id_number_invalid", field=field, rule="JX-16")
    return text


def plain(typed: str) -> str:
    """Normalise a typed user name, phone number or person's name: no outer blanks, no full-width characters."""
    return unicodedata.normalize("NFKC", typed).strip()


def masked(id_number: str | None) -> str | None:
    """360***********001X: what anyone sees of an ID number without giving a reason."""
    return None if id_number is None else id_number[:3] + "*" * max(0, len(id_number) - 7) + id_number[-4:]


def masked_registry(number: str) -> str:
    """G360102********1234: a registry number contains an ID number; only its area and last four characters are shown."""
    return number[:7] + "*" * (len(number) - 11) + number[-4:] if len(number) > 11 else number
