"""The files of reports: workbooks with charts, PDFs, and the term tables of a class (BJ-08). CPU-bound, like `render`."""

import io
import zipfile
from collections.abc import Iterator, Sequence
from typing import Any

import pikepdf
from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE, Cell
from openpyxl.chart import BarChart, Reference
from openpyxl.chart.data_source import StrRef
from openpyxl.chart.series import SeriesLabel
from openpyxl.drawing.spreadsheet_drawing import SpreadsheetDrawing
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet._writer import WorksheetWriter
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet
from openpyxl.writer.excel import ExcelWriter
from typesetting import PLAIN, PdfRenderer

from archive.adapters.typesetting.render import qr_code, with_chinese_dates
from archive.domain.content import TermContent, as_content

_EDGE = Side(style="thin", color="B9C2CA")
_BORDER = Border(left=_EDGE, right=_EDGE, top=_EDGE, bottom=_EDGE)
_HEAD = PatternFill("solid", start_color="E7EEF3")
_CENTER = Alignment(horizontal="center", vertical="center", wrap_text=True)
_TITLE_ROWS = 3
_LIKE_FORMULAS = ("=", "+", "-", "@", "\t", "\r")
_WIDEST = 40
_COLOURS = ("23506B", "5B8DA8", "C9A24B", "B5563E", "7A6C8F", "8A9BA8")


def write_workbook(_: PdfRenderer, document: dict[str, Any]) -> bytes:
    """The workbook of a report (`domain.reports.document`): a sheet for each table, its chart beside it."""
    book = Workbook()
    book.remove(book.active)  # type: ignore[arg-type]  # a new workbook has one
    book.properties.title, book.properties.creator = document["title"], "综合素质评价平台"
    for number, table in enumerate(document["tables"], 1):
        sheet = book.create_sheet(_sheet_title(table["title"], number))
        _write(sheet, document, table)
        if table["chart"] is not None:
            _chart(sheet, table)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        _InMemory(book, archive).save()
    return out.getvalue()


class _InMemory(ExcelWriter):
    """Writes worksheets without a temporary file: a worker of the sandbox may write none."""

    _archive: zipfile.ZipFile

    def write_worksheet(self, ws: Any) -> None:
        """As the original, into memory."""
        ws._drawing = SpreadsheetDrawing()
        ws._drawing.charts, ws._drawing.images = ws._charts, ws._images
        content = io.BytesIO()
        writer: Any = WorksheetWriter(ws, content)
        writer.write()
        ws._rels = writer._rels
        self._archive.writestr(ws.path[1:], content.getvalue())
        self.manifest.append(ws)


def _sheet_title(title: str, number: int) -> str:
    clean = "".join("_" if c in "[]:*?/\\" else c for c in title)
    return f"{number}.{clean}"[:31]


def _put(sheet: Worksheet, row: int, column: int, value: Any) -> Cell:
    """A value as it is: a text is never a formula."""
    cell = sheet.cell(row, column)
    assert isinstance(cell, Cell)
    if isinstance(value, str):
        cell.value = ILLEGAL_CHARACTERS_RE.sub("", value)
        cell.data_type = "s"
        if value.startswith(_LIKE_FORMULAS):
            cell.quotePrefix = True
    else:
        cell.value = value
    return cell


def _write(sheet: Worksheet, document: dict[str, Any], table: dict[str, Any]) -> None:
    columns = table["columns"]
    width = max(len(columns), 6)
    made = f"{document['made_at']} 由{document['made_by']}生成。{document['note']}"
    for row, (text, size) in enumerate(
        ((document["title"], 16), (f"{document['scope']}　{document['period']}", 11), (made, 9)), 1
    ):
        cell = _put(sheet, row, 1, text)
        cell.font, cell.alignment = Font(size=size, bold=row == 1), Alignment(horizontal="left", vertical="center")
        sheet.merge_cells(start_row=row, start_column=1, end_row=row, end_column=width)
    head = _TITLE_ROWS + 1
    for column, described in enumerate(columns, 1):
        grouped = "group" in described
        for row, text in (
            (head, described.get("group", described["title"])),
            (head + 1, described["title"] if grouped else ""),
        ):
            cell = _put(sheet, row, column, text)
            cell.font, cell.fill, cell.border, cell.alignment = Font(bold=True), _HEAD, _BORDER, _CENTER
    for first, last in _groups(columns):
        if "group" in columns[first - 1]:
            sheet.merge_cells(start_row=head, start_column=first, end_row=head, end_column=last)
        else:
            sheet.merge_cells(start_row=head, start_column=first, end_row=head + 1, end_column=first)
    for at, row_cells in enumerate(table["rows"], head + 2):
        for column, (described, value) in enumerate(zip(columns, row_cells, strict=True), 1):
            cell = _put(sheet, at, column, value)
            cell.border = _BORDER
            if described.get("share"):
                cell.number_format = "0.0%"
    for column, described in enumerate(columns, 1):
        longest = max((_cells(str(r[column - 1])) for r in table["rows"] if isinstance(r[column - 1], str)), default=6)
        wide = min(_WIDEST, max(longest, _cells(described["title"]), 6) + 2)
        sheet.column_dimensions[get_column_letter(column)].width = wide
    sheet.freeze_panes = f"A{head + 2}"
    sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", 9
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.print_title_rows = f"{head}:{head + 1}"


