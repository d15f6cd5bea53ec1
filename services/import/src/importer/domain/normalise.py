"""Normalises text from cells: width, white space, invisible characters. Chinese punctuation stays; nothing is guessed."""

import re
import unicodedata
from functools import lru_cache

_WIDE = {0xFF10 + i: ord("0") + i for i in range(10)}
_WIDE |= {0xFF21 + i: ord("A") + i for i in range(26)} | {0xFF41 + i: ord("a") + i for i in range(26)}
_SPACES = dict.fromkeys(map(ord, "\u00a0\u2002\u2003\u2009\u202f\u3000\t"), " ")
_NOTHING = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff\u00ad\u200e\u200f\u202a\u202b\u202c\u202d\u202e"))
_TABLE = _WIDE | _SPACES | _NOTHING
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f]")
_HAN_GAP = re.compile(r"(?<=[\u3400-\u9fff·]) +(?=[\u3400-\u9fff·])")
# Most cells are normal already; a quick test for that makes reading twice as fast.
_TO_DO = re.compile(f"^\\s|\\s$|[\\x00-\\x1f\\x7f{''.join(map(re.escape, map(chr, _TABLE)))}]|_x000D_")
_SIGNS_BEFORE = re.compile(r"^[^\w(\[《“\"]+")
_SIGNS_AFTER = re.compile(r"[^\w)\]》”\"%′″']+$")
"""★姓名, 姓名★, ＊姓名, ●姓名: whatever sign a form puts at a heading; letters, digits and brackets stay."""
_IN_BRACKETS = re.compile(r"(?<=.)(?!.*(?:父|母|祖|家长|监护|成员|教师|老师))(?:\([^()]*\)|\[[^\[\]]*\]|【[^【】]*】)$")
_ASIDE = re.compile(r"[(\[【][^()\[\]【】]*(?:必填|选填|可选|可不填)[^()\[\]【】]*[)\]】]")


def lines(text: str) -> str:
    """Several lines: half-width digits and letters, one kind of line end, no invisible characters."""
    if not _TO_DO.search(text):
        return text
    text = text.replace("_x000D_", "").replace("\r\n", "\n").replace("\r", "\n").translate(_TABLE)
    return "\n".join(line.strip() for line in _CONTROL.sub("", text).strip().split("\n"))


def line(text: str) -> str:
    """One line: like `lines`, runs of white space become one space."""
    text = lines(text)
    return " ".join(text.split()) if " " in text or "\n" in text else text


def name(text: str) -> str:
    """A person's name: 张　三 is 张三; spaces between Latin words stay."""
    return _HAN_GAP.sub("", line(text))


def code(text: str) -> str:
    """A number or code: half-width, upper case, no white space, no leading apostrophe."""
    if text.isascii() and text.isalnum():
        return text.upper()
    return re.sub(r"\s", "", unicodedata.normalize("NFKC", lines(text))).lstrip("'‘’`").upper()


_MARKS = str.maketrans("／．−‐‑–﹣－", "/.------")


def plain_marks(text: str) -> str:
    """A date or number as one line, with the hyphen, point and slash of the keyboard, without the apostrophe that makes a
    cell text."""
    return line(text).translate(_MARKS).lstrip("'‘’`")


@lru_cache(4096)
def fold(text: str) -> str:
    """For comparing headers and choices only: without case, width, spaces, signs of "required" and colons."""
    text = re.sub(r"\s", "", unicodedata.normalize("NFKC", lines(text))).casefold()
    return _ASIDE.sub("", text).strip("*:※")


@lru_cache(4096)
def heading(text: str) -> str:
    """For comparing headings: like `fold`, without stars and other signs around it that ask people to fill the column in."""
    text = fold(text)
    return _SIGNS_BEFORE.sub("", _SIGNS_AFTER.sub("", text)) or text


_LISTED = re.compile(r"^[0-9a-z]{1,3}[-_.、:](?=\D)")


def without_code(text: str) -> str:
    """A folded choice without the code that some systems put before it: 1-男, 01.居民身份证."""
    return _LISTED.sub("", text)


def short_heading(text: str) -> str:
    """A heading without what follows in brackets, such as a unit; 身份证号（父亲） keeps it, because
    it says whose number that is."""
    return _IN_BRACKETS.sub("", heading(text))
