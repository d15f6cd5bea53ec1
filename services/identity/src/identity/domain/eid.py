"""The education id (教育ID): 6 digits of the area, 6 of a running number, 1 check digit. It never changes (JX-16)."""

import re


def check_digit(digits: str) -> str:
    """ISO 7064 MOD 11,10: detects every single wrong digit and nearly every swap of neighbouring digits."""
    product = 10
    for digit in digits:
        total = (product + int(digit)) % 10 or 10
        product = total * 2 % 11
    return str((11 - product) % 10)


def make(area: str, number: int) -> str:
    """The 13 digits of the student with this running number in this area."""
    body = f"{area}{number:06d}"
    if not re.fullmatch(r"\d{12}", body):
        raise ValueError("an education id is made of a 6-digit area and a number up to 999999")
    return body + check_digit(body)


def valid(eid: str) -> bool:
    """13 digits, the last of which is the right check digit."""
    return re.fullmatch(r"[0-9]{13}", eid) is not None and check_digit(eid[:-1]) == eid[-1]


def area_of(labels: tuple[str, ...]) -> str | None:
    """The area code of a path whose first three labels are digits: `36.01.02` gives 360102. Else None."""
    text = "".join(labels[:3])
    return text if len(labels) >= 3 and re.fullmatch(r"[0-9]{6}", text) else None
