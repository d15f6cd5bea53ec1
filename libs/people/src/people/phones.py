"""Phone numbers, which are login names: mobile numbers in China, and numbers abroad with their country code (L-03)."""

import re
import unicodedata

import phonenumbers

_MOBILE = re.compile(r"1[3-9]\d{9}")
_MARKS = re.compile(r"[\s\-–—()./]")


def read_phone(typed: str) -> str | None:
    """The number as it is stored and compared: eleven digits for a mobile number in China, otherwise E.164 (+85291234567).
    None when it is neither."""
    text = _MARKS.sub("", "".join(c for c in unicodedata.normalize("NFKC", typed) if unicodedata.category(c) != "Cf"))
    home = re.sub(r"^(?:\+|00)?86(?=1\d{10}$)", "", text)
    if home.isascii() and _MOBILE.fullmatch(home):
        return home
    abroad = "+" + text.removeprefix("+").removeprefix("00")
    if not text.startswith(("+", "00")) or not abroad[1:].isdigit():
        return None
    try:
        number = phonenumbers.parse(abroad)
    except phonenumbers.NumberParseException:
        return None
    if number.country_code == 86 or not phonenumbers.is_possible_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
