"""Reads the grid of one sheet, row by row and once, into rows and their problems. Pure."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import repeat
from typing import Protocol

from importer.adapters.workbook import cells
from importer.adapters.workbook.cell_flags import CellFlags, Position
from importer.adapters.workbook.cells import BadCell, Cell
from importer.adapters.workbook.limits import Limits
from importer.adapters.workbook.refused import WorkbookRefused
from importer.domain.messages import QUESTIONS, message_of
from importer.domain.templates import CellProblem, Column, FindingKind, Layout, Notice, Row, Sheet, Value

_REMEMBERED = 5_000
_NUMBERS = frozenset({"integer", "number", "hours", "duration"})
type Merge = tuple[tuple[int, int], tuple[int, int]]  # top left and bottom right, from 0


@dataclass(slots=True)
class Rows:
    """Rows, problems and notices of one sheet."""

    rows: list[Row] = field(default_factory=list)
    problems: list[CellProblem] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)


def kind_of(code: str) -> FindingKind:
    """Whether a problem of a cell is a question to the school."""
    return "question" if code in QUESTIONS else "problem"


class RowSource(Protocol):
    """Makes rows of the template from rows of the sheet. Columns count from 0."""

    @property
    def typed(self) -> Sequence[int]:
        """Columns that somebody fills: a row with nothing in them was not filled."""
        ...

    @property
    def used(self) -> Sequence[int]:
        """All columns that are read."""
        ...

    @property
    def notices(self) -> list[Notice]:
        """What was left out of the rows."""
        ...

    def rows_of(self, row: Sequence[Cell], number: int, flags: CellFlags | None, problems: list[CellProblem]) -> list[Row]:
        """The rows of the template that a row of the sheet becomes; adds its problems."""
        ...


def read(
    sheet: Sheet,
    layout: Layout,
    source: RowSource,
    grid: Iterable[Sequence[Cell]],
    merges: Sequence[Merge],
    flags: CellFlags,
    limits: Limits,
) -> Rows:
    """Read the rows under the header. `grid` starts at the sheet's first row and column.

    Raises `WorkbookRefused` when there are more filled rows than allowed.
    """
    out = Rows()
    ours = frozenset(at + 1 for at in source.used)
    broken = {row for row, at in flags.errors | flags.uncomputed | flags.pictures if at in ours}
    flagged = broken | {row for row, at in flags.percent if at in ours}
    filled = _Merged(merges, layout.header)
    untouched, headings = 0, dict[int, str]()
    for number, raw in enumerate(_down_to(max(broken, default=0), grid), start=1):
        if number == layout.header:
            headings = {at: text for at in source.used if at < len(raw) and (text := cells.shown(raw[at]))}
        if number <= layout.header or not (any(cell != "" for cell in raw) or number in broken):
            continue
        row = filled.over(number - 1, raw)
        if _repeats(headings, row):
            continue
        if not (any(is_filled(row, at) for at in source.typed) or number in broken):
            untouched += any(is_filled(row, at) for at in source.used)
            continue
        out.rows += source.rows_of(row, number, flags if number in flagged else None, out.problems)
        if len(out.rows) > limits.rows:
            raise WorkbookRefused("too_many_rows", rows=limits.rows)
        if len(out.problems) > limits.problems:
            del out.problems[limits.problems + 1 :]
    out.problems += _duplicates(sheet, out.rows)
    if untouched:
        out.notices.append(Notice("untouched_rows", message_of("untouched_rows", count=untouched), sheet.id))
    out.notices += source.notices
    if flags.hidden and (hidden := sum(row.number in flags.hidden for row in out.rows)):
        out.notices.append(Notice("hidden_rows", message_of("hidden_rows", count=hidden), sheet.id))
    if filled.used:
        out.notices.append(Notice("merged_cells", message_of("merged_cells"), sheet.id))
    return out


def _repeats(headings: Mapping[int, str], row: Sequence[Cell]) -> bool:
    """Whether a row is the header once more, as on every page of a printed list."""
    return len(headings) > 1 and all(
        at < len(row) and row[at] and cells.shown(row[at]) == text for at, text in headings.items()
    )


class PlainRows:
    """Rows of a sheet that has the template's columns. `given`: values of columns that it does not have."""

    def __init__(self, sheet: Sheet, layout: Layout, *, from_1904: bool, given: Mapping[str, Value]) -> None:
        self._sheet, self._given = sheet, given
        self._readers = [ColumnReader(sheet.column(name), at - 1, from_1904) for name, at in layout.columns.items()]
        self.used = [reader.at for reader in self._readers]
        self.typed = [reader.at for reader in self._readers if not reader.column.locked] or self.used
        self.notices: list[Notice] = []

    def rows_of(self, row: Sequence[Cell], number: int, flags: CellFlags | None, problems: list[CellProblem]) -> list[Row]:
        """One row."""
        values: dict[str, Value] = {**self._given} if self._given else {}
        for reader in self._readers:
            try:
                value = reader.read(row, number, flags)
            except BadCell as bad:
                message = message_of(bad.code, title=reader.column.title, **bad.values)
                kind, text = kind_of(bad.code), cells.shown(row[reader.at]) if reader.at < len(row) else None
                problems.append(CellProblem(number, reader.column.id, bad.code, message, self._sheet.id, kind, value=text))
            else:
                if value is not None:
                    values[reader.column.id] = value
        return [Row(number, values, self._sheet.id)]


