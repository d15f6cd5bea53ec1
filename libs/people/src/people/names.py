"""The key by which two spellings of a name are the same, and the name as it is displayed (L-05)."""

import re
import unicodedata
from functools import cache, lru_cache
from importlib.resources import files

_DOTS = "·•‧∙⋅・･．.。｡․᛫●ꞏ·ᐧ⸱⸳︙"
"""Characters that people type for the middle dot of a name such as 买买提·阿不都."""
_DASHES = "-‐‑‒–—―−﹣－ー"
_QUOTES = "'’‘ʼʻ′`´＇"
_IGNORED = frozenset({"Cc", "Cf", "Zs", "Zl", "Zp"})
"""Control characters, invisible characters and spaces."""
_SELECTORS = re.compile("[\u034f\u180b-\u180d\ufe00-\ufe0f\U000e0100-\U000e01ef]")
"""Variation selectors: they choose a glyph of the same character."""
_TO_HALF_WIDTH = {code + 0xFEE0: code for code in range(0x21, 0x7F)} | {0x3000: 0x20}
_TO_FULL_WIDTH = {half: full for full, half in _TO_HALF_WIDTH.items()}
_HAN_GAP = re.compile(r"(?<=[^\W\da-zA-Z_·])\s+(?=[^\W\da-zA-Z_·])|\s+(?=·)|(?<=·)\s+")


@cache
def _table() -> dict[int, str]:
    """Characters that NFKC leaves apart although people take them for the same."""
    found = dict.fromkeys(map(ord, _DOTS), "·") | dict.fromkeys(map(ord, _DASHES), "-") | dict.fromkeys(map(ord, _QUOTES), "'")
    for line in files("people").joinpath("radicals.txt").read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            radical, ideograph, _ = line.split()
            found[int(radical, 16)] = chr(int(ideograph, 16))
    return found


@lru_cache(8192)
def name_key(name: str) -> str:
    """The normalised name: equal for spellings that differ in width, spaces, kind of middle dot, dash or apostrophe,
    compatibility or radical code points, invisible characters or letter case. For comparing and searching only; it is
    never displayed. Empty if nothing is left."""
    text = unicodedata.normalize("NFKC", name.translate(_table())).translate(_table())
    visible = "".join(c for c in _SELECTORS.sub("", text) if unicodedata.category(c) not in _IGNORED)
    return unicodedata.normalize("NFKC", visible.casefold()).strip("·")


def same_name(one: str, other: str) -> bool:
    """Whether two spellings are the same name. An empty one equals none."""
    key = name_key(one)
    return bool(key) and key == name_key(other)


def display_name(name: str) -> str:
    """The name as entered, without what nobody can see: outer, invisible and doubled blanks, and blanks that a form put
    between ideographs (张　三 is 张三). Characters themselves are never replaced."""
    visible = "".join(c for c in name if unicodedata.category(c) not in ("Cc", "Cf") or c in "\t\n\r")
    return _HAN_GAP.sub("", " ".join(visible.split()))


def in_widths(words: str) -> list[str]:
    """The words as typed, in half width and in full width, each once: for searching a text that has no name key."""
    return list(dict.fromkeys((words, words.translate(_TO_HALF_WIDTH), words.translate(_TO_FULL_WIDTH))))


def unprintable(name: str) -> list[str]:
    """The characters of a name that have no agreed meaning, each once: private-use and unassigned code points, and the
    replacement character. The dry run of an import reports them."""
    return list(dict.fromkeys(c for c in name if unicodedata.category(c) in ("Co", "Cn", "Cs") or c == "\ufffd"))
