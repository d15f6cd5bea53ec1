"""Reads the grid of one sheet, row by row and once, into rows and their problems. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import repeat

from importer.adapters.workbook import cells
from importer.adapters.workbook.cell_flags import CellFlags, Position
from importer.adapters.workbook.cells import BadCell, Cell
from importer.adapters.workbook.limits import Limits
from importer.adapters.workbook.refused import WorkbookRefused
from importer.domain.messages import message_of
from importer.domain.templates import CellProblem, Column, Layout, Notice, Row, Sheet, Value

_REMEMBERED = 5_000
type Merge = tuple[tuple[int, int], tuple[int, int]]  # top left and bottom right, from 0


@dataclass(slots=True)
class Rows:
    """Rows, problems and notices of one sheet."""

    rows: list[Row] = field(default_factory=list)
    problems: list[CellProblem] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)


def read(
    sheet: Sheet,
    layout: Layout,
    grid: Iterable[Sequence[Cell]],
    merges: Sequence[Merge],
    flags: CellFlags,
    limits: Limits,
    *,
    from_1904: bool = False,
) -> Rows:
    """Read the rows under the header. `grid` starts at the sheet's first row and column.

    Raises `WorkbookRefused` when there are more filled rows than allowed.
    """
    out = Rows()
    columns = [_Reader(sheet.column(name), at - 1, from_1904) for name, at in layout.columns.items()]
    ours = frozenset(layout.columns.values())
    broken = {row for row, at in flags.errors | flags.uncomputed if at in ours}
    flagged = broken | {row for row, at in flags.percent if at in ours}
    typed = [reader.at for reader in columns if not reader.column.locked] or [reader.at for reader in columns]
    filled = _Merged(merges, layout.header)
    untouched = 0
    for number, raw in enumerate(_down_to(max(broken, default=0), grid), start=1):
        if number <= layout.header or not (any(cell != "" for cell in raw) or number in broken):
            continue
        row = filled.over(number - 1, raw)
        if not (any(_filled(row, at) for at in typed) or number in broken):
            untouched += any(_filled(row, reader.at) for reader in columns)
            continue
        if len(out.rows) == limits.rows:
            raise WorkbookRefused("too_many_rows", rows=limits.rows)
        seen = flags if number in flagged else None
        out.rows.append(Row(number, _values(sheet, columns, row, number, seen, out.problems, limits), sheet.id))
    out.problems += _duplicates(sheet, out.rows)
    if untouched:
        out.notices.append(Notice("untouched_rows", message_of("untouched_rows", count=untouched), sheet.id))
    if flags.hidden and (hidden := sum(row.number in flags.hidden for row in out.rows)):
        out.notices.append(Notice("hidden_rows", message_of("hidden_rows", count=hidden), sheet.id))
    if filled.used:
        out.notices.append(Notice("merged_cells", message_of("merged_cells"), sheet.id))
    return out


def _down_to(last: int, grid: Iterable[Sequence[Cell]]) -> Iterator[Sequence[Cell]]:
    """The grid, which ends before rows of nothing but formulas never computed, and such rows."""
    for raw in grid:
        last -= 1
        yield raw
    yield from repeat((), last)


def _filled(row: Sequence[Cell], at: int) -> bool:
    if at >= len(row):
        return False
    cell = row[at]
    return bool(cell.strip()) if isinstance(cell, str) else True


@dataclass(slots=True)
class _Reader:
    """Reads one column of the upload. Caches values by cell: the cells of a column repeat."""

    column: Column
    at: int
    from_1904: bool
    cache: dict[object, Value | None] = field(default_factory=dict)

    def read(self, row: Sequence[Cell], number: int, flags: CellFlags | None) -> Value | None:
        """The value in this row, None when empty. Raises `BadCell`; `flags` where the row has any."""
        cell = row[self.at] if self.at < len(row) else ""
        if flags is not None:
            self._need_plain((number, self.at + 1), cell, flags)
        key = cell if isinstance(cell, str) else (type(cell), cell)
        if key in self.cache:
            return self.cache[key]
        value = cells.read(self.column, cell, from_1904=self.from_1904)
        if value is None and self.column.required:
            raise BadCell("required")
        if len(self.cache) < _REMEMBERED:
            self.cache[key] = value
        return value

    def _need_plain(self, at: Position, cell: Cell, flags: CellFlags) -> None:
        """Refuse a cell whose value differs from what Excel shows."""
        if at in flags.errors:
            raise BadCell("cell_error")
        if at in flags.uncomputed:
            raise BadCell("not_computed")
        if at in flags.percent and self.column.type in ("integer", "number", "hours") and isinstance(cell, float | int):
            raise BadCell("percent", value=f"{cell * 100:.6g}%")


def _values(
    sheet: Sheet,
    columns: list[_Reader],
    row: Sequence[Cell],
    number: int,
    flags: CellFlags | None,
    problems: list[CellProblem],
    limits: Limits,
) -> dict[str, Value]:
    values: dict[str, Value] = {}
    for reader in columns:
        try:
            value = reader.read(row, number, flags)
        except BadCell as bad:
            if len(problems) <= limits.problems:
                message = message_of(bad.code, title=reader.column.title, **bad.values)
                problems.append(CellProblem(number, reader.column.id, bad.code, message, sheet.id))
        else:
            if value is not None:
                values[reader.column.id] = value
    return values


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
