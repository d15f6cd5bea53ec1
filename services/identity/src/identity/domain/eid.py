"""The education id: 6 digits of area, 6 of a running number, 1 check digit. It never changes (JX-16)."""

import re


def check_digit(digits: str) -> str:
    """ISO 7064 MOD 11,10: finds every single wrong digit and nearly every swap of neighbours."""
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
    """13 digits that agree with their last one."""
    return re.fullmatch(r"[0-9]{13}", eid) is not None and check_digit(eid[:-1]) == eid[-1]


def area_of(labels: tuple[str, ...]) -> str | None:
    """The area that a district's path spells out: `36.01.02` of two-digit labels is 360102."""
    text = "".join(labels[:3])
    return text if len(labels) >= 3 and re.fullmatch(r"[0-9]{6}", text) else None
