"""The natural order of titles of classes and groups (L-07): 一班, 二班, … 十班; 1班, 2班, 10班; 实验1班 after them."""

import re
import unicodedata
from functools import lru_cache

_NUMERALS = {c: n for n, c in enumerate("零一二三四五六七八九十")} | {"〇": 0, "两": 2}
_NUMBER = re.compile(r"\d+|[零〇一二三四五六七八九十]+")
_LONGEST = 40


@lru_cache(4096)
def natural_key(title: str) -> str:
    """A text by whose code points titles are in their natural order: numbers, also written 十二, by value and before words.
    Widths, brackets, spaces and 第 before a number say nothing."""
    text = unicodedata.normalize("NFKC", title).casefold()
    plain = "".join(c for c in text if unicodedata.category(c)[0] in "LNS")
    return _NUMBER.sub(_sortable, re.sub(r"^第(?=[\d零〇一二三四五六七八九十])", "", plain))[:_LONGEST]


def han_number(text: str) -> int:
    """12 of 十二, 20 of 二十, 3 of 三, 2025 of 二〇二五."""
    tens, ten, ones = text.rpartition("十")
    if not ten:
        return int("".join(str(_NUMERALS[c]) for c in text))
    return (han_number(tens) if tens else 1) * 10 + (han_number(ones) if ones else 0)


def _sortable(found: re.Match[str]) -> str:
    """The number with its length before it, so that 9 comes before 10."""
    digits = str(int(found[0]) if found[0].isdecimal() else han_number(found[0]))
    return f"{min(len(digits), 99):02d}{digits}"