def _down_to(last: int, grid: Iterable[Sequence[Cell]]) -> Iterator[Sequence[Cell]]:
    """The grid, which ends before rows of nothing but formulas never computed, and such rows."""
    for raw in grid:
        last -= 1
        yield raw
    yield from repeat((), last)


def is_filled(row: Sequence[Cell], at: int) -> bool:
    """Whether the cell in this column, from 0, holds anything."""
    if at >= len(row):
        return False
    cell = row[at]
    return bool(cell.strip()) if isinstance(cell, str) else True


@dataclass(slots=True)
class ColumnReader:
    """Reads one column of the upload. Caches values by cell: the cells of a column repeat."""

    column: Column
    at: int
    from_1904: bool
    translate: Callable[[Cell], Cell] | None = None
    cache: dict[object, Value | None] = field(default_factory=dict)

    def read(self, row: Sequence[Cell], number: int, flags: CellFlags | None) -> Value | None:
        """The value in this row, None when empty. Raises `BadCell`; `flags` where the row has any."""
        cell = row[self.at] if self.at < len(row) else ""
        if flags is not None:
            self._need_plain((number, self.at + 1), cell, flags)
        key = cell if isinstance(cell, str) else (type(cell), cell)
        if key in self.cache:
            return self.cache[key]
        if self.translate is not None and cell != "":
            cell = self.translate(cell)
        value = cells.read(self.column, cell, from_1904=self.from_1904)
        if value is None and self.column.required:
            raise BadCell("required")
        if len(self.cache) < _REMEMBERED:
            self.cache[key] = value
        return value

    def _need_plain(self, at: Position, cell: Cell, flags: CellFlags) -> None:
        """Refuse a cell whose value differs from what Excel shows."""
        if at in flags.pictures:
            raise BadCell("picture")
        if at in flags.errors:
            raise BadCell("cell_error")
        if at in flags.uncomputed:
            raise BadCell("not_computed")
        if at in flags.percent and self.column.type in _NUMBERS and isinstance(cell, float | int):
            raise BadCell("percent", value=f"{cell * 100:.6g}%")


class _Merged:
    """Cells merged downwards stand for the same value in each row; only the first one holds it."""

    def __init__(self, merges: Sequence[Merge], header: int) -> None:
        self._starts: dict[int, list[tuple[int, int]]] = {}
        for (top, left), (bottom, _) in merges:
            if top >= header and bottom > top:
                self._starts.setdefault(top, []).append((left, bottom))
        self._open: dict[int, tuple[int, Cell]] = {}
        self.used = False

    def over(self, at: int, row: Sequence[Cell]) -> Sequence[Cell]:
        """The row (index from 0) with what is merged into it."""
        if not self._starts:
            return row
        whole = list(row)
        for left, (bottom, cell) in self._open.items():
            if at <= bottom and left < len(whole) and whole[left] == "":
                whole[left] = cell
                self.used = True
        for left, bottom in self._starts.get(at, ()):
            if left < len(whole):
                self._open[left] = (bottom, whole[left])
        return whole


def _duplicates(sheet: Sheet, rows: Sequence[Row]) -> list[CellProblem]:
    problems: list[CellProblem] = []
    for group in sheet.unique:
        titles = "、".join(sheet.column(name).title for name in group)
        seen: dict[tuple[Value | None, ...], int | list[int]] = {}
        for row in rows:
            key = tuple(map(row.values.get, group))
            if None in key:
                continue
            first = seen.setdefault(key, row.number)
            if isinstance(first, list):
                first.append(row.number)
            elif first != row.number:
                seen[key] = [first, row.number]
        for numbers in seen.values():
            if isinstance(numbers, int):
                continue
            for number in numbers:
                others = [str(other) for other in numbers[:6] if other != number][:5]
                message = message_of("duplicate", rows="、".join(others), titles=titles)
                problems.append(CellProblem(number, group[0], "duplicate", message, sheet.id))
    return problems
