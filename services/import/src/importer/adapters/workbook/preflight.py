"""The check of an upload before any Excel library reads it: its zip directory, then the raw XML of its parts.

Every check takes time in proportion to the unpacked size, which is bounded first. Runs in the worker process.
"""

import re
import struct
import zipfile
import zlib
from functools import cache
from io import BytesIO

from importer.adapters.workbook import package
from importer.adapters.workbook.limits import MEGABYTE, Limits
from importer.adapters.workbook.magic_bytes import require_zip
from importer.adapters.workbook.refused import WorkbookRefused

_BROKEN = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, NotImplementedError, OSError, ValueError)
"""What zipfile raises for damaged archives."""
_ACTIVE = ("vbaproject", "activex", "/embeddings/", "/ctrlprops/", "/macrosheets/", "/dialogsheets/")
_LINKED = ("/externallinks/", "xl/connections.xml", "/querytables/")
_ENCODING = re.compile(rb"""<\?xml[^<>]*encoding\s*=\s*["']([^"'<>]*)["']""")
# Each pattern has one `<` and nothing after it that is scanned twice: a part of 50 MB must not take more than one pass.
_TAG = re.compile(rb"<[^<>]*>")
_MERGE = re.compile(rb"""<(?:\w{1,20}:)?mergeCell\s([^<>]*)>""")
_REF = re.compile(rb"""ref\s*=\s*["']([^"'<>]{1,40})["']""")
_FILLED_ROW = re.compile(
    rb"""<(?:\w{1,20}:)?c\s(?:[^<>]{0,200}?\s)?r\s?=\s?["'][A-Za-z]{1,3}([0-9]{1,7})["'][^<>]{0,200}(?<!/)>(?!</)"""
)
_RANGE = re.compile(r"\$?([A-Za-z]{1,3})\$?(\d{1,7})(?::\$?([A-Za-z]{1,3})\$?(\d{1,7}))?")


def check(data: bytes, limits: Limits) -> bool:
    """Pass when the file may be read; whether it has error values that `package.canonical` must replace. Raises
    `WorkbookRefused` with the code of the first problem.

    Parts are read by name from memory only, so that their names cannot reach the file system.
    """
    require_zip(data)
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            parts = archive.infolist()
            _check_directory(parts, limits)
            unknown_errors = False
            for part in parts:
                if part.filename.lower().endswith((".xml", ".rels", ".vml")):
                    unknown_errors |= _check_xml(package.key(part.filename), archive.read(part), limits)
            if package.main_part({package.key(part.filename): part.filename for part in parts}, archive) is None:
                raise WorkbookRefused("file_not_workbook")
            return unknown_errors
    except _BROKEN:
        raise WorkbookRefused("file_damaged") from None


def _check_directory(parts: list[zipfile.ZipInfo], limits: Limits) -> None:
    if len(parts) > limits.entries or sum(part.file_size for part in parts) > limits.unpacked:
        raise WorkbookRefused("file_zip_bomb")
    for part in parts:
        if part.file_size > 2 * MEGABYTE and part.file_size > limits.ratio * max(part.compress_size, 1):
            raise WorkbookRefused("file_zip_bomb")
        if part.flag_bits & 1:
            raise WorkbookRefused("file_encrypted")
    names = [package.key(part.filename) for part in parts]
    if any(part in name for name in names for part in _ACTIVE):
        raise WorkbookRefused("file_has_macros")
    if any(part in name for name in names for part in _LINKED):
        raise WorkbookRefused("file_has_links")
    if not any(name.endswith(".xml") for name in names) or "[content_types].xml" not in names:
        raise WorkbookRefused("file_not_workbook")
    if len(names) != len(set(names)):
        raise WorkbookRefused("file_damaged")


