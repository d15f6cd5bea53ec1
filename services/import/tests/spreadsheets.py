"""Workbooks as the XML of Excel, WPS and LibreOffice has them, for tests: written by hand, so that every habit can be shown."""

import zipfile
from collections.abc import Mapping
from io import BytesIO

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
STYLES = (
    f'<styleSheet xmlns="{MAIN}"><numFmts count="1"><numFmt numFmtId="176" formatCode="0.0%"/></numFmts><cellXfs count="5">'
    '<xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="9"/><xf numFmtId="176"/><xf numFmtId="49" quotePrefix="1"/>'
    "</cellXfs></styleSheet>"
)
"""Cell styles: 0 plain, 1 date, 2 percent, 3 a percent of one's own, 4 text behind an apostrophe."""


def text(at: str, words: str) -> str:
    """A cell with its text inline, as LibreOffice and many tools write."""
    return f'<c r="{at}" t="inlineStr"><is><t xml:space="preserve">{words}</t></is></c>'


def number(at: str, value: object, style: int = 0) -> str:
    """A cell with a number."""
    return f'<c r="{at}" s="{style}"><v>{value}</v></c>'


def header(titles: list[str], row: int = 1) -> str:
    """A header row."""
    cells = "".join(text(f"{chr(ord('A') + at)}{row}", title) for at, title in enumerate(titles))
    return f'<row r="{row}">{cells}</row>'


def a_book(
    rows: str,
    *,
    title: str = "Sheet1",
    shared: str = "",
    book: str = "",
    before: str = "",
    after: str = "",
    more: Mapping[str, str] | None = None,
) -> bytes:
    """A workbook of one sheet: `rows` are its XML, `before` and `after` stand around them, `more` are whole other parts."""
    types = (
        '<Default Extension="xml" ContentType="application/xml"/>'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    )
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types">{types}</Types>',
        "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
        f'<Relationship Id="rId1" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{_OFFICE}">{book}'
        f'<sheets><sheet name="{title}" sheetId="1" r:id="rId1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
        f'<Relationship Id="rId1" Type="{_OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>'
        f'<Relationship Id="rId2" Type="{_OFFICE}/styles" Target="styles.xml"/>'
        f'<Relationship Id="rId3" Type="{_OFFICE}/sharedStrings" Target="sharedStrings.xml"/></Relationships>',
        "xl/styles.xml": STYLES,
        "xl/sharedStrings.xml": f'<sst xmlns="{MAIN}">{shared}</sst>',
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{MAIN}">{before}<sheetData>{rows}</sheetData>{after}</worksheet>',
    }
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in (parts | dict(more or {})).items():
            archive.writestr(name, _HEAD + content)
    return out.getvalue()
