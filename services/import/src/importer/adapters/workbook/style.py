"""Styles of workbooks, and how text is put into a cell safely."""

from copy import copy

from openpyxl.cell.cell import Cell
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

FACE = "微软雅黑"
INK, PALE, GREY = "FF23506B", "FFF3F6F8", "FFF2F2F2"
HEAD, NEEDED, PREFILLED = "FF23506B", "FFB4540A", "FF6B7680"
WRONG, REASON = "FFFFC7CE", "FFFFF2CC"
_THIN = Side(style="thin", color="FFD0D7E5")
GRID = Border(left=_THIN, right=_THIN, top=_THIN, bottom=_THIN)
WRAP = Alignment(vertical="center", wrap_text=True)
CENTRE = Alignment(horizontal="center", vertical="center", wrap_text=True)
_RISKY = ("=", "+", "-", "@", "\t", "\r")
_LONGEST = 32_767  # characters in a cell


def fill(colour: str) -> PatternFill:
    """A fill of one colour."""
    return PatternFill("solid", fgColor=colour)


def font(size: int = 10, *, bold: bool = False, colour: str = "FF262626") -> Font:
    """The font of all our cells."""
    return Font(name=FACE, size=size, bold=bold, color=colour)


def cell(sheet: Worksheet, row: int, column: int) -> Cell:
    """A cell to write to. Raises TypeError for one hidden under a merged range."""
    found = sheet.cell(row, column)
    if not isinstance(found, Cell):
        raise TypeError(f"{found.coordinate} is merged into another cell")
    return found


def put(cell: Cell, value: str | int | float) -> Cell:
    """Set a value; text is text and never a formula, whatever it begins with."""
    if not isinstance(value, str):
        cell.value = value
        return cell
    cell.value = "".join(c for c in value[:_LONGEST] if c >= " " or c in "\n\t")
    disarm(cell)
    return cell


def disarm(cell: Cell) -> None:
    """Turn text that begins like a formula into plain text, also for programs that guess (quote prefix)."""
    if isinstance(cell.value, str) and cell.value.startswith(_RISKY):
        cell.data_type = "s"
        cell.quotePrefix = True


def same(cell: Cell, like: Cell) -> None:
    """Copy the style of another cell of the workbook: some forty times faster than to set it anew."""
    cell._style = copy(like._style)  # type: ignore[attr-defined]


class Brush:
    """Colours cells and leaves the rest of their style; computes each style once."""

    def __init__(self, colour: str) -> None:
        self._fill = fill(colour)
        self._done: dict[int, Cell] = {}

    def paint(self, cell: Cell) -> None:
        """Colour one cell."""
        before = cell.style_id
        if before in self._done:
            same(cell, self._done[before])
        else:
            cell.fill = self._fill
            self._done[before] = cell


def header(cell: Cell, text: str, colour: str = HEAD) -> None:
    """A header cell; the colour shows whether the column is required (NEEDED) or filled already (PREFILLED)."""
    put(cell, text)
    cell.font = font(10, bold=True, colour="FFFFFFFF")
    cell.fill = fill(colour)
    cell.alignment = CENTRE
    cell.border = GRID


def body(cell: Cell, text: str | int) -> None:
    """A cell of a table."""
    put(cell, text)
    cell.font = font()
    cell.alignment = WRAP
    cell.border = GRID


def header_row(sheet: Worksheet, row: int, *texts: str) -> None:
    """A row of header cells from the first column on."""
    for column, text in enumerate(texts, start=1):
        header(cell(sheet, row, column), text)


def body_row(sheet: Worksheet, row: int, *texts: str | int) -> None:
    """A row of a table from the first column on."""
    for column, text in enumerate(texts, start=1):
        body(cell(sheet, row, column), text)


def paragraph(sheet: Worksheet, row: int, width: int, text: str, *, bold: bool = False) -> None:
    """Text over the first `width` columns of a row."""
    sheet.merge_cells(start_row=row, start_column=1, end_row=row, end_column=width)
    first = put(cell(sheet, row, 1), text)
    first.font, first.alignment = font(bold=bold), WRAP


def title(sheet: Worksheet, text: str, width: int) -> None:
    """A title over the first `width` columns of row 1."""
    sheet.merge_cells(start_row=1, start_column=1, end_row=1, end_column=width)
    first = put(cell(sheet, 1, 1), text)
    first.font = font(16, bold=True, colour=INK)
    first.alignment = Alignment(vertical="center")
    sheet.row_dimensions[1].height = 34
    sheet.sheet_view.showGridLines = False


def widths(sheet: Worksheet, *characters: float) -> None:
    """Column widths from the first column on."""
    for at, width in enumerate(characters, start=1):
        sheet.column_dimensions[get_column_letter(at)].width = width


def lines(text: str, width: int) -> int:
    """How many lines a text takes in a column of this width; a Chinese character is as wide as two others."""
    return sum(1 + sum(2 if c >= "\u2e80" else 1 for c in line) // width for line in text.split("\n"))


def landscape(sheet: Worksheet) -> None:
    """Print in landscape, as many pages as needed."""
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
