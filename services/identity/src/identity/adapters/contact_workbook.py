"""The contact sheets as a workbook, with openpyxl: blocking, call it in a thread (SH-12)."""

from collections.abc import Sequence
from io import BytesIO

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font

from identity.domain.contacts import Sheet

HEADINGS = ("学校", "类别", "姓名", "职务", "手机", "QQ号码", "备注", "主要联系人")
_WIDTHS = (28, 14, 12, 16, 18, 16, 24, 12)


def contact_workbook(sheets: Sequence[Sheet]) -> bytes:
    """One row for each line of each school, under the form's headings. Texts stay texts: none becomes a formula."""
    book = Workbook()
    page = book.create_sheet("联系信息表", 0)
    del book[book.sheetnames[-1]]
    page.append([sheets[0].title])
    page.merge_cells(start_row=1, start_column=1, end_row=1, end_column=len(HEADINGS))
    title = page.cell(1, 1)
    title.font, title.alignment = Font(bold=True, size=14), Alignment(horizontal="center")
    page.append(list(HEADINGS))
    for cell in page[2]:
        cell.font = Font(bold=True)
    for sheet in sheets:
        for number, (line, one) in enumerate(zip(sheet.titles, sheet.contacts, strict=True)):
            school = sheet.school if number == 0 else ""
            row = (school, line, one.name, one.post, one.phone, one.qq, one.note, "√" if one.main else "")
            page.append([""] * len(row))
            for column, text in enumerate(row, start=1):
                cell = page.cell(page.max_row, column)
                cell.value, cell.data_type = text or None, "s" if text else "n"
    for letter, width in zip("ABCDEFGH", _WIDTHS, strict=True):
        page.column_dimensions[letter].width = width
    page.freeze_panes = "A3"
    data = BytesIO()
    book.save(data)
    return data.getvalue()
