"""From the bytes of an upload to `Parsed`: preflight, template metadata, sheets, rows. Runs in the worker process only."""

from collections.abc import Iterable, Iterator, Sequence
from io import BytesIO
from itertools import chain, islice
from zipfile import ZipFile

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, SheetVisibleEnum

from importer.adapters.workbook import cell_flags, headers, preflight, rows, template_metadata
from importer.adapters.workbook.cells import Cell
from importer.adapters.workbook.limits import Limits
from importer.adapters.workbook.refused import WorkbookRefused
from importer.domain.messages import message_of
from importer.domain.normalise import fold
from importer.domain.templates import CellProblem, Layout, Notice, Parsed, Row, Sheet, Template


def read(data: bytes, template: Template, limits: Limits) -> Parsed:
    """Read a workbook filled from the template (JX-05). Raises `WorkbookRefused` for the file as a whole."""
    preflight.check(data, limits)
    with ZipFile(BytesIO(data)) as archive:
        flags = cell_flags.scan(archive)
    try:
        with CalamineWorkbook.from_filelike(BytesIO(data)) as book:
            return _read(book, template, flags, limits)
    except CalamineError:
        raise WorkbookRefused("file_damaged") from None


def _read(book: CalamineWorkbook, template: Template, flags: cell_flags.WorkbookFlags, limits: Limits) -> Parsed:
    warnings = template_metadata.compare(_metadata_cell(book), template)
    problems: list[CellProblem] = []
    found_rows: list[Row] = []
    layouts: dict[str, Layout] = {}
    for sheet in template.sheets:
        titles = _candidates(book, sheet, alone=len(template.sheets) == 1)
        found = _open(book, sheet, titles, limits)
        if found is None:
            if sheet.optional and not titles:
                warnings.append(Notice("sheet_absent", message_of("sheet_absent", sheet=sheet.title), sheet.id))
            elif titles:
                problems.append(headers.not_found(sheet))
            else:
                text = message_of("sheet_missing", sheet=sheet.title)
                problems.append(CellProblem(0, None, "sheet_missing", text, sheet.id))
            continue
        header, grid, merges = found
        layouts[sheet.id] = header.layout
        warnings += header.notices
        problems += header.problems
        if not header.problems:
            of_sheet = flags.sheets.get(header.layout.title, cell_flags.CellFlags())
            out = rows.read(sheet, header.layout, grid, merges, of_sheet, limits, from_1904=flags.from_1904)
            found_rows += out.rows
            problems += out.problems
            warnings += out.notices
    if len(problems) > limits.problems:
        warnings.append(Notice("problems_cut", message_of("problems_cut", limit=limits.problems)))
        problems = problems[: limits.problems]
    return Parsed(tuple(found_rows), tuple(problems), tuple(warnings), layouts)


def _metadata_cell(book: CalamineWorkbook) -> str | None:
    if template_metadata.SHEET not in book.sheet_names:
        return None
    top = next(_grid(book.get_sheet_by_name(template_metadata.SHEET)), ())
    return str(top[0]) if top else None


def _candidates(book: CalamineWorkbook, sheet: Sheet, *, alone: bool) -> list[str]:
    """The sheet of this title; for a template of one sheet also any other visible one, in order."""
    exact = [name for name in book.sheet_names if fold(name) == fold(sheet.title)]
    if exact or not alone:
        return exact[:1]
    return [
        meta.name
        for meta in book.sheets_metadata
        if meta.visible == SheetVisibleEnum.Visible and meta.name not in template_metadata.OURS
    ][:10]


def _open(
    book: CalamineWorkbook, sheet: Sheet, titles: Sequence[str], limits: Limits
) -> tuple[headers.Header, Iterable[Sequence[Cell]], Sequence[rows.Merge]] | None:
    for title in titles:
        found = book.get_sheet_by_name(title)
        if found.total_width > limits.columns:
            raise WorkbookRefused("far_cell", cell=title, rows=limits.rows, columns=limits.columns)
        grid = _grid(found)
        top = list(islice(grid, headers.SEARCHED))
        header = headers.find(sheet, title, top)
        if header is not None:
            return header, chain(top, grid), found.merged_cell_ranges or ()
    return None


def _grid(sheet: CalamineSheet) -> Iterator[Sequence[Cell]]:
    """Rows from the sheet's first row and column on, one at a time; calamine leaves out empty columns on the left."""
    left: list[Cell] = [""] * (sheet.start[1] if sheet.start else 0)
    for row in sheet.iter_rows():
        yield [*left, *row]
