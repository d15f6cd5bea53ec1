"""Workbooks of WPS and other programs: pictures in cells, unusual names of parts, strict OOXML (L-14)."""

import re
import zipfile
from collections.abc import Callable, Mapping
from io import BytesIO
from pathlib import Path

import pytest
from importer.adapters.workbook import Limits, WorkbookRefused, answer, package, reading
from importer.domain.definition_from_scheme import definition_of
from importer.domain.templates import Checked, Parsed
from scheme import load

from .spreadsheets import a_book, header, number, text
from .test_workbook import GOOD, HEADER, TEMPLATE, a_workbook

ROOT = Path(__file__).parents[3]
CASES = ROOT / "tests" / "cases"
JIANGXI = load(ROOT / "schemes" / "jiangxi" / "2026.1.yaml")
SCORES = definition_of(JIANGXI, "exam_scores", "class_teacher")
ROW = f"{text('A2', 'G001')}{text('B2', '张三')}{text('C2', '语文')}"
PIXEL = '<c r="F2" t="str"><f>{}("ID_7C0A",1)</f><v>{}</v></c>'
type Parts = dict[str, bytes]


def read(data: bytes) -> Parsed:
    return reading.read(data, TEMPLATE, Limits())


def problems(parsed: Parsed) -> list[tuple[int, str | None, str]]:
    return [(problem.row, problem.column, problem.code) for problem in parsed.problems]


def a_sheet(cells: str, more: Mapping[str, str] | None = None) -> bytes:
    rows = f'{header(HEADER)}<row r="2">{ROW}{number("D2", 98.5)}{cells}</row>'
    return a_book(rows, title="考试成绩", more=more)


