"""Lists of education ids as a workbook, with openpyxl: blocking, call it in a thread (BJ-02)."""

from collections.abc import Sequence
from io import BytesIO

from openpyxl import Workbook
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

type Row = tuple[str, ...]

_WIDTH = 20


def education_id_workbook(sheet: str, headings: Row, rows: Sequence[Row]) -> bytes:
    """One line for each person. Everything is text: an id keeps its zeros, and no name becomes a formula."""
    book = Workbook()
    page = book.create_sheet(sheet, 0)
    del book[book.sheetnames[-1]]
    page.append(list(headings))
    for cell in page[1]:
        cell.font = Font(bold=True)
    for number, row in enumerate(rows, start=2):
        for column, text in enumerate(row, start=1):
            cell = page.cell(number, column)
            cell.value, cell.data_type, cell.number_format = text or None, "s" if text else "n", "@"
    for column in range(1, len(headings) + 1):
        page.column_dimensions[get_column_letter(column)].width = _WIDTH
    page.freeze_panes = "A2"
    data = BytesIO()
    book.save(data)
    return data.getvalue()
