"""The first sheet of a template: its purpose, how to fill it, and a table of its columns."""

from openpyxl.worksheet.worksheet import Worksheet

from importer.adapters.workbook import style
from importer.adapters.workbook.template_metadata import GUIDE
from importer.domain.templates import Column, Template

_GENERAL = (
    "带 * 的橙色列必须填写，蓝色列可以不填；灰色列为预填内容，请勿修改。",
    "请不要修改工作表名称和表头文字；可以调整列的顺序，也可以增加自己的备注列（不会导入）。",
    "学籍号、证件号、手机号等长数字请保持“文本”格式，否则 Excel 会把它变成科学计数法。",
    "日期请写成 2025-09-01 的样子。",
)
_KINDS = {
    "text": "文字",
    "long_text": "文字，可分段",
    "name": "姓名",
    "code": "号码（文本格式）",
    "integer": "整数",
    "number": "数字",
    "date": "日期",
    "datetime": "日期和时间",
    "hours": "时长（小时）",
    "duration": "时长（分、秒）",
    "choice": "从下拉列表中选择",
    "choices": "可填多项，用顿号隔开",
}


def write(sheet: Worksheet, template: Template) -> None:
    """Fill the guide sheet."""
    sheet.title = GUIDE
    style.widths(sheet, 18, 9, 22, 56, 30)
    style.title(sheet, template.title, 5)
    at = 2
    for label, text in template.context:
        style.put(style.cell(sheet, at, 1), label).font = style.font(bold=True)
        style.put(style.cell(sheet, at, 2), text).font = style.font()
        at += 1
    at += 1
    for number, note in enumerate((*template.notes, *_GENERAL), start=1):
        style.paragraph(sheet, at, 5, f"{number}. {note}")
        sheet.row_dimensions[at].height = 17 * (1 + len(note) // 62)
        at += 1
    for part in template.sheets:
        at = _table(sheet, at + 1, f"工作表“{part.title}”", part.columns)
    style.landscape(sheet)


def _table(sheet: Worksheet, at: int, caption: str, columns: tuple[Column, ...]) -> int:
    style.put(style.cell(sheet, at, 1), caption).font = style.font(11, bold=True, colour=style.INK)
    style.header_row(sheet, at + 1, "列名", "必填", "填写内容", "要求", "示例")
    at += 2
    for column in columns:
        required = "已预填" if column.locked else "必填" if column.required else ""
        content = "请勿修改" if column.locked else _KINDS[column.type]
        style.body_row(sheet, at, column.title, required, content, _requirement(column), column.example)
        style.cell(sheet, at, 1).font = style.font(bold=True)
        cells = ((column.title, 18), (_requirement(column), 56), (column.example, 30))
        sheet.row_dimensions[at].height = 18 * max(style.lines(text, width) for text, width in cells)
        at += 1
    return at


def _requirement(column: Column) -> str:
    parts = [column.help]
    if column.choices:
        more = "……" if len(column.choices) > 12 else ""
        parts.append(f"可填：{'、'.join(column.choices[:12])}{more}")
    if column.max_length:
        parts.append(f"最多 {column.max_length} 个字")
    return "；".join(part for part in parts if part)