def changed(data: bytes, change: Callable[[Parts], Parts]) -> bytes:
    """The workbook with other parts."""
    out = BytesIO()
    with zipfile.ZipFile(BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name, content in change({name: old.read(name) for name in old.namelist()}).items():
            new.writestr(name, content)
    return out.getvalue()


@pytest.mark.feature("L-14")
def test_the_picture_that_was_stored_as_a_remark_is_named_as_a_picture() -> None:
    parsed = reading.read((CASES / "wps_picture_in_cell.xlsx").read_bytes(), SCORES.template, Limits())
    assert problems(parsed) == [(2, "note", "picture")]
    assert parsed.problems[0].message.startswith("“备注”的单元格里是图片")
    [row] = parsed.rows
    assert "note" not in row.values


@pytest.mark.feature("L-14")
@pytest.mark.parametrize(
    "cell",
    [
        PIXEL.format("_xlfn.DISPIMG", '=DISPIMG("ID_7C0A",1)'),
        PIXEL.format("DISPIMG", ""),
        PIXEL.format("_xlfn._xlws.dispimg", "0"),
        '<c r="F2"><f>_xlfn.IMAGE("https://example.org/a.png")</f></c>',
        '<c r="F2" t="e" vm="1"><f>_xlfn.IMAGE("https://example.org/a.png")</f><v>#VALUE!</v></c>',
        text("F2", '=DISPIMG("ID_7C0A",1)'),
        text("F2", '_xlfn.DISPIMG("ID_7C0A",1)'),
        '<c t="str"><f>_xlfn.DISPIMG("ID_7C0A",1)</f><v>x</v></c>',
    ],
)
def test_every_way_to_put_a_picture_into_a_cell_is_named_as_one(cell: str) -> None:
    day = number("E2", 45901, 1)
    parsed = read(a_sheet(f"{day}{cell}"))
    assert problems(parsed) == [(2, "remark", "picture")]


@pytest.mark.feature("L-14")
def test_a_picture_placed_in_a_cell_by_excel_is_a_picture_and_other_errors_are_errors() -> None:
    structure = '<rvStructures><s t="_localImage"><k n="_rvRel:LocalImageIdentifier"/></s></rvStructures>'
    placed = a_sheet(
        '<c r="E2" t="e" vm="2"><v>#SPILL!</v></c><c r="F2" t="e" vm="1"><v>#VALUE!</v></c>',
        {"xl/richData/rdrichvaluestructure.xml": structure},
    )
    assert problems(read(placed)) == [(2, "day", "cell_error"), (2, "remark", "picture")]
    without = a_sheet('<c r="F2" t="e" vm="1"><v>#VALUE!</v></c>')
    assert problems(read(without)) == [(2, "remark", "cell_error")]


@pytest.mark.feature("L-14")
def test_a_picture_in_a_column_of_ones_own_disturbs_nobody_and_floating_ones_are_reported() -> None:
    own = read(a_sheet(PIXEL.format("_xlfn.DISPIMG", "x").replace("F2", "H2")))
    assert (problems(own), len(own.rows)) == ([], 1)
    drawing = {"xl/drawings/drawing1.xml": '<xdr:wsDr xmlns:xdr="urn:x"><xdr:pic><xdr:x/></xdr:pic></xdr:wsDr>'}
    floating = read(a_sheet("", drawing))
    assert "floating_pictures" in [notice.code for notice in floating.warnings]


def renamed(**names: str) -> Callable[[Parts], Parts]:
    """Other names for parts, in the relations and content types, too."""

    def change(parts: Parts) -> Parts:
        out: Parts = {}
        for name, content in parts.items():
            for old, new in names.items():
                if name.endswith((".rels", "Types].xml")):
                    content = content.replace(old.encode(), new.encode())
                name = name.replace(old, new)
            out[name] = content
        return out

    return change


def only_names(change: Callable[[str], str]) -> Callable[[Parts], Parts]:
    """Other names in the archive, whatever the relations say."""
    return lambda parts: {change(name): content for name, content in parts.items()}


def in_part(ending: str, change: Callable[[bytes], bytes]) -> Callable[[Parts], Parts]:
    return lambda parts: {name: change(text) if name.endswith(ending) else text for name, text in parts.items()}


def without(*words: str) -> Callable[[Parts], Parts]:
    return lambda parts: {name: text for name, text in parts.items() if not any(word in name for word in words)}


def strict(parts: Parts) -> Parts:
    """The namespaces that Excel writes for "Strict Open XML Workbook"."""
    names = (
        (b"http://schemas.openxmlformats.org/spreadsheetml/2006/main", b"http://purl.oclc.org/ooxml/spreadsheetml/main"),
        (
            b"http://schemas.openxmlformats.org/officeDocument/2006/relationships",
            b"http://purl.oclc.org/ooxml/officeDocument/relationships",
        ),
    )
    out = {}
    for name, content in parts.items():
        for old, new in names:
            content = content.replace(old, new)
        out[name] = content
    return out


def prefixed(parts: Parts) -> Parts:
    def change(xml: bytes) -> bytes:
        return re.sub(rb"<(/?)(\w)", rb"<\1x:\2", xml).replace(b'xmlns="', b'xmlns:x="')

    return {
        name: change(content) if name == "xl/workbook.xml" or "/worksheets/" in name else content
        for name, content in parts.items()
    }


UNUSUAL: dict[str, Callable[[Parts], Parts]] = {
    "one sheet called sheet.xml": renamed(**{"worksheets/sheet1.xml": "worksheets/sheet.xml"}),
    "capital letters": renamed(**{"worksheets/sheet1.xml": "worksheets/Sheet1.xml", "styles.xml": "Styles.xml"}),
    "names and relations in different letters": only_names(lambda name: name.replace("sheet1", "Sheet1")),
    "everything in capitals": only_names(lambda name: name.upper() if name.startswith("xl/") else name),
    "backslashes": only_names(lambda name: name.replace("/", "\\")),
    "another folder": renamed(**{"xl/": "excel/"}),
    "another name of the workbook": renamed(**{"workbook.xml": "book.xml"}),
    "relative targets": in_part("workbook.xml.rels", lambda xml: xml.replace(b'"/xl/', b'"../xl/')),
    "targets from here": in_part("workbook.xml.rels", lambda xml: xml.replace(b'"/xl/', b'"./')),
    "backslashes in targets": in_part("workbook.xml.rels", lambda xml: xml.replace(b"/xl/worksheets/", b"worksheets\\")),
    "an escaped target": in_part("workbook.xml.rels", lambda xml: xml.replace(b"sheet1.xml", b"sheet%31.xml")),
    "no relations of the package": without("_rels/.rels"),
    "no styles": without("styles", "theme"),
    "no shared strings": without("sharedStrings"),
    "no properties": without("docProps", "theme"),
    "strict": strict,
    "prefixes": prefixed,
    "no references": in_part("sheet1.xml", lambda xml: re.sub(rb' r="[A-Z]*\d+"', b"", xml)),
}


@pytest.mark.feature("L-14")
@pytest.mark.parametrize("name", UNUSUAL)
def test_unusual_names_of_parts_are_read(name: str) -> None:
    row = [*GOOD[:4], "2025-09-01"]
    data = changed(a_workbook(HEADER, row, good_remark("很好")), UNUSUAL[name])
    parsed = read(data)
    assert problems(parsed) == []
    assert [r.values["score"] for r in parsed.rows] == ["98.5", "60"]
    assert parsed.rows[1].values["remark"] == "很好"


def good_remark(remark: str) -> list[object]:
    return ["G002", "李四", "数学", 60, "2025-09-02", remark]


@pytest.mark.feature("L-14", "X-12")
@pytest.mark.parametrize("name", ["another folder", "strict", "no relations of the package", "backslashes in targets"])
def test_an_unusual_workbook_comes_back_coloured(name: str) -> None:
    data = changed(a_workbook(HEADER, ["G001", "张三", "语文", "很好"]), UNUSUAL[name])
    parsed = read(data)
    assert problems(parsed) == [(2, "score", "not_number")]
    checked = Checked((), parsed.problems, parsed.warnings, parsed.layouts, 1)
    out = answer.write(data, TEMPLATE, checked, Limits())
    assert problems(read(out)) == [(2, "score", "not_number")]


@pytest.mark.feature("L-14")
def test_errors_in_cells_without_references_are_found() -> None:
    cells = '<c t="e"><v>#N/A</v></c>'
    rows = re.sub(r' r="[A-Z]*\d+"', "", f"{header(HEADER)}<row>{ROW}{cells}</row>")
    assert problems(read(a_book(rows, title="考试成绩"))) == [(2, "score", "cell_error")]


@pytest.mark.feature("L-14")
def test_a_usual_workbook_is_not_rewritten() -> None:
    data = a_workbook(HEADER, GOOD)
    assert package.canonical(data) is data


@pytest.mark.feature("L-14")
def test_the_limits_hold_wherever_a_sheet_is() -> None:
    far = text("ZZZ9", "x")
    data = changed(a_book(f'<row r="9">{far}</row>'), renamed(**{"xl/worksheets/sheet1.xml": "xl/other/part.xml"}))
    with pytest.raises(WorkbookRefused) as refused:
        read(data)
    assert refused.value.code == "far_cell"


@pytest.mark.feature("L-14")
def test_an_archive_without_a_workbook_is_refused() -> None:
    for missing in (("workbook",), ("Content_Types",)):
        with pytest.raises(WorkbookRefused) as refused:
            read(changed(a_workbook(HEADER), without(*missing)))
        assert refused.value.code == "file_not_workbook"


@pytest.mark.feature("L-14")
@pytest.mark.parametrize("error", ["#SPILL!", "#CALC!", "#BLOCKED!", "#PYTHON!", "Err:502", "#######", "#N/A"])
def test_errors_that_only_new_programs_know_are_errors_of_their_cell(error: str) -> None:
    formula = read(a_sheet(f'<c r="F2" t="e"><f>A1</f><v>{error}</v></c>'))
    assert problems(formula) == [(2, "remark", "cell_error")]
    own_column = read(a_sheet(f'<c r="H2" t="e"><v>{error}</v></c>'))
    assert (problems(own_column), len(own_column.rows)) == ([], 1)
    words = read(a_sheet(text("F2", error)))
    assert words.rows[0].values["remark"] == error
