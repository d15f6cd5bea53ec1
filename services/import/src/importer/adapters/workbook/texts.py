"""The texts of a workbook that has no template, such as the timetable that an authority sends (SH-01). Runs in the worker only.

Cells that are merged downwards stand in each of their rows, so that a reader need not know how a table was drawn.
"""

from collections.abc import Sequence
from io import BytesIO
from itertools import islice
from typing import Any

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, SheetVisibleEnum

from importer.adapters.workbook import cells, package, preflight
from importer.adapters.workbook.cells import Cell
from importer.adapters.workbook.limits import Limits
from importer.adapters.workbook.refused import WorkbookRefused
from importer.domain.tables import COLUMNS, LENGTH, ROWS, SHEETS


def read(data: bytes, limits: Limits) -> list[dict[str, Any]]:
    """The first visible sheets that hold anything: their titles and rows of texts. Raises `WorkbookRefused` for the file."""
    unknown_errors = preflight.check(data, limits)
    data = package.canonical(data, unknown_errors=unknown_errors)
    try:
        with CalamineWorkbook.from_filelike(BytesIO(data)) as book:
            visible = (meta.name for meta in book.sheets_metadata if meta.visible == SheetVisibleEnum.Visible)
            read_ = ({"title": title, "rows": _rows(book.get_sheet_by_name(title))} for title in visible)
            return list(islice((one for one in read_ if one["rows"]), SHEETS))
    except CalamineError:
        raise WorkbookRefused("file_damaged") from None


def _rows(sheet: CalamineSheet) -> list[list[str]]:
    """The rows up to the last one with a text. More columns or rows than a table has are not read."""
    if sheet.start is None:
        return []
    left: list[Cell] = [""] * sheet.start[1]
    found = [_texts([*left, *row]) for row in islice(sheet.iter_rows(), ROWS)]
    for (top, first), (bottom, _) in sheet.merged_cell_ranges or ():
        if top < len(found) and first < len(found[top]):
            for row in found[top + 1 : bottom + 1]:
                if first < len(row) and not row[first]:
                    row[first] = found[top][first]
    while found and not any(found[-1]):
        found.pop()
    return found


def _texts(row: Sequence[Cell]) -> list[str]:
    return [cells.shown(cell)[:LENGTH] for cell in row[:COLUMNS]]