def _check_xml(name: str, xml: bytes, limits: Limits) -> bool:
    encoding = _ENCODING.match(xml.lstrip(b"\xef\xbb\xbf \t\r\n"))
    odd = encoding is not None and encoding[1].lower() not in {b"utf-8", b"utf8", b"us-ascii"}
    if odd or b"\0" in xml or b"<!DOCTYPE" in xml or b"<!ENTITY" in xml:
        raise WorkbookRefused("file_unsafe_xml")
    if name == "[content_types].xml" and b"macroenabled" in xml.lower():
        raise WorkbookRefused("file_has_macros")
    if name.endswith(".rels") and any(_leads_out(tag) for tag in _TAG.findall(xml)):
        raise WorkbookRefused("file_has_links")
    if b"sheetData" in xml:  # wherever a sheet is: relations decide, not names
        if b"mergeCell" in xml:
            _check_merges(xml, limits)
        _check_reach(xml, limits)
        return package.has_unknown_errors(xml)
    return False


def _leads_out(tag: bytes) -> bool:
    """Whether a program would fetch this link; links that people click are harmless."""
    return b"External" in tag and b"/hyperlink" not in tag


def _check_merges(xml: bytes, limits: Limits) -> None:
    covered = 0
    for merge in _MERGE.finditer(xml):
        found = _REF.search(merge[1])
        cells = found[1].decode(errors="replace") if found else ""
        ends = _RANGE.fullmatch(cells)
        if ends is None:  # whole rows or columns, or nonsense
            raise WorkbookRefused("merge_too_large", cell=cells)
        wide = column_number(ends[3] or ends[1]) - column_number(ends[1]) + 1
        high = int(ends[4] or ends[2]) - int(ends[2]) + 1
        covered += max(wide, 1) * max(high, 1)
        if covered > limits.merged:
            raise WorkbookRefused("merge_too_large", cell=cells)


def _check_reach(xml: bytes, limits: Limits) -> None:
    """Readers keep a dense grid up to the last filled cell, so one far cell costs as much as a full sheet."""
    last = limits.rows + 100  # titles and headers stand above the rows that count
    narrow = max(1, limits.cells // last)  # so many columns are allowed even in a sheet of that many rows
    named, filled = _far_patterns(last)

    def is_far(found: re.Match[bytes]) -> bool:
        row, column = _position(found)
        return row > last or column > narrow

    if not any(map(is_far, named.finditer(xml))):  # nearly every sheet, by the cheaper pattern
        return
    widest: re.Match[bytes] | None = None
    for found in filter(is_far, filled.finditer(xml)):
        row, column = _position(found)
        if row > last and xml.count(b"<row") > limits.rows:
            raise WorkbookRefused("too_many_rows", rows=limits.rows)
        if row > last or column > limits.columns:
            raise _far(found, limits)
        if widest is None or column > _position(widest)[1]:
            widest = found
    if widest is not None and _position(widest)[1] * _last_row(xml, last) > limits.cells:
        raise _far(widest, limits)


def _far(found: re.Match[bytes], limits: Limits) -> WorkbookRefused:
    return WorkbookRefused("far_cell", cell=found[1].decode().upper(), rows=limits.rows, columns=limits.columns)


def _last_row(xml: bytes, most: int) -> int:
    """The number of the last row with a cell that has a value, up to `most`."""
    return max((int(found[1]) for found in _FILLED_ROW.finditer(xml) if int(found[1]) <= most), default=0)


def _position(found: re.Match[bytes]) -> tuple[int, int]:
    cell = found[1].decode()
    letters = cell.rstrip("0123456789")
    return int(cell[len(letters) :]), column_number(letters)


@cache
def _far_patterns(last: int) -> tuple[re.Pattern[bytes], re.Pattern[bytes]]:
    """Patterns of a reference that may be out of reach (two letters and more, or rows from about `last` on), and of such a cell
    with a value."""
    digits, first = len(str(last)), str(last)[0]
    rows = f"(?:[{first}-9][0-9]{{{digits - 1}}}|[0-9]{{{digits + 1},7}})"
    cell = f"[A-Za-z]{{2,3}}[0-9]{{1,7}}|[A-Za-z]{rows}"
    reference = rf"""r\s?=\s?["']({cell})["']"""
    filled = rf"""<(?:\w{{1,20}}:)?c\s(?:[^<>]{{0,200}}?\s)?{reference}[^<>]{{0,200}}(?<!/)>(?!</)"""
    return re.compile(reference.encode()), re.compile(filled.encode())


def column_number(letters: str) -> int:
    """A is 1, AA is 27."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - 64
    return number
