"""What calamine does not return of a sheet: error cells, formulas never computed, pictures in cells, percent formats, hidden
rows, the calendar.

Read from the raw XML, whose size `preflight` has bounded; each scan is one pass, and only where a first search finds something.
Cells have Excel's row and column numbers; the first is 1.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from html import unescape
from zipfile import ZipFile

from importer.adapters.workbook.preflight import column_number

type Position = tuple[int, int]

_CELL = re.compile(rb"<(?:\w{1,20}:)?c\s([^<>]*)>")
_ERROR = re.compile(rb"""<(?:\w{1,20}:)?c\s((?>[^<>]*?\bt\s?=\s?["']e["'])[^<>]*+)>""")
_FORMULA = re.compile(
    rb"<(?:\w{1,20}:)?c\s([^<>]*)>\s*<(?:\w{1,20}:)?f(?:\s[^<>]*)?(?:/>|>[^<>]*</(?:\w{1,20}:)?f>)\s*"
    rb"(<(?:\w{1,20}:)?v\s*/>\s*|<(?:\w{1,20}:)?v>\s*</(?:\w{1,20}:)?v>\s*)?</(?:\w{1,20}:)?c>"
)
_PICTURE = re.compile(
    rb"<(?:\w{1,20}:)?c\s([^<>]*)>\s*<(?:\w{1,20}:)?f(?:\s[^<>]*)?>\s*=?\s*(?:_xl\w{1,10}\.){0,3}(?:DISPIMG|IMAGE)\s*\([^<>]*</",
    re.IGNORECASE,
)
"""A formula that shows a picture in its cell: WPS's DISPIMG, Excel's IMAGE."""
_RICH_ERROR = re.compile(rb"""<(?:\w{1,20}:)?c\s((?>[^<>]*?\bvm\s?=\s?["'])[^<>]*+)>\s*<(?:\w{1,20}:)?v>#VALUE!</""")
"""What Excel stores beside a picture that was placed in a cell, for programs that do not know such pictures."""
_RICH_PICTURES = (b"_localImage", b"_webimage", b"_imageurl")
_HIDDEN = re.compile(rb"""<(?:\w{1,20}:)?row\s((?>[^<>]*?\bhidden\s?=\s?["'](?:1|true)["'])[^<>]*+)>""")
_ATTRIBUTE = re.compile(rb"""(?<![\w:])([\w:]{1,64})\s?=\s?["']([^"'<>]*)["']""")
"""Looks at a name from its start only, as the two patterns above search for their attribute once; otherwise
long tags would take quadratic time."""
_ROW_OR_CELL = re.compile(rb"<(?:\w{1,20}:)?(row|c)(\s[^<>]*)?>")
_REF = re.compile(r"([A-Za-z]{1,3})(\d{1,7})")
_1904 = re.compile(rb"""\bdate1904\s?=\s?["'](?:1|true)["']""")
_PERCENT = frozenset({"9", "10"})
"""Built-in formats with a percent sign."""


@dataclass(frozen=True, slots=True)
class CellFlags:
    """Cells of a sheet whose value differs from what Excel shows, and hidden rows."""

    errors: frozenset[Position] = frozenset()
    uncomputed: frozenset[Position] = frozenset()
    pictures: frozenset[Position] = frozenset()
    percent: frozenset[Position] = frozenset()
    hidden: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class WorkbookFlags:
    """Flags by sheet title. `from_1904`: days are counted from 1904 on, as old Macs did. `floating`: there are pictures over
    cells."""

    sheets: Mapping[str, CellFlags] = field(default_factory=dict)
    from_1904: bool = False
    floating: bool = False


def scan(archive: ZipFile) -> WorkbookFlags:
    """The flags of every sheet. Skips what it cannot read: the reader refuses damaged files."""
    parts = {name.lower(): name for name in archive.namelist()}
    if "xl/workbook.xml" not in parts:
        return WorkbookFlags()
    whole = archive.read(parts["xl/workbook.xml"])
    percent = _percent_styles(archive.read(parts["xl/styles.xml"])) if "xl/styles.xml" in parts else frozenset()
    links = archive.read(parts["xl/_rels/workbook.xml.rels"]) if "xl/_rels/workbook.xml.rels" in parts else b""
    targets = {link.get("Id"): link.get("Target", "") for link in _tags(links, b"Relationship")}
    rich = any(
        word in archive.read(parts[name]) for name in parts if name.startswith("xl/richdata/") for word in _RICH_PICTURES
    )
    sheets: dict[str, CellFlags] = {}
    for sheet in _tags(whole, b"sheet"):
        target = targets.get(next((value for name, value in sheet.items() if name.endswith(":id")), None), "")
        path = (target.removeprefix("/") if target.startswith("/") else f"xl/{target}").lower()
        if path in parts:
            sheets[unescape(sheet.get("name", ""))] = _flags_of(archive.read(parts[path]), percent, rich)
    floating = any(
        b":pic>" in archive.read(parts[name]) or b":pic " in archive.read(parts[name])
        for name in parts
        if name.startswith("xl/drawings/drawing")
    )
    return WorkbookFlags(sheets, bool(_1904.search(whole)), floating)


def _flags_of(xml: bytes, percent: frozenset[str], rich: bool) -> CellFlags:
    formulas = b"f>" in xml or b"<f" in xml
    pictures = set(_positions(_PICTURE, xml)) if formulas else set()
    if rich:
        pictures |= set(_positions(_RICH_ERROR, xml))
    return CellFlags(
        errors=frozenset(_positions(_ERROR, xml)) - pictures if b'"e"' in xml or b"'e'" in xml else frozenset(),
        uncomputed=frozenset(_positions(_FORMULA, xml)) - pictures if formulas else frozenset(),
        pictures=frozenset(pictures),
        percent=frozenset(_positions(_CELL, xml, percent)) if percent else frozenset(),
        hidden=frozenset(_rows(xml)) if b"hidden" in xml else frozenset(),
    )


def _positions(pattern: re.Pattern[bytes], xml: bytes, styles: frozenset[str] | None = None) -> Iterator[Position]:
    positions: dict[int, Position] | None = None
    for found in pattern.finditer(xml):
        attributes = _attributes(found[1])
        if pattern is _FORMULA and found[2] and attributes.get("t") == "str":
            continue  # it was computed: to an empty text
        if styles is not None and attributes.get("s") not in styles:
            continue
        ref = _REF.fullmatch(attributes.get("r", ""))
        if ref:
            yield int(ref[2]), column_number(ref[1])
        else:  # some programs leave the references out: a cell follows the one before
            positions = _cell_positions(xml) if positions is None else positions
            if found.start() in positions:
                yield positions[found.start()]


def _cell_positions(xml: bytes) -> dict[int, Position]:
    """The positions of all cells of a sheet by where their tags start in it."""
    positions: dict[int, Position] = {}
    row = column = 0
    for found in _ROW_OR_CELL.finditer(xml):
        attributes = _attributes(found[2] or b"")
        ref = attributes.get("r", "")
        if found[1] == b"row":
            row, column = int(ref) if ref.isdecimal() and len(ref) <= 7 else row + 1, 0
        else:
            own = _REF.fullmatch(ref)
            column = column_number(own[1]) if own else column + 1
            positions[found.start()] = row, column
    return positions


def _rows(xml: bytes) -> Iterator[int]:
    for found in _HIDDEN.finditer(xml):
        number = _attributes(found[1]).get("r", "")
        if number.isdecimal() and len(number) <= 7:
            yield int(number)


def _percent_styles(xml: bytes) -> frozenset[str]:
    custom = {tag.get("numFmtId") for tag in _tags(xml, b"numFmt") if "%" in tag.get("formatCode", "")} - {None}
    _, _, cells = xml.partition(b"cellXfs")
    cells, _, _ = cells.partition(b"cellXfs")
    return frozenset(str(at) for at, tag in enumerate(_tags(cells, b"xf")) if tag.get("numFmtId") in custom | _PERCENT)


def _tags(xml: bytes, name: bytes) -> Iterator[dict[str, str]]:
    for found in re.finditer(rb"<(?:\w{1,20}:)?" + name + rb"\s([^<>]*)>", xml):
        yield _attributes(found[1])


def _attributes(text: bytes) -> dict[str, str]:
    return {name.decode(): value.decode(errors="replace") for name, value in _ATTRIBUTE.findall(text)}