def _groups(columns: Sequence[dict[str, Any]]) -> Iterator[tuple[int, int]]:
    """The first and last column of each heading, from 1; columns without a group stand alone."""
    first = 1
    for column in range(1, len(columns) + 1):
        group = columns[column - 1].get("group")
        following = columns[column].get("group") if column < len(columns) else None
        if group is None or group != following:
            yield first, column
            first = column + 1


def _cells(text: str) -> int:
    """How wide a text is in a sheet: a Chinese character takes two."""
    return sum(1 if char.isascii() else 2 for char in text)


def _chart(sheet: Worksheet, table: dict[str, Any]) -> None:
    """Stacked bars of the numbers of each grade, below the table."""
    chart = BarChart()
    chart.type, chart.grouping, chart.overlap, chart.title = "bar", "stacked", 100, table["title"]
    head, rows = _TITLE_ROWS + 2, len(table["rows"])
    shown = [number for number, one in enumerate(table["columns"], 1) if "group" in one and not one.get("share")]
    for number, column in enumerate(shown):
        data = Reference(sheet, min_col=column, min_row=head + 1, max_row=head + rows)
        chart.add_data(data, titles_from_data=False)
        series = chart.series[-1]
        series.tx = _series_title(sheet, column)
        series.graphicalProperties.solidFill = _COLOURS[number % len(_COLOURS)]
    chart.set_categories(Reference(sheet, min_col=1, min_row=head + 1, max_row=head + rows))
    chart.y_axis.delete = chart.x_axis.delete = False
    chart.x_axis.scaling.orientation = "maxMin"
    chart.height, chart.width = max(7.0, 0.8 * min(rows, 40) + 3), 22
    sheet.add_chart(chart, f"A{head + rows + 3}")


def _series_title(sheet: Worksheet, column: int) -> Any:
    return SeriesLabel(strRef=StrRef(f"'{sheet.title}'!${get_column_letter(column)}${_TITLE_ROWS + 1}"))


def print_report(renderer: PdfRenderer, document: dict[str, Any]) -> bytes:
    """The same as a PDF; columns that have no room on paper are left out."""
    return renderer.print(
        "report.typ", {**document, "tables": [_printed(table) for table in document["tables"]]}, standards=PLAIN
    )


def _printed(table: dict[str, Any]) -> dict[str, Any]:
    """A table as its template draws it: cells as text, headings with the number of their columns."""
    kept = [at for at, column in enumerate(table["columns"]) if not column.get("wide")]
    columns = [table["columns"][at] for at in kept]
    heads = [
        {"title": columns[first - 1].get("group", columns[first - 1]["title"]), "columns": last - first + 1,
         "grouped": "group" in columns[first - 1]}
        for first, last in _groups(columns)
    ]  # fmt: skip
    below = [column["title"] for column in columns if "group" in column]
    rows = [[_shown(table["columns"][at], row[at]) for at in kept] for row in table["rows"]]
    return {
        **table,
        "columns": len(kept),
        "heads": heads,
        "below": below,
        "rows": rows,
        "left_out": len(kept) < len(table["columns"]),
    }


def _shown(column: dict[str, Any], value: Any) -> str:
    if value is None:
        return "—" if column.get("share") else ""
    if column.get("share"):
        return f"{value:.1%}"
    return f"{value:g}" if isinstance(value, float) else str(value)


def print_tables(renderer: PdfRenderer, contents: Sequence[TermContent]) -> bytes:
    """The term tables of students that are not sealed yet, one after the other; they say so where a code would stand."""
    pages = []
    for content in contents:
        data = as_content(content)
        page = {**with_chinese_dates(data), "code": "尚未归档", "document_no": "尚未归档", "url": ""}
        files = {"zongping.json": b"{}", "qr.svg": qr_code("尚未归档")}
        pages.append(renderer.print("term.typ", page, files, standards=PLAIN))
    return join_pages(renderer, pages)


def join_pages(_: PdfRenderer, files: Sequence[bytes]) -> bytes:
    """The pages of all files as one; what is attached to single ones is left out."""
    joined = pikepdf.new()
    for data in files:
        with pikepdf.open(io.BytesIO(data)) as one:
            joined.pages.extend(one.pages)
    out = io.BytesIO()
    joined.save(out, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    return out.getvalue()
