"""From the bytes of an upload to `Parsed`: preflight, template metadata, sheets, rows. Runs in the worker process only."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, partial
from io import BytesIO
from itertools import chain, islice
from zipfile import ZipFile

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, SheetVisibleEnum

from importer.adapters.workbook import cell_flags, headers, package, preflight, recognition, rows, template_metadata
from importer.adapters.workbook.cells import Cell
from importer.adapters.workbook.limits import Limits
from importer.adapters.workbook.mapped import MappedRows
from importer.adapters.workbook.refused import WorkbookRefused
from importer.domain.known_layouts import KnownLayout
from importer.domain.messages import message_of
from importer.domain.normalise import fold
from importer.domain.templates import CellProblem, Layout, Notice, Parsed, Row, Sheet, Template, Value

_STOPPING = frozenset({"columns_missing", "column_twice"})
"""Problems of a header after which rows are not read."""


@dataclass(frozen=True, slots=True)
class Hints:
    """What is known about an upload besides its content: values for all rows by column id, and the file's name (L-04)."""

    values: Mapping[str, Value] = field(default_factory=dict)
    file_name: str = ""


def read(data: bytes, template: Template, limits: Limits, hints: Hints | None = None) -> Parsed:
    """Read a workbook filled from the template (JX-05), or one of a known layout (L-04).

    Raises `WorkbookRefused` for the file as a whole.
    """
    unknown_errors = preflight.check(data, limits)
    data = package.canonical(data, unknown_errors=unknown_errors)
    with ZipFile(BytesIO(data)) as archive:
        flags = cell_flags.scan(archive)
    try:
        with CalamineWorkbook.from_filelike(BytesIO(data)) as book:
            return _read(book, template, flags, limits, hints or Hints())
    except CalamineError:
        raise WorkbookRefused("file_damaged") from None


def _read(book: CalamineWorkbook, template: Template, flags: cell_flags.WorkbookFlags, limits: Limits, hints: Hints) -> Parsed:
    metadata = _metadata_cell(book)
    warnings = template_metadata.compare(metadata, template)
    known = () if metadata is not None else template.layouts
    problems: list[CellProblem] = []
    found_rows: list[Row] = []
    layouts: dict[str, Layout] = {}
    for sheet in template.sheets:
        layouts_of_sheet = [layout for layout in known if (layout.sheet or template.sheets[0].id) == sheet.id]
        titles = _candidates(book, template, sheet)
        found = _open(book, sheet, layouts_of_sheet, titles, limits, hints)
        if isinstance(found, CellProblem):
            if sheet.optional and not titles:
                warnings.append(Notice("sheet_absent", message_of("sheet_absent", sheet=sheet.title), sheet.id))
            elif titles:
                problems.append(found)
            else:
                text = message_of("sheet_missing", sheet=sheet.title)
                problems.append(CellProblem(0, None, "sheet_missing", text, sheet.id))
            continue
        layouts[sheet.id] = found.header.layout
        warnings += found.header.notices
        problems += found.header.problems
        if not any(problem.code in _STOPPING for problem in found.header.problems):
            of_sheet = flags.sheets.get(found.header.layout.title, cell_flags.CellFlags())
            out = rows.read(
                sheet, found.header.layout, found.source(flags.from_1904), found.grid, found.merges, of_sheet, limits
            )
            found_rows += out.rows
            problems += out.problems
            warnings += out.notices
    if layouts and (others := _other_sheets(book, template, layouts)):
        warnings.append(Notice("other_sheets", message_of("other_sheets", titles="、".join(others))))
    if flags.floating:
        warnings.append(Notice("floating_pictures", message_of("floating_pictures")))
    if len(problems) > limits.problems:
        warnings.append(Notice("problems_cut", message_of("problems_cut", limit=limits.problems)))
        problems = problems[: limits.problems]
    return Parsed(tuple(found_rows), tuple(problems), tuple(warnings), layouts)


