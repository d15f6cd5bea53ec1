"""The fonts: Noto Serif SC and Noto Sans SC (SIL OFL 1.1) from a wheel. System fonts are never used.

Chinese print tells levels apart by face rather than by weight: Song (serif) for text, Hei (sans) for headings and
emphasis. So two regular faces are the whole set.
"""

import unicodedata
from functools import cache
from typing import TYPE_CHECKING, Any

from pylopdf_fonts_zh_cn import sans_path, serif_path

if TYPE_CHECKING:
    import typst

SERIF = "Noto Serif SC"
SANS = "Noto Sans SC"
PLACEHOLDER = "〓"  # what Chinese printers set where a character is missing


def fonts() -> "typst.Fonts":
    """The two faces for the compiler."""
    import typst  # in the worker only: a service that has a pool of PDF renderers never needs it itself

    folders = sorted({str(serif_path().parent), str(sans_path().parent)})
    found = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=folders)
    if not {SERIF, SANS} <= set(found.families()):
        raise RuntimeError("the fonts are not where their wheel says")
    return found


@cache
def _covered() -> frozenset[int]:
    """Every code point that at least one face can draw."""
    from fontTools.ttLib import TTFont  # type: ignore[import-untyped]  # in the worker only, like typst

    points: set[int] = set()
    for path in (serif_path(), sans_path()):
        with TTFont(path, lazy=True) as font:
            points |= font.getBestCmap().keys()
    return frozenset(points)


def printable(value: Any) -> Any:
    """JSON data with every character that the fonts lack (emoji, the rarest names) set as 〓, controls dropped.

    PDF/A refuses a page with an undrawable character; one emoji must not keep an archive from being made.
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
