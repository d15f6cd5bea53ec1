"""The fonts: Noto Serif SC and Noto Sans SC (SIL OFL 1.1) from a wheel, and for what they lack those of deploy/fonts.txt.

System fonts are never used. Chinese typography distinguishes headings from text by typeface rather than by weight: Song
(serif) for text, Hei (sans) for headings and emphasis. So two regular faces are enough. Characters that both lack are
drawn by one of the others, which cover all planes as far as Debian has fonts for them (L-18, docs/fonts.md).
"""

import sys
import unicodedata
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pylopdf_fonts_zh_cn import sans_path, serif_path

if TYPE_CHECKING:
    import typst

SERIF = "Noto Serif SC"
SANS = "Noto Sans SC"
PLACEHOLDER = "〓"  # the usual sign in Chinese print for a missing character
_RARE = Path(sys.prefix) / "share" / "fonts" / "zongping"
"""Where deploy/fonts.sh puts the fonts for rare characters."""
_HAN = ("BabelStone Han", "HanaMinB")
"""For rare Chinese characters: the one with the mainland's shapes first."""
_NEW = 0x20000
"""From here on fonts may know Chinese characters that this Python does not know yet."""
_LAST = ("Unifont", "Unifont Upper")
"""They have every script, but coarsely."""


def fonts() -> "typst.Fonts":
    """The fonts, for the compiler."""
    import typst  # only in worker processes: the services that use a pool do not need it

    folders = sorted({str(serif_path().parent), str(sans_path().parent), str(_RARE)})
    found = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=folders)
    if not {SERIF, SANS} <= set(found.families()):
        raise RuntimeError("the font wheel does not contain the fonts")
    return found


def font_lists(families: Iterable[str]) -> bytes:
    """The file `fonts.typ`, which templates import: `serif` and `sans`, each with all others for what it lacks."""
    there = set(families)
    others = sorted(there - {SERIF, SANS, *_HAN, *_LAST})
    rare = [family for family in (*_HAN, *others, *_LAST) if family in there]
    lines = ((name, [*first, *rare]) for name, first in (("serif", (SERIF, SANS)), ("sans", (SANS, SERIF))))
    return "".join(f"#let {name} = ({', '.join(f'"{family}"' for family in all_)})\n" for name, all_ in lines).encode()


@cache
def covered() -> frozenset[int]:
    """The code points for which at least one font has a glyph."""
    from fontTools.ttLib import TTFont  # type: ignore[import-untyped]  # only in worker processes, like typst

    points: set[int] = set()
    for path in (serif_path(), sans_path(), *sorted(_RARE.glob("*.[ot]tf"))):
        with TTFont(path, lazy=True) as font:
            points |= font.getBestCmap().keys()
    return frozenset(points)


def missing(text: str) -> str:
    """The characters of a text that cannot be printed, each once, in order: private-use ones, and those without a glyph."""
    return "".join(char for char in dict.fromkeys(text) if char != PLACEHOLDER and _drawable(char) == PLACEHOLDER)


def printable(value: Any) -> Any:
    """JSON data in which characters that cannot be printed are replaced by 〓 and control characters removed.

    PDF/A does not allow characters without a glyph; one of them must not prevent an archive.
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
    if category in ("Co", "Cs") or (category == "Cn" and ord(char) < _NEW):  # fonts draw boxes for what is not assigned
        return PLACEHOLDER
    return char if ord(char) in covered() else PLACEHOLDER
