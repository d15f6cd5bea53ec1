"""The first sheet of an answer: how much was read, and the problems with their cells."""

from collections import Counter

from openpyxl.utils import get_column_letter
from openpyxl.worksheet.hyperlink import Hyperlink
from openpyxl.worksheet.worksheet import Worksheet

from importer.adapters.workbook import style
from importer.domain.templates import CellProblem, Checked, Template

LISTED = 1_000


def write(sheet: Worksheet, template: Template, checked: Checked, *, links: bool) -> None:
    """Fill the summary sheet; `links` lead to the cells in the same workbook."""
    style.widths(sheet, 16, 10, 20, 80)
    style.title(sheet, f"{template.title}：导入结果", 4)
    rows = {(p.sheet, p.row) for p in checked.problems if p.row}
    verdict = "未导入任何数据。请按下面的说明修改后重新上传本文件。" if checked.problems else "没有发现问题。"
    lines = [verdict, f"共读取 {checked.read} 行，其中 {len(rows)} 行有问题，共 {len(checked.problems)} 处。"]
    at = 2
    for text in [*lines, *(f"提示：{notice.message}" for notice in checked.warnings)]:
        style.paragraph(sheet, at, 4, text, bold=at == 2)
        sheet.row_dimensions[at].height = 18 * (1 + len(text) // 60)
        at += 1
    if checked.problems:
        at = _columns(sheet, at + 1, template, checked)
        _problems(sheet, at + 1, template, checked, links=links)
    style.landscape(sheet)


def cell_reference(problem: CellProblem, checked: Checked) -> str | None:
    """The cell of a problem as Excel names it, if it has one."""
    layout = checked.layouts.get(problem.sheet)
    if layout is None or not problem.row:
        return None
    column = problem.at or layout.columns.get(problem.column or "", 1)
    return f"{get_column_letter(column)}{problem.row}"


def _columns(sheet: Worksheet, at: int, template: Template, checked: Checked) -> int:
    """How many problems each column has."""
    style.header_row(sheet, at, "工作表", "处数", "列")
    counts = Counter((problem.sheet, problem.column) for problem in checked.problems)
    for (part, name), count in counts.most_common(30):
        at += 1
        whole = template.sheet(part)
        style.body_row(sheet, at, whole.title, count, whole.column(name).title if name else "整行或整表")
    return at + 1


def _problems(sheet: Worksheet, at: int, template: Template, checked: Checked, *, links: bool) -> None:
    style.header_row(sheet, at, "工作表", "单元格", "列", "问题")
    for problem in checked.problems[:LISTED]:
        at += 1
        whole, cell = template.sheet(problem.sheet), cell_reference(problem, checked)
        column = whole.column(problem.column).title if problem.column else ""
        style.body_row(sheet, at, whole.title, cell or "", column, problem.message)
        if links and cell:
            title = checked.layouts[problem.sheet].title.replace("'", "''")
            link = style.cell(sheet, at, 2)
            link.hyperlink = Hyperlink(ref=link.coordinate, location=f"'{title}'!{cell}")
            link.font = style.font(colour="FF0563C1")
    if len(checked.problems) > LISTED:
        style.body(style.cell(sheet, at + 1, 4), f"只列出前 {LISTED} 处，其余见各工作表。")
