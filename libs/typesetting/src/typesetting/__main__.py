"""`python -m typesetting` (`make fonts`): which characters of names can be printed, and a list of those that cannot (L-18)."""

import unicodedata
from collections.abc import Iterator

from typesetting.fonts import covered, missing

BLOCKS = (
    ("基本汉字", 0x4E00, 0x9FFF), ("扩展 A", 0x3400, 0x4DBF), ("扩展 B", 0x20000, 0x2A6DF), ("扩展 C", 0x2A700, 0x2B73F),
    ("扩展 D", 0x2B740, 0x2B81F), ("扩展 E", 0x2B820, 0x2CEAF), ("扩展 F", 0x2CEB0, 0x2EBEF), ("扩展 I", 0x2EBF0, 0x2EE5F),
    ("扩展 G", 0x30000, 0x3134F), ("扩展 H", 0x31350, 0x323AF), ("扩展 J", 0x323B0, 0x3347F), ("兼容汉字", 0xF900, 0xFAFF),
    ("兼容汉字补充", 0x2F800, 0x2FA1F), ("部首", 0x2E80, 0x2FDF), ("注音", 0x3100, 0x312F), ("藏文", 0x0F00, 0x0FFF),
    ("蒙古文", 0x1800, 0x18AF), ("阿拉伯文（维吾尔、哈萨克）", 0x0600, 0x06FF), ("彝文", 0xA000, 0xA4CF),
    ("傈僳文", 0xA4D0, 0xA4FF),
    ("傣文", 0x1950, 0x19DF), ("老傣文", 0x1A20, 0x1AAF), ("八思巴文", 0xA840, 0xA87F), ("滇东北苗文", 0x16F00, 0x16F9F),
    ("拉丁字母", 0x0020, 0x024F), ("西里尔字母", 0x0400, 0x052F), ("谚文", 0xAC00, 0xD7A3), ("假名", 0x3040, 0x30FF),
)  # fmt: skip
"""What names in China are written with; Unicode blocks by title, first and last code point."""
_PLANES = ("基本多文种平面", "第 1 平面", "第 2 平面", "第 3 平面")


def assigned(first: int, last: int) -> list[int]:
    """The characters of a range that Unicode has assigned, as far as this Python knows."""
    return [point for point in range(first, last + 1) if unicodedata.category(chr(point)) not in ("Cn", "Co", "Cs")]


def ranges(points: list[int]) -> Iterator[str]:
    """20000–20003, 2A6D7: code points in order, neighbours joined."""
    start = end = -2
    for point in [*points, -2]:
        if point == end + 1:
            end = point
            continue
        if start >= 0:
            yield f"{start:04X}" if start == end else f"{start:04X}–{end:04X}"
        start = end = point


def main() -> None:
    """Print both tables and the list."""
    print(f"可以打印的字符：{len(covered())}")
    for plane, title in enumerate(_PLANES):
        known = assigned(plane << 16, (plane << 16) + 0xFFFF)
        print(f"  {title}：{len(known) - len(_without_glyph(known))} / {len(known)}")
    print("不能打印的字符（归档前会提示，打印为〓）：")
    for title, first, last in BLOCKS:
        known = assigned(first, last)
        lacking = _without_glyph(known)
        print(f"  {title}：缺 {len(lacking)} / {len(known)}" + (f"  {' '.join(ranges(lacking))}" if lacking else ""))


def _without_glyph(points: list[int]) -> list[int]:
    return [point for point in points if missing(chr(point))]


if __name__ == "__main__":
    main()
