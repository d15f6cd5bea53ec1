"""Text as people type it into cells, made even. Chinese punctuation stays as it is; nothing is guessed."""

import re
import unicodedata

_WIDE = {0xFF10 + i: ord("0") + i for i in range(10)}
_WIDE |= {0xFF21 + i: ord("A") + i for i in range(26)} | {0xFF41 + i: ord("a") + i for i in range(26)}
_SPACES = dict.fromkeys(map(ord, "\u00a0\u2002\u2003\u2009\u202f\u3000\t"), " ")
_NOTHING = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff\u00ad\u200e\u200f\u202a\u202b\u202c\u202d\u202e"))
_TABLE = _WIDE | _SPACES | _NOTHING
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f]")
_HAN_GAP = re.compile(r"(?<=[\u3400-\u9fff·]) +(?=[\u3400-\u9fff·])")
_ASIDE = re.compile(r"\([^()]*(?:必填|选填|可选|可不填)[^()]*\)")


def lines(text: str) -> str:
    """Several lines: half-width digits and letters, one kind of line end, no characters that nothing shows."""
    text = text.replace("_x000D_", "").replace("\r\n", "\n").replace("\r", "\n").translate(_TABLE)
    return "\n".join(line.strip() for line in _CONTROL.sub("", text).strip().split("\n"))


def line(text: str) -> str:
    """One line: like `lines`, runs of white space become one space."""
    return " ".join(lines(text).split())


def name(text: str) -> str:
    """A person's name: 张　三 is 张三; spaces between Latin words stay."""
    return _HAN_GAP.sub("", line(text))


def code(text: str) -> str:
    """A number or code: half-width, upper case, no white space, no leading apostrophe."""
    return re.sub(r"\s", "", unicodedata.normalize("NFKC", lines(text))).lstrip("'‘’`").upper()


def fold(text: str) -> str:
    """For comparing headers and choices only: without case, width, spaces, marks of "required" and colons."""
    text = re.sub(r"\s", "", unicodedata.normalize("NFKC", lines(text))).casefold()
    return _ASIDE.sub("", text).strip("*:※")
