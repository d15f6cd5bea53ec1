"""Fills the platform's workbook templates, and reads workbooks."""

import io
from typing import Any

from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet


def _heading(title: Any) -> str:
    return str(title or "").strip().strip("*＊").strip()


def _layout(sheet: Worksheet, known: set[str]) -> tuple[int, dict[str, int]]:
    """(heading row, column number by heading): the first row with two of the `known` headings."""
    for number, row in enumerate(sheet.iter_rows(min_row=1, max_row=15, values_only=True), 1):
        found = {_heading(title): column for column, title in enumerate(row, 1) if title}
        if len(known & set(found)) >= min(2, len(known)):
            return number, found
    raise LookupError(f"no heading row in {sheet.title}")


def fill(template: bytes, sheets: dict[str, list[dict[str, Any]]]) -> bytes:
    """Write rows (dicts by heading) below the headings of each sheet; replaces prefilled rows."""
    book = load_workbook(io.BytesIO(template))
    for title, rows in sheets.items():
        sheet = book[title]
        start, columns = _layout(sheet, {name for row in rows[:1] for name in row})
        for line in range(start + 1, sheet.max_row + 1):
            for column in columns.values():
                sheet.cell(line, column).value = None
        for offset, row in enumerate(rows, 1):
            for name, value in row.items():
                sheet.cell(start + offset, columns[name]).value = value
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def rows_of(template: bytes, sheet: str, known: set[str]) -> list[dict[str, Any]]:
    """The rows below the headings, without empty ones."""
    book = load_workbook(io.BytesIO(template))
    start, columns = _layout(book[sheet], known)
    found = []
    for line in range(start + 1, book[sheet].max_row + 1):
        row = {name: book[sheet].cell(line, column).value for name, column in columns.items()}
        if any(value is not None for value in row.values()):
            found.append(row)
    return found


def count_marked_cells(answer: bytes) -> int:
    """The number of cells with a fill colour and a comment in an answer workbook."""
    book = load_workbook(io.BytesIO(answer))
    cells = (cell for sheet in book.worksheets for row in sheet.iter_rows() for cell in row)
    return len([cell for cell in cells if cell.comment is not None and cell.fill.fill_type == "solid"])


def data_sheet(template: bytes) -> str:
    """The title of the sheet to fill: the first visible one that is not the instructions."""
    book = load_workbook(io.BytesIO(template))
    return next(s.title for s in book.worksheets if s.sheet_state == "visible" and "说明" not in s.title)
