"""Personal numbers in texts that are not made for them: log lines, addresses of requests (L-20). Pure.

The forms are wider than `people` reads: a mistyped number is one of somebody, too. Ids (UUIDs, hashes) are longer words of
letters and digits, or shorter ones, and stay.
"""

import re
from typing import Any

_ALONE_BEFORE, _ALONE_AFTER = r"(?<![0-9A-Za-z])", r"(?![0-9A-Za-z])"
_BIRTH = r"(?:1[89]|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])"
_SEPARATOR = r"(?:[ \-\u00a0\u2010-\u2015]|%20|\+)?"
_IDENTITY = rf"[GLJglj]?[1-9]\d{{5}}{_SEPARATOR}{_BIRTH}{_SEPARATOR}\d{{3}}[\dXx]"
_OLD_IDENTITY = r"[1-9]\d{7}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}"
_REGISTRY = r"[GLJglj]\d{17}[\dXx]"
_PERMIT = r"[HMhm]\d{8}(?:\d\d)?|[A-Za-z]{3}\d{12}|[EGDPKegdpk][A-Za-z]?\d{7,8}(?!-[0-9a-f]{4}-)"
_PHONE = r"(?:\+|%2B|00)?(?:86[ \-]?)?1[3-9]\d[ \-]?\d{4}[ \-]?\d{4}|\+[1-9]\d{7,14}"
_IN_ADDRESS = re.compile(rf"{_ALONE_BEFORE}(?:{_IDENTITY}|{_REGISTRY}|{_OLD_IDENTITY}){_ALONE_AFTER}")
_IN_LOG = re.compile(rf"{_ALONE_BEFORE}(?:{_IDENTITY}|{_REGISTRY}|{_OLD_IDENTITY}|{_PERMIT}|{_PHONE}){_ALONE_AFTER}")
_WIDE = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
"""Full-width characters, which people type for digits and letters."""
_TOKEN = re.compile(r"(?<=/downloads/)[A-Za-z0-9_%=-]+")
"""The token of a one-time address (L-19)."""
_DETAIL = re.compile(r"^DETAIL: .*$", re.M)
"""PostgreSQL repeats in it the values of the row that it refused."""
REMOVED = "[removed]"


def has_personal_number(text: str) -> bool:
    """Whether a text contains what looks like the number of an identity card or of the student registry."""
    return _IN_ADDRESS.search(text.translate(_WIDE)) is not None


def redacted(text: str) -> str:
    """The text without numbers of identity documents and of the student registry, phone numbers, tokens of downloads, and
    PostgreSQL's details."""
    text = _TOKEN.sub(REMOVED, text)
    return _DETAIL.sub(f"DETAIL: {REMOVED}", _IN_LOG.sub(REMOVED, text.translate(_WIDE)))


def redacted_value(value: Any) -> Any:
    """The same in a value that is made of texts, numbers, lists and mappings."""
    if isinstance(value, str):
        return redacted(value)
    if isinstance(value, bool | int | float) or value is None:
        return REMOVED if isinstance(value, int) and redacted(str(value)) != str(value) else value
    if isinstance(value, dict):
        return {redacted_value(key): redacted_value(one) for key, one in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [redacted_value(one) for one in value]
    return redacted(str(value))
