"""Templates to download (JX-05, JX-12): a guide, the sheets to fill, hidden lists of choices, hidden metadata."""

from collections.abc import Mapping, Sequence
from io import BytesIO

from openpyxl import Workbook
from openpyxl.cell.cell import Cell
from openpyxl.styles import Protection
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from importer.adapters.workbook import guide, style
from importer.adapters.workbook.template_metadata import LISTS, SHEET, metadata_of
from importer.domain.templates import Column, Sheet, Template, Value

_WIDTHS = {
    "name": 12,
    "code": 22,
    "integer": 10,
    "number": 10,
    "date": 14,
    "datetime": 20,
    "long_text": 60,
    "hours": 12,
    "duration": 12,
}
_WIDEST = 26  # for the sake of its title, which wraps
_FORMATS = {"integer": "0", "number": "General", "date": "yyyy-mm-dd", "datetime": "yyyy-mm-dd hh:mm"}
_LAST = 20_000  # rows that lists and formats reach down to


def write(template: Template, rows: Mapping[str, Sequence[Mapping[str, Value]]]) -> bytes:
    """The workbook, its sheets filled with `rows` (by sheet id, then column id)."""
    book = Workbook()
    first = book.active
    assert isinstance(first, Worksheet)
    guide.write(first, template)
    data = [book.create_sheet(sheet.title) for sheet in template.sheets]
    lists = book.create_sheet(LISTS)
    for sheet, target in zip(template.sheets, data, strict=True):
        _write_sheet(target, sheet, rows.get(sheet.id, ()), lists)
    metadata = book.create_sheet(SHEET)
    style.put(style.cell(metadata, 1, 1), metadata_of(template))
    for hidden in (lists, metadata):
        hidden.sheet_state = "veryHidden"
    book.active = 1
    first.sheet_view.tabSelected = False
    book.properties.creator = "综评"
    book.properties.title = template.title
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def _write_sheet(target: Worksheet, sheet: Sheet, rows: Sequence[Mapping[str, Value]], lists: Worksheet) -> None:
    for at, column in enumerate(sheet.columns, start=1):
        colour = style.PREFILLED if column.locked else style.NEEDED if column.required else style.HEAD
        style.header(style.cell(target, 1, at), f"*{column.title}" if column.required else column.title, colour)
        _set_up(target, at, column, lists)
    target.row_dimensions[1].height = 34
    if rows:
        _prefill(target, sheet.columns, rows)
    frozen = 1
    while frozen <= len(sheet.columns) and sheet.columns[frozen - 1].locked:
        frozen += 1
    target.freeze_panes = f"{get_column_letter(frozen)}2"
    target.sheet_properties.tabColor = style.HEAD
    target.print_title_rows = "1:1"
    style.landscape(target)
    if any(column.locked for column in sheet.columns):
        _protect(target)


def _set_up(target: Worksheet, at: int, column: Column, lists: Worksheet) -> None:
    letter = get_column_letter(at)
    whole = target.column_dimensions[letter]
    whole.width = column.width or max(_WIDTHS.get(column.type, 16), min(_WIDEST, 2 * len(column.title) + 4))
    whole.number_format = _FORMATS.get(column.type, "@")
    whole.font = style.font()
    whole.protection = Protection(locked=column.locked)
    rule = _rule(column, lists)
    if column.help or column.example:
        rule.showInputMessage = True
        rule.promptTitle = column.title[:32]
        rule.prompt = "\n".join(part for part in (column.help, _example(column)) if part)[:250]
    if rule.type or rule.showInputMessage:
        rule.add(f"{letter}2:{letter}{_LAST}")
        target.add_data_validation(rule)


def _example(column: Column) -> str:
    return f"例：{column.example}" if column.example else ""


def _rule(column: Column, lists: Worksheet) -> DataValidation:
    if column.type == "choice" and column.choices:
        at = next(n for n in range(1, 16_384) if style.cell(lists, 1, n).value is None)
        for row, choice in enumerate(column.choices, start=1):
            style.put(style.cell(lists, row, at), choice)
        letter = get_column_letter(at)
        rule = DataValidation("list", formula1=f"{LISTS}!${letter}$1:${letter}${len(column.choices)}", allow_blank=True)
        rule.showErrorMessage = not column.other_choices
        rule.errorTitle, rule.error = "不在列表中", "请从下拉列表中选择。"
        return rule
    if column.max_length:
        rule = DataValidation("textLength", operator="lessThanOrEqual", formula1=str(column.max_length), allow_blank=True)
        rule.showErrorMessage = True
        rule.errorTitle, rule.error = "内容过长", f"最多 {column.max_length} 个字。"
        return rule
    return DataValidation(None, allow_blank=True)


def _prefill(target: Worksheet, columns: Sequence[Column], rows: Sequence[Mapping[str, Value]]) -> None:
    """Rows from the second on. Cells of a column share one style: making it anew per cell takes most of the time."""
    for at, column in enumerate(columns, start=1):
        first = _styled(style.cell(target, 2, at), column)
        for number, row in enumerate(rows, start=2):
            value = row.get(column.id)
            cell = style.cell(target, number, at)
            style.same(cell, first)
            if value is not None:
                style.put(cell, "、".join(value) if isinstance(value, list | tuple) else value)


def _styled(cell: Cell, column: Column) -> Cell:
    cell.number_format = _FORMATS.get(column.type, "@")
    cell.protection = Protection(locked=column.locked)
    cell.font, cell.border, cell.alignment = style.font(), style.GRID, style.WRAP
    if column.locked:
        cell.fill = style.fill(style.GREY)
    return cell


def _protect(target: Worksheet) -> None:
    """Without a password: it keeps from slips, not from intent."""
    rules = target.protection
    rules.sheet = True
    rules.formatCells = rules.formatColumns = rules.formatRows = False
    rules.sort = rules.autoFilter = rules.insertRows = rules.deleteRows = False
