"""The fonts Noto Serif SC and Noto Sans SC (SIL OFL 1.1), from a wheel. System fonts are never used.

Chinese typography distinguishes headings from text by typeface rather than by weight: Song (serif) for text, Hei (sans)
for headings and emphasis. So two regular faces are enough.
"""

import unicodedata
from functools import cache
from typing import TYPE_CHECKING, Any

from pylopdf_fonts_zh_cn import sans_path, serif_path

if TYPE_CHECKING:
    import typst

SERIF = "Noto Serif SC"
SANS = "Noto Sans SC"
PLACEHOLDER = "〓"  # the usual sign in Chinese print for a missing character


def fonts() -> "typst.Fonts":
    """The fonts, for the compiler."""
    import typst  # only in worker processes: the services that use a pool do not need it

    folders = sorted({str(serif_path().parent), str(sans_path().parent)})
    found = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=folders)
    if not {SERIF, SANS} <= set(found.families()):
        raise RuntimeError("the font wheel does not contain the fonts")
    return found


@cache
def _covered() -> frozenset[int]:
    """The code points for which at least one font has a glyph."""
    from fontTools.ttLib import TTFont  # type: ignore[import-untyped]  # only in worker processes, like typst

    points: set[int] = set()
    for path in (serif_path(), sans_path()):
        with TTFont(path, lazy=True) as font:
            points |= font.getBestCmap().keys()
    return frozenset(points)


def printable(value: Any) -> Any:
    """JSON data in which characters without a glyph (emoji, very rare names) are replaced by 〓 and control characters removed.

    PDF/A does not allow characters without a glyph; one emoji must not prevent an archive.
    """
    if isinstance(value, str):
        return value if value.isascii() and value.isprintable() else "".join(map(_drawable, value))
    if isinstance(value, list | tuple):
        return [printable(item) for item in value]
    if isinstance(value, dict):
        return {key: printable(item) for key, item in value.items()}
    return value


@cache
def _drawable(char: str) -> str:
    if char == "\n":
        return char
    category = unicodedata.category(char)
    if char == "\t" or category in ("Zs", "Zl", "Zp"):
        return char if char == "\u3000" else " "
    if category in ("Cc", "Cf") or unicodedata.name(char, "").startswith("VARIATION SELECTOR"):
        return ""
    return char if ord(char) in _covered() and category != "Co" else PLACEHOLDER
