"""The answer to an upload (X-12): the same workbook, its problem cells coloured, commented and explained per row.

Formulas are replaced by their last values, so that an answer contains none. Colours of an earlier answer are removed.
"""

from io import BytesIO
from itertools import groupby
from zipfile import BadZipFile

from openpyxl import Workbook, load_workbook
from openpyxl.cell.cell import Cell
from openpyxl.comments import Comment
from openpyxl.styles import PatternFill
from openpyxl.worksheet.worksheet import Worksheet

from importer.adapters.workbook import package, preflight, style, summary
from importer.adapters.workbook.limits import Limits
from importer.adapters.workbook.refused import WorkbookRefused
from importer.adapters.workbook.template_metadata import REASONS, SUMMARY
from importer.domain.templates import CellProblem, Checked, Layout, Template

_AUTHOR = "综评"
_REASONS_WIDTH, _LINE = 60, 16  # characters, points
_UNREADABLE = (KeyError, ValueError, TypeError, AttributeError, IndexError, BadZipFile)


def write(data: bytes, template: Template, checked: Checked, limits: Limits) -> bytes:
    """The upload with its problems highlighted. Raises `WorkbookRefused` when openpyxl cannot rewrite it."""
    if any(layout.width * checked.read > limits.answered for layout in checked.layouts.values()):
        raise WorkbookRefused("too_slow")
    preflight.check(data, limits)
    try:
        book = load_workbook(BytesIO(package.canonical(data)), data_only=True, keep_vba=False, keep_links=False)
    except _UNREADABLE:
        raise WorkbookRefused("file_damaged") from None
    for sheet in book.worksheets:
        for row in sheet.iter_rows():
            for cell in row:
                if isinstance(cell, Cell):
                    style.disarm(cell)
    for name, layout in checked.layouts.items():
        sheet = book[layout.title]
        if layout.reasons:
            _clear(sheet, layout.reasons)
        _highlight(sheet, layout, [p for p in checked.problems if p.sheet == name], limits)
    return _finish(book, template, checked, links=True)


def plain(template: Template, checked: Checked) -> bytes:
    """Only the list of problems, for an upload that cannot be rewritten."""
    book = Workbook()
    book.remove(book.worksheets[0])
    return _finish(book, template, checked, links=False)


def _finish(book: Workbook, template: Template, checked: Checked, *, links: bool) -> bytes:
    if SUMMARY in book.sheetnames:
        del book[SUMMARY]
    top = book.create_sheet(SUMMARY, 0)
    summary.write(top, template, checked, links=links)
    for sheet in book.worksheets:
        sheet.sheet_view.tabSelected = False
    book.active = 0
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def _highlight(sheet: Worksheet, layout: Layout, problems: list[CellProblem], limits: Limits) -> None:
    if not problems:
        return
    reasons = layout.reasons or layout.width + 1
    sheet.protection.sheet = False
    style.header(_cell(sheet, layout.header, reasons), REASONS, style.NEEDED)
    sheet.column_dimensions[_cell(sheet, layout.header, reasons).column_letter].width = _REASONS_WIDTH
    wrong = style.Brush(style.WRONG)
    first: Cell | None = None  # all reasons share its style
    comments = limits.comments
    for row, found in groupby(sorted(problems, key=lambda p: p.row), key=lambda p: p.row):
        of_row = list(found)
        cell = _cell(sheet, row or layout.header, reasons)
        if row > layout.header:
            reason = "\n".join(dict.fromkeys(p.message for p in of_row))
            style.put(cell, reason)
            whole = sheet.row_dimensions[row]
            whole.height = max(whole.height or 0, _LINE * style.lines(reason, _REASONS_WIDTH))
            if first is None:
                cell.fill, cell.alignment, cell.font = style.fill(style.REASON), style.WRAP, style.font()
                first = cell
            style.same(cell, first)
        by_column: dict[int, list[str]] = {}
        for problem in of_row:
            at = problem.at or layout.columns.get(problem.column or "")
            if at is not None:
                by_column.setdefault(at, []).append(problem.message)
        for at, messages in by_column.items():
            target = _cell(sheet, row, at)
            wrong.paint(target)
            if comments:
                target.comment = Comment("\n".join(messages), _AUTHOR, height=90, width=260)
                comments -= 1


def _cell(sheet: Worksheet, row: int, column: int) -> Cell:
    """The cell to highlight; of a merged range the visible one."""
    cell = sheet.cell(row, column)
    if isinstance(cell, Cell):
        return cell
    for merged in sheet.merged_cells.ranges:
        if cell.coordinate in merged:
            first = sheet.cell(merged.min_row, merged.min_col)
            assert isinstance(first, Cell)
            return first
    raise WorkbookRefused("file_damaged")


def _clear(sheet: Worksheet, reasons: int) -> None:
    for row in sheet.iter_rows():
        for cell in row:
            if not isinstance(cell, Cell):
                continue
            if cell.fill.fgColor.rgb in {style.WRONG, style.REASON}:
                cell.fill = PatternFill()
            if cell.comment is not None and cell.comment.author == _AUTHOR:
                cell.comment = None
            if cell.column == reasons and cell.value is not None:
                if cell.value != REASONS:
                    sheet.row_dimensions[cell.row].height = None
                cell.value = None