def _other_sheets(book: CalamineWorkbook, template: Template, layouts: Mapping[str, Layout]) -> list[str]:
    """Visible sheets with rows that were not read: a school may have a sheet for each class."""
    known = {layout.title for layout in layouts.values()} | template_metadata.OURS
    titles = {fold(sheet.title) for sheet in template.sheets}
    return [
        meta.name
        for meta in book.sheets_metadata
        if meta.visible == SheetVisibleEnum.Visible
        and meta.name not in known
        and fold(meta.name) not in titles
        and book.get_sheet_by_name(meta.name).total_height >= 1  # counts from 0
    ]


def _metadata_cell(book: CalamineWorkbook) -> str | None:
    if template_metadata.SHEET not in book.sheet_names:
        return None
    top = next(_grid(book.get_sheet_by_name(template_metadata.SHEET)), ())
    return str(top[0]) if top else None


def _candidates(book: CalamineWorkbook, template: Template, sheet: Sheet) -> list[str]:
    """The sheet of this title; for the template's first one also the other visible ones that are none of the template's."""
    exact = [name for name in book.sheet_names if fold(name) == fold(sheet.title)][:1]
    if sheet is not template.sheets[0]:
        return exact
    others = {fold(other.title) for other in template.sheets} | {fold(name) for name in template_metadata.OURS}
    visible = [meta.name for meta in book.sheets_metadata if meta.visible == SheetVisibleEnum.Visible]
    return [*exact, *(name for name in visible if fold(name) not in others)][:10]


@dataclass(frozen=True)
class _Opened:
    """A sheet whose header was found, and how its rows are made."""

    header: headers.Header
    source: Callable[[bool], rows.RowSource]
    grid: Iterable[Sequence[Cell]]
    merges: Sequence[rows.Merge]


def _open(
    book: CalamineWorkbook,
    sheet: Sheet,
    layouts: Sequence[KnownLayout],
    titles: Sequence[str],
    limits: Limits,
    hints: Hints,
) -> _Opened | CellProblem:
    """The first sheet of a known layout or with the template's header, in this order; else what is missing."""
    opened = cache(partial(_top, book, limits))
    for title in titles if layouts else ():
        found = recognition.find(sheet, layouts, title, opened(title)[0], hints.values, hints.file_name)
        if found is not None:
            return _opened(found.header, partial(_mapped, sheet, found.header.layout, found.mapping), *opened(title))
    for title in titles:
        header = headers.find(sheet, title, opened(title)[0], hints.values)
        if header is not None:
            layout = header.layout
            given, problems = recognition.given_values(sheet, hints.values, set(layout.columns), layout.header)
            header = replace(header, problems=(*header.problems, *problems))
            return _opened(header, partial(_plain, sheet, layout, given), *opened(title))
    return headers.not_found(sheet, next((top for title in titles if (top := opened(title)[0])), ()))


def _opened(
    header: headers.Header,
    source: Callable[[bool], rows.RowSource],
    top: Sequence[Sequence[Cell]],
    grid: Iterator[Sequence[Cell]],
    merges: Sequence[rows.Merge],
) -> _Opened:
    return _Opened(header, source, chain(top, grid), merges)


def _mapped(sheet: Sheet, layout: Layout, mapping: recognition.SheetMapping, from_1904: bool) -> rows.RowSource:
    return MappedRows(sheet, layout, mapping, from_1904=from_1904)


def _plain(sheet: Sheet, layout: Layout, given: Mapping[str, Value], from_1904: bool) -> rows.RowSource:
    return rows.PlainRows(sheet, layout, from_1904=from_1904, given=given)


def _top(
    book: CalamineWorkbook, limits: Limits, title: str
) -> tuple[list[Sequence[Cell]], Iterator[Sequence[Cell]], Sequence[rows.Merge]]:
    found = book.get_sheet_by_name(title)
    if found.total_width > limits.columns or found.total_width * found.total_height > limits.cells:
        raise WorkbookRefused("far_cell", cell=title, rows=limits.rows, columns=limits.columns)
    grid = _grid(found)
    return list(islice(grid, headers.SEARCHED)), grid, found.merged_cell_ranges or ()


def _grid(sheet: CalamineSheet) -> Iterator[Sequence[Cell]]:
    """Rows from the sheet's first row and column on, one at a time; calamine leaves out empty columns on the left."""
    left: list[Cell] = [""] * (sheet.start[1] if sheet.start else 0)
    for row in sheet.iter_rows():
        yield [*left, *row]
